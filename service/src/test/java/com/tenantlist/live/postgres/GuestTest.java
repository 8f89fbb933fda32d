package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.ANNA;
import static com.tenantlist.live.postgres.Platform.BEN;
import static com.tenantlist.live.postgres.Platform.CAFE;
import static com.tenantlist.live.postgres.Platform.DELI;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.postgres.Platform.Place;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/** Statements of every kind that a platform may make, each on every server and layout: what we hold is what stands. */
class GuestTest {
    private static final String EGG = "00000000-0000-4000-9000-0000000000e1";

    /** For what the platform alters: {@code db migrate} is told, as operations.md says. */
    private static final String ORDERED = "SELECT live.order_apply();";

    private static final String NO_KEY =
            "ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey;";

    private static final String DEFERRED = NO_KEY
            + "ALTER TABLE business_metrics ADD CONSTRAINT later FOREIGN KEY (business_id) REFERENCES businesses (id)"
            + " ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;" + ORDERED;

    private static final String ALWAYS = "ALTER TABLE businesses ENABLE ALWAYS TRIGGER live_inserted;"
            + " ALTER TABLE business_metrics ENABLE ALWAYS TRIGGER live_inserted;"
            + " UPDATE live.installation SET parts = live.parts();";

    private static final String NEW_METRICS =
            "INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count) VALUES ('%s', '2026-12-31', 5, 2), ('%s', '2027-01-01', 6, 0);"
                    .formatted(EGG, EGG);

    private static final String NEW_BUSINESS =
            "INSERT INTO businesses (id, user_id, name, status) VALUES ('%s', '%s', 'Egg', 'active');"
                    .formatted(EGG, ANNA);

    private static final String RENAME = "UPDATE businesses SET name = '%s' WHERE id = '" + CAFE + "';";

    static Stream<Arguments> statements() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("metrics before their business, in one statement", """
                WITH m AS (INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%s', '2026-12-31', 5))
                INSERT INTO businesses (id, user_id, name, status) VALUES ('%s', '%s', 'Egg', 'active')
                """.formatted(EGG, EGG, ANNA));
        all.put(
                "metrics before their business, without a key, in two transactions",
                NO_KEY + NEW_METRICS + "COMMIT;" + NEW_BUSINESS);
        all.put(
                "metrics that outlive their business, without a key",
                NO_KEY + "DELETE FROM businesses WHERE id = '" + CAFE + "'");
        all.put(
                "metrics before their business, with a deferred key",
                DEFERRED + "BEGIN;" + NEW_METRICS + NEW_BUSINESS + "COMMIT");
        all.put("metrics that the platform's own trigger seeds before the business", DEFERRED + """
                CREATE FUNCTION seed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (NEW.id, '2026-12-31', 3); RETURN NEW;
                END $$;
                CREATE TRIGGER seed BEFORE INSERT ON businesses FOR EACH ROW EXECUTE FUNCTION seed();""" + NEW_BUSINESS);
        all.put("metrics that the platform's own trigger seeds after the business", """
                CREATE FUNCTION seed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (NEW.id, '2026-12-31', 3); RETURN NEW;
                END $$;
                CREATE TRIGGER seed AFTER INSERT ON businesses FOR EACH ROW EXECUTE FUNCTION seed();""" + NEW_BUSINESS);
        all.put("metrics that the platform's own deferred trigger writes at commit", """
                CREATE FUNCTION seed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (NEW.id, '2026-12-31', 3);
                    UPDATE businesses SET category = 'seeded' WHERE id = NEW.id; RETURN NEW;
                END $$;
                CREATE CONSTRAINT TRIGGER seed AFTER INSERT ON businesses DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seed();""" + ORDERED + NEW_BUSINESS);
        all.put(
                "rows that the platform's own triggers change before and after they are written",
                """
                CREATE FUNCTION before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    NEW.name := NEW.name || '!'; NEW.updated_at := now(); RETURN NEW; END $$;
                CREATE FUNCTION after() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF pg_trigger_depth() = 1 THEN UPDATE businesses SET category = name, status = 'stealth_mode' WHERE id = NEW.id; END IF;
                    RETURN NULL; END $$;
                CREATE TRIGGER before BEFORE INSERT OR UPDATE ON businesses FOR EACH ROW EXECUTE FUNCTION before();
                CREATE TRIGGER after AFTER INSERT OR UPDATE ON businesses FOR EACH ROW EXECUTE FUNCTION after();""" + NEW_BUSINESS + RENAME.formatted("x"));
        all.put("metrics deleted and inserted again in one statement", """
                WITH d AS (DELETE FROM business_metrics RETURNING *)
                INSERT INTO business_metrics (id, business_id, metric_date, views_count) SELECT id, business_id, metric_date, 77 FROM d""");
        all.put("metrics deleted and inserted again as they were", """
                BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM business_metrics; DELETE FROM business_metrics;
                INSERT INTO business_metrics SELECT * FROM kept; COMMIT""");
        all.put(
                "a business deleted and inserted again",
                "BEGIN; DELETE FROM businesses WHERE id = '" + CAFE
                        + "'; INSERT INTO businesses (id, user_id, name) VALUES ('" + CAFE + "', '" + ANNA
                        + "', 'Again'); COMMIT");
        all.put(
                "a business inserted and deleted again",
                "BEGIN;" + NEW_BUSINESS + NEW_METRICS + "DELETE FROM businesses WHERE id = '" + EGG + "'; COMMIT");
        all.put("upserts that insert and update", """
                INSERT INTO businesses (id, user_id, name) VALUES ('%s', '%s', 'Café 2'), ('%s', '%s', 'Egg')
                ON CONFLICT (id) DO UPDATE SET name = excluded.name || '+';
                INSERT INTO business_metrics (id, business_id, metric_date, views_count)
                SELECT id, business_id, metric_date, 1 FROM business_metrics UNION ALL SELECT gen_random_uuid(), '%s', '2026-12-31', 9
                ON CONFLICT DO NOTHING""".formatted(CAFE, BEN, EGG, ANNA, EGG));
        all.put("MERGE of every kind", """
                MERGE INTO businesses b USING (VALUES ('%s'::uuid), ('%s'), ('%s')) AS s (id) ON b.id = s.id
                WHEN MATCHED AND b.name = 'Deli' THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'Merged'
                WHEN NOT MATCHED THEN INSERT (id, user_id, name) VALUES (s.id, '%s', 'Egg');
                MERGE INTO business_metrics m USING (SELECT '%s'::uuid AS id UNION ALL SELECT '%s') s ON m.business_id = s.id
                WHEN MATCHED AND m.metric_date > '2026-12-31' THEN DELETE WHEN MATCHED THEN UPDATE SET views_count = 8
                WHEN NOT MATCHED THEN INSERT (business_id, metric_date, views_count) VALUES (s.id, '2026-12-31', 3)
                """.formatted(CAFE, DELI, EGG, ANNA, CAFE, EGG));
        all.put("a cascade", "DELETE FROM businesses WHERE id = '" + CAFE + "'");
        all.put("TRUNCATE of both", "TRUNCATE businesses, business_metrics");
        all.put("TRUNCATE of metrics", "TRUNCATE business_metrics");
        all.put(
                "TRUNCATE with CASCADE, and what comes after it",
                "BEGIN; TRUNCATE businesses CASCADE;" + NEW_BUSINESS + NEW_METRICS + "COMMIT");
        all.put(
                "TRUNCATE of businesses alone, whose metrics wait",
                NO_KEY
                        + "TRUNCATE businesses; INSERT INTO businesses (id, user_id, name) VALUES ('%s', '%s', 'Back')"
                                .formatted(CAFE, BEN));
        all.put(
                "TRUNCATE between writes of one transaction",
                "BEGIN;" + NEW_BUSINESS + NEW_METRICS + RENAME.formatted("x")
                        + "TRUNCATE business_metrics;" + NEW_METRICS + "TRUNCATE businesses, business_metrics;"
                        + NEW_BUSINESS + NEW_METRICS
                        + "UPDATE business_metrics SET views_count = views_count + 1; COMMIT");
        all.put(
                "TRUNCATE after rows that were changed one by one",
                "BEGIN;"
                        + ("UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '" + CAFE
                                        + "' AND metric_date = (SELECT min(metric_date) FROM business_metrics WHERE business_id = '"
                                        + CAFE + "');")
                                .repeat(3)
                        + "TRUNCATE business_metrics; COMMIT");
        all.put(
                "TRUNCATE that is taken back",
                "BEGIN;" + NEW_BUSINESS + "SAVEPOINT s; TRUNCATE businesses CASCADE;" + NEW_BUSINESS + "ROLLBACK TO s;"
                        + NEW_METRICS + "COMMIT; BEGIN; TRUNCATE businesses CASCADE; ROLLBACK");
        all.put("TRUNCATE of rows that the platform's own trigger deletes one by one before", """
                CREATE FUNCTION row_by_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('DELETE FROM %s', TG_RELID::regclass); RETURN NULL; END $$;
                DO $$ DECLARE part regclass; BEGIN
                    FOR part IN SELECT relid FROM pg_partition_tree('business_metrics') WHERE isleaf LOOP
                        EXECUTE format('CREATE TRIGGER truncate_audit BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION row_by_row()', part);
                    END LOOP;
                END $$;
                BEGIN; UPDATE business_metrics SET views_count = 11; TRUNCATE business_metrics; COMMIT""");
        all.put(
                "another owner",
                "UPDATE businesses SET user_id = '" + BEN + "', name = 'Café B' WHERE id = '" + CAFE + "'");
        all.put(
                "another owner, and counts, in one transaction",
                "BEGIN; UPDATE business_metrics SET views_count = views_count + 3; UPDATE businesses SET user_id = '"
                        + BEN + "' WHERE id = '" + CAFE + "'; UPDATE business_metrics SET messages_count = 9; COMMIT");
        all.put(
                "owners swapped",
                "UPDATE businesses SET user_id = CASE user_id WHEN '%1$s' THEN '%2$s' ELSE '%1$s' END::uuid"
                        .formatted(ANNA, BEN));
        all.put("another id", DEFERRED + "UPDATE businesses SET id = '" + EGG + "' WHERE id = '" + CAFE + "'");
        all.put("ids swapped", DEFERRED + """
                BEGIN; UPDATE businesses SET id = '%3$s' WHERE id = '%1$s'; UPDATE businesses SET id = '%1$s' WHERE id = '%2$s';
                UPDATE businesses SET id = '%2$s' WHERE id = '%3$s'; COMMIT""".formatted(CAFE, DELI, EGG));
        all.put("metrics of one business given to another", "UPDATE business_metrics SET business_id = '" + DELI + "'");
        all.put(
                "metrics that move between parts",
                "UPDATE business_metrics SET metric_date = metric_date + 1, views_count = views_count + 1");
        all.put(
                "changed and changed back",
                "BEGIN;" + RENAME.formatted("x") + RENAME.formatted("Café")
                        + "UPDATE business_metrics SET views_count = 11; UPDATE business_metrics SET views_count = 10; COMMIT");
        all.put(
                "renamed twice, over an earlier name",
                "BEGIN;" + RENAME.formatted("x") + RENAME.formatted("Café") + RENAME.formatted("y")
                        + RENAME.formatted("x") + "COMMIT");
        all.put(
                "savepoints",
                "BEGIN;" + NEW_BUSINESS + "SAVEPOINT a;" + NEW_METRICS + "SAVEPOINT b;" + RENAME.formatted("lost")
                        + "ROLLBACK TO b;" + RENAME.formatted("kept")
                        + "RELEASE a; SAVEPOINT c; DELETE FROM businesses; ROLLBACK TO c; COMMIT");
        all.put("exceptions in a block", """
                DO $$ BEGIN
                    FOR n IN 1..20 LOOP
                        BEGIN
                            UPDATE business_metrics SET views_count = views_count + n;
                            UPDATE businesses SET name = 'n' || n;
                            IF n % 2 = 0 THEN RAISE 'no'; END IF;
                        EXCEPTION WHEN raise_exception THEN NULL; END;
                    END LOOP;
                END $$""");
        all.put(
                "two phases",
                "BEGIN;" + NEW_BUSINESS + NEW_METRICS + RENAME.formatted("x")
                        + "PREPARE TRANSACTION 'NAME one'; COMMIT PREPARED 'NAME one';"
                        + "BEGIN; DELETE FROM businesses; PREPARE TRANSACTION 'NAME two'; ROLLBACK PREPARED 'NAME two'");
        all.put(
                "constraints made immediate, and none of them deferrable",
                "BEGIN;" + NEW_BUSINESS + "SET CONSTRAINTS ALL IMMEDIATE;" + NEW_METRICS + RENAME.formatted("x")
                        + "SAVEPOINT a; DELETE FROM businesses; ROLLBACK TO a; SET CONSTRAINTS ALL DEFERRED; UPDATE business_metrics SET clicks_count = 4; COMMIT");
        all.put(
                "constraints made immediate, some of them deferrable",
                DEFERRED + "BEGIN;" + NEW_METRICS + NEW_BUSINESS + "SET CONSTRAINTS ALL IMMEDIATE;"
                        + RENAME.formatted("x")
                        + "SAVEPOINT a; DELETE FROM businesses; ROLLBACK TO a; SET CONSTRAINTS ALL DEFERRED; UPDATE business_metrics SET clicks_count = 4; COMMIT");
        all.put(
                "a session that becomes a replica after its writes",
                "BEGIN;" + NEW_BUSINESS + NEW_METRICS + RENAME.formatted("x")
                        + "SET LOCAL session_replication_role = replica; COMMIT");
        all.put(
                "a session that becomes a replica after its writes, with a deferred key",
                DEFERRED + "BEGIN;" + NEW_BUSINESS + NEW_METRICS + RENAME.formatted("x")
                        + "SET LOCAL session_replication_role = replica; COMMIT");
        all.put(
                "a replica whose writes are to be noted always",
                ALWAYS + "BEGIN; SET LOCAL session_replication_role = replica;" + NEW_BUSINESS + NEW_METRICS
                        + "COMMIT");
        all.put(
                "a replica whose writes are to be noted always, with a deferred key",
                DEFERRED + ALWAYS + "BEGIN; SET LOCAL session_replication_role = replica;" + NEW_BUSINESS + NEW_METRICS
                        + "COMMIT");
        all.put("thousands of statements in one transaction", """
                DO $$ BEGIN
                    FOR n IN 1..3000 LOOP
                        UPDATE business_metrics SET views_count = views_count + 1 WHERE metric_date = '2026-12-31' AND business_id = '%s';
                    END LOOP;
                END $$""".formatted(CAFE));
        all.put("NULL where they allow it", """
                ALTER TABLE business_metrics ALTER views_count DROP NOT NULL, ALTER messages_count DROP NOT NULL;
                ALTER TABLE businesses ALTER status DROP NOT NULL, ALTER user_id DROP NOT NULL, ALTER name DROP NOT NULL, ALTER is_verified DROP NOT NULL;
                UPDATE business_metrics SET views_count = NULL WHERE business_id = '%1$s'; UPDATE business_metrics SET messages_count = NULL;
                UPDATE business_metrics SET views_count = 3; UPDATE businesses SET status = NULL; UPDATE businesses SET user_id = NULL WHERE id = '%1$s';
                UPDATE business_metrics SET clicks_count = 3 WHERE business_id = '%1$s';
                UPDATE businesses SET user_id = '%2$s', status = 'active' WHERE id = '%1$s'""".formatted(CAFE, BEN));
        all.put(
                "a difference that no integer holds",
                "UPDATE business_metrics SET views_count = -2147483648, clicks_count = -5 WHERE business_id = '%1$s'; UPDATE business_metrics SET views_count = 2147483647 WHERE business_id = '%1$s'; DELETE FROM business_metrics WHERE business_id = '%1$s'"
                        .formatted(DELI));
        all.put(
                "fractions, row by row",
                "ALTER TABLE business_metrics ALTER views_count TYPE numeric, ALTER messages_count TYPE real;"
                        + Stream.of("0.6", "1.4", "2.5", "3")
                                .map(
                                        ("UPDATE business_metrics SET views_count = %1$s, messages_count = %1$s WHERE business_id = '"
                                                        + CAFE + "' AND metric_date = '2026-12-31';")::formatted)
                                .collect(Collectors.joining()));
        all.put(
                "sequences of the session that are discarded",
                "BEGIN;" + NEW_BUSINESS + NEW_METRICS + "DISCARD SEQUENCES; COMMIT; BEGIN;"
                        + "UPDATE business_metrics SET views_count = 77 WHERE business_id = '" + CAFE
                        + "' AND metric_date = '2026-12-31'; DISCARD SEQUENCES; COMMIT");
        String view =
                "UPDATE business_metrics SET views_count = views_count + 1 WHERE metric_date = '2026-12-31' AND business_id = '%s';";
        all.put(
                "settings of the transaction that are reset, or set by the writer",
                Stream.of(
                                "RESET ALL;",
                                "SET LOCAL tenantlist_live.notes = 'one';",
                                "SET tenantlist_live.notes = 'many';")
                        .map(setting -> "BEGIN;" + view.formatted(CAFE) + view.formatted(CAFE) + RENAME.formatted("x")
                                + setting + view.formatted(DELI) + view.formatted(CAFE) + setting + "COMMIT;")
                        .collect(Collectors.joining()));
        all.put("wider types", """
                ALTER TABLE business_metrics ALTER views_count TYPE bigint, ALTER messages_count TYPE numeric, ALTER clicks_count TYPE smallint;
                ALTER TABLE businesses ALTER status DROP DEFAULT, ALTER name TYPE text, ALTER status TYPE text;
                UPDATE business_metrics SET views_count = 5000000000, messages_count = 12; UPDATE businesses SET status = 'brand new', name = repeat('x', 5000)""");
        all.put(
                "a new label of the status",
                "ALTER TYPE business_status ADD VALUE 'archived'; COMMIT; UPDATE businesses SET status = 'archived' WHERE id = '"
                        + CAFE + "'");
        all.put(
                "columns of any name",
                """
                ALTER TABLE businesses ADD sign int DEFAULT 1, ADD n int, ADD o text, ADD r int, ADD b int, ADD new_rows int, ADD old_rows int, ADD s int, ADD u int, ADD v int, ADD tenant int, ADD me int, ADD after int, ADD last int, ADD tenants int, ADD looked int, ADD wrong int;
                ALTER TABLE business_metrics ADD sign int DEFAULT 1, ADD n int, ADD o int, ADD r int, ADD b int, ADD new_rows int, ADD old_rows int, ADD v int, ADD m int, ADD kind int, ADD metrics int, ADD most int, ADD watched int;
                SELECT live.rebuild('%1$s'); SELECT live.backfill('%2$s', 3); SELECT live.tenants_of('businesses', 3);
                UPDATE businesses SET name = 'x', sign = 2; UPDATE business_metrics SET views_count = 2, sign = 2;""".formatted(ANNA, CAFE) + NEW_BUSINESS + NEW_METRICS
                        + "DELETE FROM business_metrics WHERE business_id = '" + DELI + "'; TRUNCATE business_metrics");
        all.put(
                "a column that is gone and we do not need",
                "ALTER TABLE businesses DROP logo_url; ALTER TABLE business_metrics DROP demand_listing_id;"
                        + NEW_BUSINESS + NEW_METRICS);
        List<Arguments> cases = new ArrayList<>();
        for (Place place : Platform.places()) {
            all.forEach((name, sql) -> cases.add(Arguments.of(place, name, sql)));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("statements")
    void whatWeHoldIsWhatStands(Place place, String what, String sql) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(sql.replace("NAME", platform.url()));
            Rollup.check(platform.connection());
            assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
        }
    }

    static List<Place> places() {
        return Platform.places();
    }

    /** Which clients ask for the key of a row that they have inserted. */
    @ParameterizedTest
    @MethodSource("places")
    void lastvalIsTheWritersOwn(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                    + "CREATE TABLE visit (id serial); ALTER TABLE business_metrics ADD number serial;"
                    + "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON businesses, business_metrics, visit TO app;"
                    + "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app");
            long number = Long.parseLong(
                    platform.rows("SELECT max(number) FROM business_metrics").get(0));
            platform.sql("SET ROLE app");
            String insert = "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('" + CAFE
                    + "', '2026-12-31', 1)";
            platform.sql(insert);
            assertThat(platform.rows("SELECT lastval()")).containsExactly(String.valueOf(number + 1));
            platform.sql("INSERT INTO visit DEFAULT VALUES");
            for (String write : List.of(
                    RENAME.formatted("x"),
                    "UPDATE business_metrics SET views_count = 3",
                    "BEGIN; DELETE FROM business_metrics WHERE business_id = '" + DELI
                            + "'; DELETE FROM businesses WHERE id = '" + DELI + "'; COMMIT",
                    "TRUNCATE business_metrics")) {
                platform.sql(write);
                assertThat(platform.rows("SELECT lastval()")).as(write).containsExactly("1");
            }
            platform.sql("RESET ROLE");
            Rollup.check(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aBusinessThatIsAsItWasIsNotSpokenOf(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            long before = platform.revision(ANNA);
            platform.sql("BEGIN;" + RENAME.formatted("x") + RENAME.formatted("Café") + "COMMIT");
            assertThat(platform.eventsOf(ANNA, before)).isEmpty();
            platform.sql("BEGIN;" + RENAME.formatted("x") + RENAME.formatted("Café")
                    + "UPDATE business_metrics SET views_count = 12; COMMIT");
            assertThat(platform.eventsOf(ANNA, before)).containsExactly("metrics:updated");
            Rollup.check(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void oneEventABusinessAndTransaction(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            long before = platform.revision(ANNA);
            platform.sql("BEGIN;" + RENAME.formatted("x") + "UPDATE business_metrics SET views_count = 1;"
                    + RENAME.formatted("y") + "UPDATE business_metrics SET views_count = 2; COMMIT");
            assertThat(platform.eventsOf(ANNA, before)).containsExactly("business:updated", "metrics:updated");
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void copyIsSeen(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            String rows = (CAFE + "\t2026-12-31\t7\n" + DELI + "\t2027-03-01\t8\n").repeat(500);
            platform.connection()
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn(
                            "COPY business_metrics (business_id, metric_date, views_count) FROM STDIN",
                            new StringReader(rows));
            Rollup.check(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void moreThanTheJournalKeepsIsOneReset(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            long before = platform.revision(ANNA);
            platform.sql("INSERT INTO businesses (user_id, name, status) SELECT '" + ANNA
                    + "', 'b', 'active' FROM generate_series(1, 10000)");
            assertThat(platform.eventsOf(ANNA, before)).hasSize(10_000).containsOnly("business:created");
            platform.sql(
                    "BEGIN; UPDATE businesses SET name = 'c'; INSERT INTO business_metrics (business_id, metric_date, views_count)"
                            + " SELECT id, '2026-12-31', 1 FROM businesses; COMMIT");
            assertThat(platform.eventsOf(ANNA, before + 10_000)).containsExactly("state:reset");
            platform.sql(
                    "INSERT INTO businesses (user_id, name) SELECT '" + ANNA + "', 'd' FROM generate_series(1, 10001)");
            assertThat(platform.eventsOf(ANNA, before + 10_001))
                    .as("one too many")
                    .containsExactly("state:reset");
            Rollup.checkSums(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void writesStraightIntoAPartAreSeen(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            if (!place.partitioned()) {
                platform.sql(
                        "CREATE TABLE metrics_2026 () INHERITS (business_metrics); CREATE TABLE metrics_rest () INHERITS (metrics_2026);"
                                + "SELECT live.attach(relid::regclass) FROM live.watched_table");
            }
            for (String sql : List.of(
                    "INSERT INTO metrics_2026 (id, business_id, metric_date, views_count) SELECT gen_random_uuid(), '%s', '2026-02-01', n FROM generate_series(1, 20) n"
                            .formatted(CAFE),
                    "INSERT INTO metrics_rest (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', '2029-01-01', 31)"
                            .formatted(CAFE),
                    "UPDATE metrics_rest SET views_count = views_count + 1",
                    "UPDATE metrics_2026 SET views_count = views_count + 2, business_id = '" + DELI + "'",
                    "UPDATE business_metrics SET messages_count = messages_count + 1",
                    "DELETE FROM metrics_2026 WHERE views_count % 2 = 0",
                    "BEGIN; UPDATE business_metrics SET views_count = 5; TRUNCATE metrics_rest; COMMIT",
                    "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%s', '2026-02-01', 4)"
                            .formatted(CAFE),
                    "TRUNCATE metrics_2026",
                    "TRUNCATE business_metrics")) {
                platform.sql(sql);
                Rollup.check(platform.connection());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void whatCannotBeCountedIsWrittenAndSaid(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("ALTER TABLE business_metrics ALTER views_count TYPE numeric");
            for (String views : List.of("1e30", "9e18", "'NaN'")) {
                platform.sql(
                        "INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT '%s', '2026-12-31', %s FROM generate_series(1, 2)"
                                .formatted(CAFE, views));
            }
            assertThat(platform.rows("SELECT count(*) FROM business_metrics")).containsExactly("12");
            assertThat(platform.rows("SELECT fault, said FROM live.guard()"))
                    .containsExactly(
                            "failure 3 changes could not be noted or applied; the server's log names the first");
            // Others are counted on, and after mending all are.
            platform.sql("UPDATE business_metrics SET views_count = 4 WHERE business_id = '" + DELI + "'");
            platform.sql("DELETE FROM business_metrics WHERE views_count > 1000");
            Rollup.rebuild(platform.connection());
            Rollup.checkSums(platform.connection());
        }
    }

    /** Each can be noted; only when they are applied it shows that the sum is too large. */
    @ParameterizedTest
    @MethodSource("places")
    void whatCannotBeAppliedIsWrittenAndSaid(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("ALTER TABLE business_metrics ALTER views_count TYPE bigint");
            for (int i = 1; i <= 2; i++) {
                platform.sql(
                        "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%s', '2026-12-1%d', 9000000000000000000)"
                                .formatted(CAFE, i));
                assertThat(platform.rows("SELECT fault, said FROM live.guard()"))
                        .isEqualTo(
                                i == 1
                                        ? List.of()
                                        : List.of(
                                                "failure 1 changes could not be noted or applied; the server's log names the first"));
            }
            assertThat(platform.rows("SELECT count(*) FROM business_metrics WHERE views_count > 1000"))
                    .containsExactly("2");
            // Others are counted on, and after mending all are.
            platform.sql("UPDATE business_metrics SET views_count = 4 WHERE business_id = '" + DELI + "'");
            platform.sql("DELETE FROM business_metrics WHERE views_count > 1000");
            Rollup.rebuild(platform.connection());
            Rollup.checkSums(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void anySettingOfASessionDoes(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("""
                    CREATE FUNCTION public.sum(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
                    CREATE FUNCTION public.count(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0::bigint';
                    CREATE FUNCTION public.shown(varchar, varchar, text, boolean) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea';
                    CREATE FUNCTION public.nextval(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0::bigint';
                    CREATE FUNCTION public.different(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
                    CREATE OPERATOR public.<> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = public.different);
                    CREATE TEMP TABLE pending (xid int); CREATE TEMP TABLE pg_class (x int)""");
            for (String setting : List.of(
                    "search_path = public, pg_catalog",
                    "search_path = ''",
                    "DateStyle = 'ISO, DMY'",
                    "TimeZone = 'Africa/Cairo'",
                    "IntervalStyle = 'sql_standard'",
                    "row_security = off",
                    "lock_timeout = '1ms'",
                    "statement_timeout = '20s'",
                    "enable_indexscan = off",
                    "enable_seqscan = off",
                    "enable_hashjoin = off",
                    "enable_nestloop = off",
                    "enable_sort = off",
                    "enable_hashagg = off",
                    "standard_conforming_strings = off",
                    "plpgsql.extra_errors = 'all'",
                    "plpgsql.variable_conflict = 'use_column'",
                    "default_transaction_isolation = 'serializable'",
                    "bytea_output = 'escape'",
                    "extra_float_digits = -15",
                    "check_function_bodies = on",
                    "transform_null_equals = on",
                    "backslash_quote = 'off'",
                    "array_nulls = off",
                    "quote_all_identifiers = on",
                    "xmloption = 'document'",
                    "work_mem = '64kB'",
                    "default_table_access_method = 'heap'")) {
                try (Connection other = platform.connect();
                        Statement statement = other.createStatement()) {
                    statement.execute("SET " + setting);
                    statement.execute("UPDATE public.business_metrics SET views_count = views_count + 1");
                    statement.execute("UPDATE public.businesses SET name = name || 'ü', category = 'c'");
                    other.setAutoCommit(false);
                    statement.execute("INSERT INTO public.businesses (user_id, name) VALUES ('" + ANNA + "', 'ñ')");
                    statement.execute(
                            "UPDATE public.business_metrics SET messages_count = messages_count + 1 WHERE business_id = '"
                                    + CAFE + "'");
                    statement.execute("DELETE FROM public.businesses WHERE name LIKE '%ñü'");
                    other.commit();
                }
                Rollup.check(platform.connection());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aTransactionThatBecomesReadOnlyCommits(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            for (String apply : List.of("SELECT 1", DEFERRED)) {
                platform.sql(apply);
                for (String end : List.of("COMMIT", "SET CONSTRAINTS ALL IMMEDIATE; COMMIT")) {
                    platform.sql(
                            "BEGIN; UPDATE business_metrics SET views_count = views_count + 99; SET TRANSACTION READ ONLY;"
                                    + end);
                    assertThat(
                                    platform.rows(
                                            "SELECT cardinality(wrong) FROM live.compare('00000000-0000-0000-0000-000000000000', 10)"))
                            .containsExactly("2");
                    assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("f");
                    assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
                    Rollup.check(platform.connection());
                }
            }
            assertThat(platform.rows("SELECT max(views_count) > 4 * 99 FROM business_metrics"))
                    .containsExactly("t");
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void blanksThatATypeAddsAreNotShown(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(
                    "ALTER TABLE businesses ALTER status DROP DEFAULT, ALTER status TYPE char(20), ALTER name TYPE char(40)");
            platform.sql(
                    "UPDATE businesses SET status = 'stealth_mode', name = 'x'; UPDATE businesses SET status = 'active' WHERE id = '"
                            + CAFE + "'");
            assertThat(platform.rows(
                            "SELECT name || '|' || status FROM live.dashboard_event WHERE user_id = '%s' ORDER BY revision DESC LIMIT 1"
                                    .formatted(ANNA)))
                    .containsExactly("x|active");
            assertThat(platform.rows("SELECT active_businesses FROM live.tenant_kpis WHERE user_id = '" + ANNA + "'"))
                    .containsExactly("1");
            assertThat(platform.rows(
                            "SELECT cardinality(wrong) FROM live.compare('00000000-0000-0000-0000-000000000000', 10)"))
                    .containsExactly("0");
        }
    }

    /** A collation may hold different words equal. A dashboard shows them as they are written. */
    @ParameterizedTest
    @MethodSource("places")
    void wordsThatACollationHoldsEqualAreDifferent(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("""
                    CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                    ALTER TABLE businesses ALTER status DROP DEFAULT, ALTER name TYPE text COLLATE same, ALTER status TYPE text COLLATE same""");
            long before = platform.revision(ANNA);
            platform.sql("UPDATE businesses SET name = upper(name) WHERE id = '" + CAFE + "'");
            assertThat(platform.eventsOf(ANNA, before)).containsExactly("business:updated");
            platform.sql("UPDATE businesses SET status = 'ACTIVE'");
            assertThat(platform.rows(
                            "SELECT cardinality(wrong) FROM live.compare('00000000-0000-0000-0000-000000000000', 10)"))
                    .containsExactly("0");
            assertThat(platform.rows("SELECT DISTINCT active_businesses FROM live.tenant_kpis"))
                    .containsExactly("0");
            assertThat(platform.rows("SELECT r.businesses, r.metrics FROM live.rebuild('" + ANNA + "') r"))
                    .containsExactly("0 0");
        }
    }

    /** A writer that sees one snapshot to its end cannot count over what another has counted since: it must try again. */
    @ParameterizedTest
    @MethodSource("places")
    void aRepeatableReadIsEndedWhenAnotherTransactionOfItsTenantCommittedSinceItsSnapshot(Place place)
            throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection other = platform.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            for (int level : new int[] {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE}) {
                other.setTransactionIsolation(level);
                // Another tenant's transaction does no harm.
                statement.executeQuery("SELECT count(*) FROM businesses").close();
                platform.sql(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '" + DELI + "'");
                if (level == Connection.TRANSACTION_REPEATABLE_READ) {
                    statement.execute("UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '"
                            + CAFE + "'");
                }
                other.commit();
                statement.executeQuery("SELECT count(*) FROM businesses").close();
                platform.sql(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '%s' AND metric_date = '2026-12-31'"
                                .formatted(CAFE));
                statement.execute(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '%s' AND metric_date = '2027-01-01'"
                                .formatted(CAFE));
                assertThatThrownBy(other::commit)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("40001"));
                other.rollback();
                Rollup.check(platform.connection());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aTruncateThatCannotSeeAllThatItTakesIsSaid(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection other = platform.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("SELECT count(*) FROM businesses").close();
            platform.sql(NEW_BUSINESS + NEW_METRICS);
            statement.execute("TRUNCATE business_metrics");
            try {
                other.commit();
            } catch (SQLException e) {
                // Anna's tenant has changed since.
                assertThat(e.getSQLState()).isEqualTo("40001");
            }
            assertThat(platform.rows("SELECT fault FROM live.guard()")).containsExactly("failure");
            Rollup.rebuild(platform.connection());
            Rollup.checkSums(platform.connection());
        }
    }

    /** What was prepared holds its tenant's row as long as it likes; the platform's other writers of it are not held as long. */
    @Test
    void aPreparedTransactionHoldsNoCommitForEver() throws Exception {
        try (Platform platform = Platform.withTwoTenants(Platform.places().get(0));
                Connection other = platform.connect();
                Statement statement = other.createStatement()) {
            String id = platform.url();
            platform.sql("BEGIN; UPDATE business_metrics SET views_count = 11 WHERE business_id = '" + CAFE
                    + "' AND metric_date = '2026-12-31'; PREPARE TRANSACTION '" + id + "'");
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try {
                Future<?> write = thread.submit(() -> statement.execute("""
                        SET application_name = 'held'; SET lock_timeout = 0; BEGIN;
                        UPDATE business_metrics SET views_count = 12 WHERE business_id = '%1$s' AND metric_date = '2027-01-01';
                        UPDATE businesses SET name = 'held';
                        INSERT INTO businesses (user_id, name, status) SELECT user_id, 'new', 'active' FROM businesses;
                        UPDATE business_metrics SET messages_count = 9 WHERE business_id = '%1$s' AND metric_date = '2027-01-01'; COMMIT""".formatted(CAFE)));
                Awaitility.await()
                        .until(() -> !platform.rows(
                                        "SELECT FROM pg_stat_activity WHERE application_name = 'held' AND wait_event_type = 'Lock'")
                                .isEmpty());
                write.get(20, TimeUnit.SECONDS);
                assertThat(platform.rows("SELECT fault, said FROM live.guard()"))
                        .containsExactly(
                                "failure 1 changes could not be noted or applied; the server's log names the first");
                platform.sql("SET lock_timeout = '50ms'");
                assertThatThrownBy(() -> platform.sql("SELECT live.mend_unapplied()"))
                        .hasMessageContaining("lock timeout");
                platform.sql("RESET lock_timeout");
            } finally {
                platform.sql("COMMIT PREPARED '" + id + "'");
                thread.shutdown();
            }
            assertThat(platform.rows("SELECT views_count FROM business_metrics WHERE business_id = '" + CAFE
                            + "' ORDER BY metric_date"))
                    .containsExactly("11", "12", "10");
            assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("f");
            assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
            assertThat(Rollup.rebuild(platform.connection())).containsExactly("0", "0");
            Rollup.checkSums(platform.connection());
        }
    }

    /** Whose counts are wrong then nobody can say; of a part it was read. */
    @ParameterizedTest
    @MethodSource("places")
    void aTruncateThatWasNotAppliedStaysAFailure(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("BEGIN; TRUNCATE business_metrics; SET TRANSACTION READ ONLY; COMMIT");
            assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("f");
            if (place.partitioned()) {
                assertThat(platform.rows("SELECT fault FROM live.guard()")).isEmpty();
            } else {
                assertThat(platform.rows("SELECT fault FROM live.guard()")).containsExactly("failure");
                Rollup.rebuild(platform.connection());
            }
            Rollup.checkSums(platform.connection());
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void whatALargeTransactionLeftIsMendedInPieces(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("BEGIN; INSERT INTO businesses (user_id, name) SELECT '" + ANNA
                    + "', 'b' FROM generate_series(1, 2500); SET TRANSACTION READ ONLY; COMMIT");
            assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("t");
            assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("t");
            assertThat(platform.rows("SELECT live.mend_unapplied()")).containsExactly("f");
            Rollup.check(platform.connection());
        }
    }

    /** A line of the log brings the statement along: after a column was renamed not every write is to write one. */
    @ParameterizedTest
    @MethodSource("places")
    void theLogIsNotFlooded(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("UPDATE live.installation SET failures = 5; SELECT setval('live.failures', 4)");
            platform.sql("ALTER TABLE business_metrics RENAME views_count TO seen; SET client_min_messages = log");
            List<String> said = new ArrayList<>();
            for (int i = 1; i <= 20; i++) {
                try (Statement statement = platform.connection().createStatement()) {
                    statement.execute("UPDATE business_metrics SET seen = seen + 1");
                    for (SQLWarning line = statement.getWarnings(); line != null; line = line.getNextWarning()) {
                        said.add(i + " " + line.getMessage());
                    }
                }
            }
            assertThat(said)
                    .hasSize(5)
                    .allMatch(line -> line.matches("(1|2|4|8|16) tenantlist_live: a statement on .* was not noted.*"));
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void aRoleThatMayReadGainsNothing(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(
                    "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                            + "GRANT SELECT ON businesses, business_metrics TO reader; GRANT CREATE ON SCHEMA public TO reader");
            long before = platform.revision(ANNA);
            List<String> calls = new ArrayList<>(platform.rows("""
                    SELECT format('SELECT live.%I(%s)', p.proname, (SELECT string_agg('NULL', ', ') FROM generate_series(1, p.pronargs)))
                    FROM pg_proc p WHERE p.pronamespace = 'live'::regnamespace AND p.prorettype <> 'trigger'::regtype"""));
            calls.addAll(platform.rows("""
                    SELECT format(f.form, c.relname) FROM pg_class c, (VALUES ('SELECT * FROM live.%I'), ('DELETE FROM live.%I'), ('TRUNCATE live.%I')) AS f (form)
                    WHERE c.relnamespace = 'live'::regnamespace AND c.relkind IN ('r', 'p', 'v')"""));
            calls.addAll(platform.rows("""
                    SELECT format('CREATE TRIGGER t AFTER INSERT ON pg_temp.business_metrics REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION live.%I()', p.proname)
                    FROM pg_proc p WHERE p.pronamespace = 'live'::regnamespace AND p.prorettype = 'trigger'::regtype"""));
            calls.addAll(List.of(
                    "SELECT nextval('live.failures')",
                    "SELECT setval('live.journal_part', 1)",
                    "CREATE TABLE live.mine (x int)",
                    "CREATE TRIGGER t AFTER INSERT ON public.businesses FOR EACH STATEMENT EXECUTE FUNCTION public.free()",
                    "ALTER PUBLICATION tenantlist_live SET (publish = '')",
                    "SET CONSTRAINTS live.live_apply IMMEDIATE"));
            platform.sql("SET ROLE reader; CREATE TEMP TABLE business_metrics (LIKE public.business_metrics)");
            for (String call : calls) {
                assertThatThrownBy(() -> platform.sql(call)).as(call).isInstanceOf(SQLException.class);
            }
            // An overload of theirs is not preferred to ours.
            platform.sql(
                    "CREATE FUNCTION public.shown(text, text, text, boolean) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'");
            platform.sql("RESET ROLE");
            platform.sql(RENAME.formatted("x"));
            assertThat(platform.eventsOf(ANNA, before)).containsExactly("business:updated");
            platform.sql("DROP TABLE pg_temp.business_metrics");
            Rollup.check(platform.connection());
        }
    }

    /** Whoever may use the schema, as the service's role may, can still not let our functions serve a table of its own. */
    @ParameterizedTest
    @MethodSource("places")
    void ourTriggersServeNoOtherTable(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            long before = platform.revision(ANNA);
            platform.sql("""
                    CREATE TEMP TABLE business_metrics (LIKE public.business_metrics); CREATE TEMP TABLE businesses (LIKE public.businesses);
                    CREATE TRIGGER a AFTER INSERT ON pg_temp.business_metrics REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION live.note_metrics_insert();
                    CREATE TRIGGER a AFTER INSERT ON pg_temp.businesses REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION live.note_businesses_insert();
                    CREATE TRIGGER b BEFORE TRUNCATE ON pg_temp.businesses FOR EACH STATEMENT EXECUTE FUNCTION live.note_truncate('businesses');
                    CREATE TRIGGER b BEFORE TRUNCATE ON pg_temp.business_metrics FOR EACH STATEMENT EXECUTE FUNCTION live.note_truncate('metrics');
                    INSERT INTO pg_temp.businesses (id, user_id, name, status, is_verified, stealth_mode_enabled, created_at, updated_at)
                    SELECT gen_random_uuid(), '%s', 'forged', 'active', true, false, now(), now();
                    INSERT INTO pg_temp.business_metrics SELECT * FROM public.business_metrics;
                    TRUNCATE pg_temp.businesses; TRUNCATE pg_temp.business_metrics;
                    DROP TABLE pg_temp.businesses, pg_temp.business_metrics""".formatted(ANNA));
            assertThat(platform.revision(ANNA)).isEqualTo(before);
            Rollup.check(platform.connection());
        }
    }

    static List<Place> partitionedPlaces() {
        return Platform.places().stream().filter(Place::partitioned).toList();
    }

    /** DETACH CONCURRENTLY in two transactions, the second of which never came: the part's rows are shown by its table no more. */
    @ParameterizedTest
    @MethodSource("partitionedPlaces")
    void aDetachThatWasStoppedIsADetach(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection reader = platform.connect();
                Statement reading = reader.createStatement()) {
            reading.execute("BEGIN; SELECT FROM business_metrics");
            platform.sql("SET lock_timeout = '300ms'");
            assertThatThrownBy(
                            () -> platform.sql("ALTER TABLE metrics_2026 DETACH PARTITION metrics_2026_0 CONCURRENTLY"))
                    .hasMessageContaining("lock timeout");
            reading.execute("ROLLBACK");
            platform.sql("RESET lock_timeout");
            assertThat(platform.rows("SELECT FROM pg_inherits WHERE inhdetachpending"))
                    .hasSize(1);
            platform.sql("SELECT live.rebuild(t) FROM live.tenants('00000000-0000-0000-0000-000000000000', 10) t");
            platform.sql("UPDATE metrics_2026_0 SET views_count = views_count + 5; DELETE FROM metrics_2026_0");
            Rollup.checkSums(platform.connection());
            assertThat(platform.rows("SELECT fault FROM live.guard()")).contains("part");
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void whatIsWrittenWhileATableHasAnotherNameIsSaid(Place place) throws SQLException {
        for (String table : List.of("businesses", "business_metrics")) {
            try (Platform platform = Platform.withTwoTenants(place)) {
                platform.sql("""
                        ALTER TABLE %1$s RENAME TO aside; UPDATE aside SET updated_at = now(); ALTER TABLE aside RENAME TO %1$s""".formatted(table));
                assertThat(platform.rows("SELECT fault FROM live.guard()")).containsExactly("failure");
            }
        }
    }

    /** Of a temporary table only its session knows: another's constraints and children are none of ours. */
    @ParameterizedTest
    @MethodSource("places")
    void temporaryTablesAreNoneOfOurs(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("CREATE TEMPORARY TABLE mine (n int UNIQUE DEFERRABLE)");
            if (!place.partitioned()) {
                platform.sql("CREATE TEMPORARY TABLE child () INHERITS (business_metrics)");
            }
            assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
            Rollup.check(platform.connection());
        }
    }
}
