package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.ANNA;
import static com.tenantlist.live.postgres.Platform.BEN;
import static com.tenantlist.live.postgres.Platform.CAFE;
import static com.tenantlist.live.postgres.Platform.DELI;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.postgres.Platform.Place;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Our functions run with rights of ours, on behalf of writers who have none of them, and nothing of theirs runs with ours. */
class GuestRightsTest {
    static List<Place> places() {
        return Platform.places();
    }

    /** A role that may log in, whose name no other test has. */
    private static String role(Platform platform, String kind) throws SQLException {
        String role = kind + "_of_" + platform.rows("SELECT current_database()").get(0);
        platform.sql("CREATE ROLE " + role);
        return role;
    }

    /** With a part in another schema; nobody but a superuser may so much as name what lies in schema public. */
    private static Platform withAPartElsewhere(Place place) throws SQLException {
        Platform platform = Platform.withTwoTenants(place);
        if (!place.partitioned()) {
            platform.sql(
                    "CREATE TABLE metrics_rest () INHERITS (business_metrics);"
                            + " SELECT live.attach(relid::regclass) FROM live.watched_table; UPDATE live.installation SET parts = live.parts()");
        }
        platform.sql("""
                CREATE SCHEMA parts; ALTER TABLE metrics_rest SET SCHEMA parts;
                REVOKE ALL ON SCHEMA public FROM PUBLIC, tenantlist_live""");
        return platform;
    }

    @ParameterizedTest
    @MethodSource("places")
    void aWriterWhoMayNotNameOurTablesIsNotedAtAPart(Place place) throws SQLException {
        try (Platform platform = withAPartElsewhere(place)) {
            String writer = role(platform, "writer");
            platform.sql(
                    "GRANT USAGE ON SCHEMA parts TO %1$s; GRANT ALL ON parts.metrics_rest TO %1$s".formatted(writer));
            long before = platform.revision(ANNA);
            platform.sql("SET ROLE " + writer);
            assertThatThrownBy(() -> platform.sql("SELECT FROM public.business_metrics"))
                    .hasMessageContaining("permission denied");
            platform.sql("""
                    INSERT INTO parts.metrics_rest (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%1$s', '2029-01-01', 31);
                    INSERT INTO parts.metrics_rest (id, business_id, metric_date, views_count)
                    SELECT gen_random_uuid(), b::uuid, '2029-01-02', 7 FROM unnest(ARRAY['%1$s', '%2$s']) b""".formatted(CAFE, DELI));
            platform.sql("UPDATE parts.metrics_rest SET views_count = views_count + 1");
            platform.sql("DELETE FROM parts.metrics_rest WHERE metric_date = '2029-01-01'");
            platform.sql("RESET ROLE");
            assertThat(platform.eventsOf(ANNA, before))
                    .hasSizeGreaterThanOrEqualTo(3)
                    .containsOnly("metrics:updated");
            String lacks = "role tenantlist_live, as which our functions run, lacks USAGE ON SCHEMA ";
            assertThat(platform.rows("SELECT said FROM live.guard()"))
                    .as("of TRUNCATE")
                    .containsExactlyInAnyOrder(lacks + "parts", lacks + "public");
            Rollup.check(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aWriterIsNotedWhoMayOnlyCallAFunctionOfThePlatform(Place place) throws SQLException {
        try (Platform platform = withAPartElsewhere(place)) {
            String keeper = role(platform, "keeper");
            String caller = role(platform, "caller");
            platform.sql("""
                    GRANT USAGE ON SCHEMA public TO %1$s; GRANT ALL ON businesses, business_metrics TO %1$s;
                    GRANT USAGE ON SCHEMA parts TO %2$s;
                    CREATE FUNCTION parts.record(business uuid, as_named text, views int) RETURNS void LANGUAGE sql SECURITY DEFINER
                    SET search_path = public, pg_temp AS $$
                        UPDATE businesses SET name = as_named WHERE id = business;
                        INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (business, '2029-01-01', views);
                    $$;
                    ALTER FUNCTION parts.record OWNER TO %1$s""".formatted(keeper, caller));
            long before = platform.revision(ANNA);
            platform.sql("SET ROLE %s; SELECT parts.record('%s', 'Called', 9); RESET ROLE".formatted(caller, CAFE));
            assertThat(platform.eventsOf(ANNA, before)).containsExactly("business:updated", "metrics:updated");
            Rollup.check(platform.connection());
        }
    }

    static Stream<Arguments> typesOfStatus() {
        List<Arguments> all = new ArrayList<>();
        for (Place place : Platform.places()) {
            all.add(Arguments.of(place, "business_status"));
            all.add(Arguments.of(place, "status_domain"));
        }
        return all.stream();
    }

    /** Who owns a type may say how it is cast and compared. That is not for us to call: it would run with our rights. */
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("typesOfStatus")
    void castsAndOperatorsOfATypesOwnerNeverRunAsUs(Place place, String type) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            String maker = role(platform, "maker");
            platform.sql(
                    "ALTER TYPE business_status OWNER TO %1$s; GRANT CREATE ON SCHEMA public TO %1$s".formatted(maker));
            platform.sql("SET ROLE " + maker);
            platform.sql("""
                    CREATE TABLE spied (who text); GRANT ALL ON spied TO PUBLIC;
                    CREATE DOMAIN status_domain AS business_status;
                    CREATE FUNCTION spy(business_status) RETURNS text LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.spied VALUES (current_user); RETURN 'active'; END $$;
                    CREATE FUNCTION spy_of_row(business_status) RETURNS varchar LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.spied VALUES (current_user); RETURN 'active'; END $$;
                    CREATE FUNCTION spy(business_status, text) RETURNS boolean LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.spied VALUES (current_user); RETURN true; END $$;
                    CREATE CAST (business_status AS text) WITH FUNCTION spy(business_status) AS IMPLICIT;
                    CREATE CAST (business_status AS varchar) WITH FUNCTION spy_of_row(business_status) AS IMPLICIT;
                    CREATE OPERATOR = (LEFTARG = business_status, RIGHTARG = text, FUNCTION = spy);
                    CREATE OPERATOR <> (LEFTARG = business_status, RIGHTARG = text, FUNCTION = spy);
                    CREATE OPERATOR || (LEFTARG = business_status, RIGHTARG = text, FUNCTION = spy)""");
            platform.sql("RESET ROLE; ALTER TABLE businesses ALTER status DROP DEFAULT, ALTER status TYPE " + type);
            platform.sql("""
                    INSERT INTO businesses (user_id, name, status) VALUES ('%1$s', 'Egg', 'stealth_mode');
                    INSERT INTO businesses (user_id, name, status) SELECT '%2$s', 'Many', 'pending_verification' FROM generate_series(1, 3);
                    UPDATE businesses SET status = 'pending_verification' WHERE id = '%3$s';
                    DELETE FROM businesses WHERE id = '%4$s';
                    BEGIN; TRUNCATE businesses CASCADE; INSERT INTO businesses (user_id, name, status) VALUES ('%1$s', 'Last', 'stealth_mode');
                    COMMIT""".formatted(ANNA, BEN, CAFE, DELI));
            platform.sql(
                    "SET session_replication_role = replica; UPDATE businesses SET status = 'pending_verification';"
                            + " RESET session_replication_role");
            assertThat(Rollup.rebuild(platform.connection())).containsExactly("1", "0");
            platform.sql("""
                    SELECT live.compare('00000000-0000-0000-0000-000000000000', 10);
                    SELECT live.backfill('00000000-0000-0000-0000-000000000000', 10)""");
            assertThat(platform.rows("SELECT DISTINCT who FROM spied")).isEmpty();
            assertThat(platform.rows("SELECT status::text = 'active' FROM businesses"))
                    .as("the trap is set")
                    .containsExactly("t");
            assertThat(platform.rows("SELECT DISTINCT who FROM spied")).containsExactly("postgres");
            assertThat(platform.rows(
                            "SELECT DISTINCT status FROM live.dashboard_event WHERE type = 'business:updated'"))
                    .containsExactly("pending_verification");
            assertThat(platform.rows("SELECT active_businesses FROM live.tenant_kpis WHERE user_id = '" + ANNA + "'"))
                    .containsExactly("0");
            assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
        }
    }

    private static String spiedBy(String role) {
        return """
                GRANT CREATE ON SCHEMA public TO %1$s; SET ROLE %1$s;
                CREATE TABLE spied (who text); GRANT ALL ON spied TO PUBLIC;
                CREATE SEQUENCE spied_ever; GRANT ALL ON SEQUENCE spied_ever TO PUBLIC; RESET ROLE""".formatted(role);
    }

    private static void assertRefused(Platform platform, String sql, String state) {
        assertThatThrownBy(() -> platform.sql(sql))
                .as(sql)
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refusal -> assertThat(refusal.getSQLState()).isEqualTo(state));
    }

    static Stream<Arguments> columnsOfTypesOfTheirOwn() {
        Map<String, String> all = Map.of(
                "businesses.id", "uuid",
                "businesses.user_id", "uuid",
                "businesses.is_verified", "boolean",
                "business_metrics.business_id", "uuid",
                "business_metrics.views_count", "bigint");
        return Platform.plainPlaces().stream()
                .flatMap(place -> all.keySet().stream()
                        .sorted()
                        .flatMap(column -> Stream.of("own", "own_domain")
                                .map(type -> Arguments.of(place, column, all.get(column), type))));
    }

    /**
     * Who owns the tables may give a column a type with a cast to ours. What they write is not noted then, and we say so. A call whose
     * row is rolled back with what failed after it is told by a sequence.
     */
    @ParameterizedTest(name = "{0}: {1} {3}")
    @MethodSource("columnsOfTypesOfTheirOwn")
    void aColumnOfATypeOfTheirOwnIsNotRead(Place place, String column, String ours, String type) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            String maker = role(platform, "maker");
            String table = column.substring(0, column.indexOf('.'));
            String name = column.substring(column.indexOf('.') + 1);
            platform.sql(spiedBy(maker));
            platform.sql("ALTER TABLE businesses OWNER TO %1$s; ALTER TABLE business_metrics OWNER TO %1$s"
                    .formatted(maker));
            platform.sql("ALTER TABLE business_metrics DROP CONSTRAINT IF EXISTS business_metrics_business_id_fkey");
            platform.sql("SET ROLE " + maker);
            platform.sql("""
                    CREATE TYPE own AS (v text);
                    CREATE DOMAIN own_domain AS own;
                    CREATE FUNCTION spy(own) RETURNS %1$s LANGUAGE plpgsql AS $$
                        BEGIN PERFORM nextval('public.spied_ever'); INSERT INTO public.spied VALUES (current_user); RETURN ($1).v::%1$s; END $$;
                    CREATE CAST (own AS %1$s) WITH FUNCTION spy(own) AS IMPLICIT;
                    ALTER TABLE %2$s ALTER %3$s DROP DEFAULT, ALTER %3$s TYPE %4$s USING row(%3$s::text)::own""".formatted(ours, table, name, type));
            platform.sql("""
                    UPDATE %1$s SET %2$s = %2$s; UPDATE businesses SET name = 'x'; UPDATE business_metrics SET messages_count = 9;
                    UPDATE business_metrics SET messages_count = 8 WHERE ctid = (SELECT max(ctid) FROM business_metrics);
                    DELETE FROM business_metrics WHERE metric_date = '2027-01-01'""".formatted(table, name));
            platform.sql("RESET ROLE");
            for (String read : List.of(
                    "SELECT live.compare('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.tenants('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.backfill('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.tenants_of('" + table + "', 10)",
                    "SELECT live.rebuild('" + ANNA + "')",
                    "SELECT live.rebuild(NULL)")) {
                assertRefused(platform, read, "42804");
            }
            assertThat(platform.rows("SELECT DISTINCT who FROM spied")).isEmpty();
            assertThat(platform.rows("SELECT is_called FROM spied_ever")).containsExactly("f");
            assertThat(platform.rows("SELECT fault, said FROM live.guard() WHERE fault IN ('column', 'failure')"))
                    .hasSize(2)
                    .anyMatch(fault -> fault.equals("column column public." + table + "." + name + " is of type public."
                            + type + ", and is read as " + ours));
            assertThat(platform.rows("SELECT %s::%s IS NOT NULL FROM %s".formatted(name, ours, table)))
                    .as("the trap is set")
                    .contains("t");
            assertThat(platform.rows("SELECT DISTINCT who FROM spied")).containsExactly("postgres");
        }
    }

    /** Functions of a table's indexes run for whoever plans a query of it: that of a part whose owner is not the table's is none of ours. */
    @ParameterizedTest
    @MethodSource("places")
    void aPartOfAnotherOwnerIsNotRead(Place place) throws SQLException {
        try (Platform platform = withAPartElsewhere(place)) {
            String owner = role(platform, "owner");
            String maker = role(platform, "maker");
            platform.sql("GRANT USAGE ON SCHEMA public TO PUBLIC; SET search_path = public");
            platform.sql(spiedBy(maker));
            platform.sql("""
                    GRANT USAGE ON SCHEMA public TO %1$s, %2$s, tenantlist_live; GRANT ALL ON SCHEMA parts TO PUBLIC; GRANT ALL ON businesses TO %2$s;
                    ALTER TABLE businesses OWNER TO %1$s; ALTER TABLE business_metrics OWNER TO %1$s; ALTER TABLE parts.metrics_rest OWNER TO %2$s;
                    GRANT SELECT ON parts.metrics_rest TO tenantlist_live;
                    INSERT INTO parts.metrics_rest (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%3$s', '2029-01-01', 31);
                    CREATE FUNCTION parts.tell() RETURNS void LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.spied VALUES (current_user); END $$;
                    CREATE FUNCTION parts.spy() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
                        BEGIN PERFORM parts.tell(); RETURN true; END $$;
                    SET ROLE %2$s; CREATE INDEX ON parts.metrics_rest (id) WHERE parts.spy(); RESET ROLE;
                    DELETE FROM public.spied""".formatted(owner, maker, CAFE));
            for (String read : List.of(
                    "SELECT live.compare('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.tenants_of('parts.metrics_rest', 10)",
                    "SELECT live.rebuild('" + ANNA + "')")) {
                assertRefused(platform, read, "42501");
            }
            assertThat(platform.rows("SELECT said, cure FROM live.guard() WHERE fault = 'table'"))
                    .containsExactly("part parts.metrics_rest of public.business_metrics belongs to role " + maker
                            + ", whose functions would run with our rights when it is read"
                            + " ALTER TABLE parts.metrics_rest OWNER TO " + owner);
            platform.sql("SET ROLE " + maker + "; TRUNCATE parts.metrics_rest; RESET ROLE");
            assertThat(platform.rows("SELECT who FROM spied WHERE who = 'tenantlist_live'"))
                    .isEmpty();
            assertThat(platform.rows("SELECT fault FROM live.guard()")).contains("failure");
            platform.sql("ALTER TABLE parts.metrics_rest OWNER TO " + owner);
            Rollup.rebuild(platform.connection());
            Rollup.checkSums(platform.connection());
        }
    }

    /** What a transaction with a snapshot of its own sees of the catalogs may be of before a table was replaced. */
    @ParameterizedTest
    @MethodSource("places")
    void anOldSnapshotReadsNoTables(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            for (String isolation : List.of("REPEATABLE READ", "SERIALIZABLE")) {
                platform.sql("SET default_transaction_isolation = '" + isolation.toLowerCase(Locale.ROOT) + "'");
                assertRefused(platform, "SELECT live.compare('00000000-0000-0000-0000-000000000000', 10)", "0A000");
                assertRefused(platform, "SELECT live.rebuild('" + ANNA + "')", "0A000");
                platform.sql("RESET default_transaction_isolation");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aViewInATablesPlaceIsNotRead(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(spiedBy(role(platform, "maker")));
            platform.sql("""
                    CREATE FUNCTION spy() RETURNS uuid LANGUAGE plpgsql AS $$
                        BEGIN INSERT INTO public.spied VALUES (current_user); RETURN gen_random_uuid(); END $$;
                    CREATE FUNCTION spy_early() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
                        BEGIN PERFORM public.spy(); RETURN true; END $$;
                    ALTER TABLE businesses RENAME TO hidden;
                    CREATE VIEW businesses AS SELECT h.id, spy() AS user_id, h.name, h.category, h.status, h.is_verified FROM hidden h WHERE spy_early();
                    GRANT SELECT ON businesses TO PUBLIC""");
            for (String read : List.of(
                    "SELECT live.compare('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.tenants('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.backfill('00000000-0000-0000-0000-000000000000', 10)",
                    "SELECT live.rebuild('" + ANNA + "')")) {
                assertRefused(platform, read, "42809");
            }
            assertThat(platform.rows("SELECT DISTINCT who FROM spied")).isEmpty();
        }
    }
}
