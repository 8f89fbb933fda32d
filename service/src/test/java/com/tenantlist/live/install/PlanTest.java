package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.InstalledPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** {@code db migrate --dry-run}. */
class PlanTest {
    private static List<String> steps(Guest guest) {
        return guest.said.stream().filter(line -> line.startsWith("would ")).toList();
    }

    @Test
    void whatWouldBeDoneIsSaidAndNothingIsChanged() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "ANALYZE");
        List<String> before = guest.everything();
        guest.installer().plan();
        assertThat(steps(guest))
                .containsExactly(
                        "would make role " + guest.config.owner + ", without login",
                        "would make schema live, of role " + guest.config.owner,
                        "would apply 5 migrations",
                        "would grant USAGE ON SCHEMA public to role " + guest.config.owner,
                        "would grant SELECT, TRIGGER ON public.business_metrics to role " + guest.config.owner,
                        "would grant SELECT, TRIGGER ON public.businesses to role " + guest.config.owner,
                        "would make publication tenantlist_live of the journal",
                        "would make an index on public.business_metrics (business_id)",
                        "would make an index on public.businesses (user_id)",
                        "would count about 240 metric rows",
                        "would make triggers on public.business_metrics",
                        "would make triggers on public.businesses",
                        "would look at every tenant");
        assertThat(guest.said).anyMatch(line -> line.startsWith("public.business_metrics: a table, about 240 rows"));
        assertThat(guest.said).last().asString().startsWith("nothing was changed in ");
        assertThat(guest.everything()).isEqualTo(before);
        assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'"))
                .isEmpty();
    }

    @Test
    void whatWasNeverAnalyzedIsNotCalledEmpty() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().plan();
        assertThat(steps(guest)).contains("would count an unknown number of metric rows");
    }

    /** A role that owns nothing of the platform's; the indexes are there. */
    private static String migratorOf(Guest guest, String options) throws SQLException {
        String me = guest.role("migrator", options);
        guest.sql(
                "CREATE INDEX ON businesses (user_id); CREATE INDEX ON business_metrics (business_id); GRANT CREATE ON DATABASE "
                        + guest.name() + " TO " + me);
        return me;
    }

    private static String schemaOwner(Guest guest) throws SQLException {
        return guest.rows("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'live'")
                .get(0);
    }

    /** All at once, to be run as it is printed; what the tables' owner granted goes with us. */
    @Test
    void howToHaveTheOwnerThatMayDoNothingElseIsSaid() throws Exception {
        Guest guest = Guest.of(
                "CREATE SCHEMA parts",
                Guest.PARTITIONED,
                "ALTER TABLE metrics_2025 SET SCHEMA parts; ALTER TABLE businesses FORCE ROW LEVEL SECURITY;"
                        + " ALTER TABLE businesses ENABLE ROW LEVEL SECURITY",
                Guest.ROWS);
        String owner = guest.config.owner;
        String me = migratorOf(guest, "CREATEROLE");
        Assertions.catchThrowable(() -> guest.installer(me).plan());
        String before = "schema live will belong to the migrating role " + me + ": to have role " + owner
                + " (INSTALL_OWNER) instead, before db migrate, as a superuser: ";
        String cure = guest.said.stream()
                .filter(line -> line.startsWith(before))
                .findFirst()
                .orElseThrow()
                .substring(before.length());
        assertThat(cure)
                .startsWith("CREATE ROLE \"" + owner + "\" NOLOGIN BYPASSRLS; GRANT \"" + owner + "\" TO \"" + me
                        + "\"; GRANT USAGE ON SCHEMA parts TO \"" + owner
                        + "\"; GRANT SELECT, TRIGGER ON ");
        guest.sql(cure);
        guest.said.clear();
        guest.installer(me).plan();
        assertThat(guest.said).contains("schema live will belong to role " + owner + "; migrating as " + me);
        assertThat(steps(guest)).noneMatch(step -> step.contains("grant"));
        guest.installer(me).migrate();
        assertThat(schemaOwner(guest)).isEqualTo(owner);
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql("TRUNCATE parts.metrics_2025");
        assertThat(guest.wrongTenants()).isEmpty();
        guest.installer().remove();
        assertThat(guest.said)
                .anyMatch(line -> line.contains(": stays as it is, having what is not ours: member " + me));
        guest.sql("REVOKE " + owner + " FROM " + me);
        guest.installer().remove();
        assertThat(guest.said).contains("role " + owner + ": dropped");
    }

    /** What another than a table's owner grants, nobody could take back for him. */
    @Test
    void theRightToGrantIsNotUsed() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String owner = guest.config.owner;
        String me = migratorOf(guest, "");
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT " + owner + " TO " + me
                + "; GRANT SELECT, TRIGGER ON businesses, business_metrics TO " + me + " WITH GRANT OPTION");
        guest.installer(me).plan();
        assertThat(guest.said)
                .contains("schema live will belong to the migrating role " + me + ": to have role " + owner
                        + " (INSTALL_OWNER) instead, before db migrate, as a superuser: GRANT SELECT, TRIGGER ON"
                        + " public.business_metrics TO \"" + owner
                        + "\"; GRANT SELECT, TRIGGER ON public.businesses TO \""
                        + owner + "\"");
    }

    /** Tables that were swapped, parts that came, in schemas that came: refused before anything is changed, with what mends it. */
    @Test
    void whatTheOwnerLacksOfWhatCameIsRefusedWithItsCure() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        String owner = guest.config.owner;
        String me = migratorOf(guest, "");
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT " + owner + " TO " + me);
        for (String table : guest.rows(
                "SELECT oid::regclass FROM pg_class WHERE relname ~ '^(businesses|business_metrics|metrics_)'"
                        + " AND relkind IN ('r', 'p')")) {
            guest.sql("GRANT SELECT, TRIGGER ON " + table + " TO " + owner);
        }
        guest.installer(me).migrate();
        assertThat(schemaOwner(guest)).isEqualTo(owner);

        guest.sql(
                "CREATE SCHEMA parts; CREATE TABLE parts.metrics_2027 PARTITION OF business_metrics FOR VALUES FROM ('2027-01-01')"
                        + " TO ('2028-01-01'); CREATE TABLE swapped (LIKE metrics_2025 INCLUDING ALL);"
                        + " ALTER TABLE business_metrics DETACH PARTITION metrics_2025; DROP TABLE metrics_2025;"
                        + " ALTER TABLE business_metrics ATTACH PARTITION swapped FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')");
        List<String> before = guest.everything();
        InstallException refused = (InstallException)
                Assertions.catchThrowable(() -> guest.installer(me).migrate());
        String lacks = "role " + owner + ", as which our functions run, lacks ";
        String cure = ", which role " + me + " does not own: GRANT ";
        assertThat(refused.reasons())
                .containsExactlyInAnyOrder(
                        lacks + "USAGE ON SCHEMA parts" + cure + "USAGE ON SCHEMA parts TO \"" + owner + "\"",
                        lacks + "SELECT, TRIGGER ON parts.metrics_2027" + cure
                                + "SELECT, TRIGGER ON parts.metrics_2027 TO \"" + owner + "\"",
                        lacks + "SELECT, TRIGGER ON public.swapped" + cure + "SELECT, TRIGGER ON public.swapped TO \""
                                + owner + "\"");
        assertThat(guest.everything()).isEqualTo(before);
        for (String reason : refused.reasons()) {
            guest.sql(reason.substring(reason.indexOf(": ") + 2));
        }
        guest.installer(me).migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();

        guest.sql("REVOKE SELECT ON swapped FROM " + owner + "; REVOKE USAGE ON SCHEMA parts FROM " + owner);
        assertThat(guest.rows("SELECT * FROM live.guard() ORDER BY said"))
                .containsExactly(
                        "right|" + lacks
                                + "SELECT, TRIGGER ON public.swapped|GRANT SELECT, TRIGGER ON public.swapped TO "
                                + owner,
                        "right|" + lacks + "USAGE ON SCHEMA parts|GRANT USAGE ON SCHEMA parts TO " + owner);
    }

    /** A role that makes roles makes none that bypasses row security, and is no member of one that it did not make. */
    @Test
    void underRowSecurityAllThatASuperuserMustRunIsSaidAtOnce() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.platform(
                "CREATEROLE", Guest.PLAIN + Guest.ROWS + "ALTER TABLE businesses ENABLE ROW LEVEL SECURITY");
        String owner = guest.config.owner;
        InstallException refused = (InstallException)
                Assertions.catchThrowable(() -> guest.installer(platform).migrate());
        String cure =
                "CREATE ROLE \"" + owner + "\" NOLOGIN BYPASSRLS; GRANT \"" + owner + "\" TO \"" + platform + "\"";
        assertThat(refused.reasons())
                .containsExactly("row security of public.businesses hides rows from role " + owner
                        + ", which our functions are to run as: " + cure + " as a superuser, then run this again");
        guest.sql(cure);
        guest.installer(platform).migrate();
        assertThat(schemaOwner(guest)).isEqualTo(owner);
    }

    /** Its rows are its session's alone. */
    @Test
    void aTemporaryPartOfSomebodysIsNoneOfOurs() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.platform("CREATEROLE", Guest.PLAIN + Guest.ROWS);
        String rights = "SELECT nspname, nspacl FROM pg_namespace WHERE nspname LIKE 'pg_temp%' ORDER BY 1";
        try (Connection other = guest.connect();
                Statement statement = other.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE scratch () INHERITS (business_metrics)");
            List<String> before = guest.rows(rights);
            guest.installer(platform).plan();
            assertThat(guest.said).noneMatch(line -> line.contains("pg_temp"));
            guest.installer(platform).migrate();
            assertThat(schemaOwner(guest)).isEqualTo(guest.config.owner);
            guest.installer().migrate();
            assertThat(guest.rows(rights)).isEqualTo(before);
            assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        }
    }

    /** The migrating role itself as the owner: what it lacks is said before anything is made. */
    @Test
    void aSchemaThatWhoMigratesMayNotUseIsRefused() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN + "CREATE SCHEMA parts; CREATE TABLE parts.m1 (LIKE business_metrics INCLUDING INDEXES)"
                        + " INHERITS (business_metrics); CREATE INDEX ON parts.m1 (business_id)",
                Guest.ROWS);
        guest.config.owner = "";
        String me = migratorOf(guest, "");
        guest.sql("GRANT SELECT, TRIGGER ON businesses, business_metrics, parts.m1 TO " + me);
        List<String> before = guest.everything();
        InstallException refused = (InstallException)
                Assertions.catchThrowable(() -> guest.installer(me).migrate());
        String cure = "GRANT USAGE ON SCHEMA parts TO \"" + me + "\"";
        assertThat(refused.reasons())
                .containsExactly("role " + me + ", as which our functions run, lacks USAGE ON SCHEMA parts, which role "
                        + me + " does not own: " + cure);
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql(cure);
        guest.installer(me).migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** Only where an index is to be made must it be allowed to. */
    @Test
    void aSchemaInWhichNoIndexIsMissingMayBeClosed() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "CREATEROLE");
        guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform + "; GRANT CREATE ON SCHEMA public TO "
                + platform + "; CREATE SCHEMA parts; GRANT ALL ON SCHEMA parts TO " + platform);
        guest.sql(
                platform,
                Guest.PLAIN
                        + "CREATE TABLE parts.m1 () INHERITS (business_metrics); CREATE INDEX ON parts.m1 (business_id);"
                        + Guest.ROWS);
        guest.sql("REVOKE CREATE ON SCHEMA parts FROM " + platform + "; GRANT USAGE ON SCHEMA parts TO " + platform
                + " WITH GRANT OPTION; CREATE ROLE " + guest.config.owner + " NOLOGIN; GRANT " + guest.config.owner
                + " TO "
                + platform + "; GRANT USAGE ON SCHEMA parts TO " + guest.config.owner);
        guest.installer(platform).migrate();
        assertThat(schemaOwner(guest)).isEqualTo(guest.config.owner);
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** Before version 16 a member's rights are those of all that it inherits, or of none. */
    @Test
    void whoDoesNotInheritIsToldSoBeforeAnythingIsMade() throws Exception {
        try (InstalledPostgres server = InstalledPostgres.start(
                InstalledPostgres.programsOf15().orElseThrow(), Map.of("wal_level", "logical"))) {
            String url = "postgresql://%s@127.0.0.1:" + server.port() + "/postgres";
            try (Connection connection = DriverManager.getConnection("jdbc:" + url.replace("%s@", ""), "postgres", "");
                    Statement statement = connection.createStatement()) {
                statement.execute(Guest.PLAIN
                        + "CREATE ROLE migrator LOGIN CREATEROLE NOINHERIT; GRANT CREATE ON DATABASE postgres TO migrator;"
                        + " ALTER TABLE businesses OWNER TO migrator; ALTER TABLE business_metrics OWNER TO migrator");
                List<String> said = new ArrayList<>();
                PostgresConfiguration postgres = new PostgresConfiguration();
                postgres.url = url.formatted("migrator");
                Installer installer = Installer.of(Postgres.of(postgres), new InstallConfiguration(), said::add);
                assertThat(((InstallException) Assertions.catchThrowable(installer::plan)).reasons())
                        .contains(
                                "no index serves public.businesses (user_id), and role migrator may make none in schema public:"
                                        + " GRANT CREATE ON SCHEMA public TO \"migrator\"");
                statement.execute("GRANT CREATE ON SCHEMA public TO migrator");
                installer.plan();
                String cure = "ALTER ROLE \"migrator\" INHERIT";
                assertThat(said)
                        .contains("schema live will belong to the migrating role migrator: to have role tenantlist_live"
                                + " (INSTALL_OWNER) instead, before db migrate, as a superuser: " + cure);
                statement.execute(cure);
                installer.migrate();
                assertThat(said).contains("schema live will belong to role tenantlist_live; migrating as migrator");
                installer.remove();
                assertThat(said).contains("role tenantlist_live: dropped");
            }
        }
    }

    @Test
    void ofAPartThatGotItsTriggersNothingIsLeftToGrant() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        guest.sql(
                "CREATE TABLE metrics_2027 PARTITION OF business_metrics FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
                        + " SELECT live.attach('metrics_2027')");
        guest.said.clear();
        guest.installer().plan();
        assertThat(steps(guest)).containsExactly("would look at every tenant");
    }

    @Test
    void whatSomeoneBrokeWouldBeMended() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.said.clear();
        guest.installer().plan();
        assertThat(steps(guest)).isEmpty();
        assertThat(guest.said).last().asString().startsWith("nothing to do: ");

        guest.sql("""
                ALTER TABLE business_metrics DISABLE TRIGGER live_updated; ALTER PUBLICATION tenantlist_live SET TABLE live.epoch;
                REVOKE SELECT ON businesses FROM %s; DROP INDEX live_businesses_user_id_idx;
                CREATE OR REPLACE FUNCTION live.note_metrics_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'""".formatted(guest.config.owner));
        List<String> before = guest.rows("SELECT xmin, * FROM live.installation");
        guest.installer().plan();
        assertThat(steps(guest))
                .containsExactly(
                        "would grant SELECT, TRIGGER ON public.businesses to role " + guest.config.owner,
                        "would mend publication tenantlist_live of the journal",
                        "would make an index on public.businesses (user_id)",
                        "would make functions and views anew, which are not those of this version",
                        "would make triggers on public.business_metrics",
                        "would look at every tenant");
        assertThat(guest.rows("SELECT xmin, * FROM live.installation")).isEqualTo(before);
    }

    /** An index of the text is there, and serves nothing. */
    @Test
    void anIndexThatAnIdNeedsAsItIsReadIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey;"
                + " ALTER TABLE business_metrics ALTER business_id TYPE varchar(36)");
        String index = "CREATE INDEX CONCURRENTLY ON public.metrics_2025 ((business_id::uuid))";
        guest.said.clear();
        guest.installer().plan();
        assertThat(guest.said)
                .contains(
                        "an id has become a text, read as uuid, for which no index serves; the platform may make one, where each"
                                + " value is a uuid and is to stay one: " + index);
        assertThat(steps(guest)).isEmpty();
        guest.sql(index);
        guest.said.clear();
        guest.installer().plan();
        assertThat(guest.said).noneMatch(line -> line.contains("metrics_2025"));
    }

    @Test
    void everyReasonNotToIsSaidAfterIt() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String stranger = guest.role("stranger", "");
        List<String> before = guest.everything();
        assertThatThrownBy(() -> guest.installer(stranger).plan())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("GRANT CREATE ON DATABASE " + guest.name() + " TO \"" + stranger + "\"")
                .hasMessageContaining("GRANT TRIGGER ON public.businesses TO \"" + stranger + "\"");
        assertThat(guest.said)
                .anyMatch(line -> line.startsWith("no publication: role " + stranger + " may make none in database "));
        assertThat(guest.everything()).isEqualTo(before);
        guest.installer().migrate();
        guest.said.clear();
        assertThatThrownBy(() -> guest.installer(stranger).plan())
                .hasMessageContaining("schema live belongs to role " + guest.config.owner + ", of which role "
                        + stranger + " is no member");
    }

    // ---- a database without the two tables

    @Test
    void tablesAreMadeWhereNeitherIsThere() throws Exception {
        Guest guest = Guest.of();
        List<String> before = guest.everything();
        guest.installer().plan();
        assertThat(steps(guest))
                .contains(
                        "would make tables public.businesses and public.business_metrics, empty, with indexes and triggers");
        assertThat(guest.everything()).isEqualTo(before);
        guest.installer().migrate();
        guest.sql(Guest.ROWS);
        assertThat(guest.sums()).isEqualTo("120|1200|240");
    }

    @Test
    void tablesThatAreGoneAreNotMadeAgain() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        guest.sql("DROP TABLE businesses, business_metrics");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("any more, in which the service was installed: bring them back");
    }
}
