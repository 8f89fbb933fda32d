package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;

import io.dropwizard.util.Duration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code db remove}, and who may do what: refused with every reason, before anything is changed. */
class RemovalTest {
    private static List<String> refusals(ThrowingCallable call) {
        Throwable failure = Assertions.catchThrowable(call);
        assertThat(failure).isInstanceOf(InstallException.class);
        return ((InstallException) failure).reasons();
    }

    private static List<String> ownerThere(Guest guest) throws SQLException {
        return guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'");
    }

    @Test
    void allReasonsAreSaidAtOnceAndThePlatformIsCountedAsBefore() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String app = guest.role("app", "");
        String publisher = guest.role("publisher", "SUPERUSER");
        guest.sql("ALTER PUBLICATION tenantlist_live OWNER TO " + publisher
                + "; CREATE VIEW report AS SELECT * FROM live.tenant_kpis");
        List<String> before = guest.everything();
        String me = ", of which role " + app + " is no member: GRANT ";
        String to = " TO \"" + app + "\"";
        assertThat(refusals(() -> guest.installer(app).remove()))
                .containsExactly(
                        "schema live belongs to role " + guest.config.owner + me + "\"" + guest.config.owner + "\""
                                + to,
                        "triggers on public.business_metrics can be dropped by its owner alone, role postgres" + me
                                + "\"postgres\"" + to,
                        "triggers on public.businesses can be dropped by its owner alone, role postgres" + me
                                + "\"postgres\"" + to,
                        "publication tenantlist_live belongs to role " + publisher + me + "\"" + publisher + "\"" + to,
                        "index public.live_business_metrics_business_id_idx of public.business_metrics belongs to role"
                                + " postgres" + me + "\"postgres\"" + to,
                        "index public.live_businesses_user_id_idx of public.businesses belongs to role postgres" + me
                                + "\"postgres\"" + to,
                        "view public.report uses table live.tenant_kpis, and would go with it: drop it first");
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.rows("SELECT complete FROM live.installation")).containsExactly("t");

        guest.sql(
                "DROP VIEW report; ALTER TABLE businesses OWNER TO " + app + "; ALTER TABLE business_metrics OWNER TO "
                        + app + "; ALTER PUBLICATION tenantlist_live OWNER TO " + guest.config.owner + "; GRANT "
                        + guest.config.owner + " TO " + app);
        assertThat(guest.installer(app).remove()).isTrue();
        assertThat(guest.rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"))
                .isEmpty();
        assertThat(guest.rows("SELECT pubname FROM pg_publication")).isEmpty();
        assertThat(guest.said)
                .contains("role " + guest.config.owner + ": stays, role " + app
                        + " may not drop it; a superuser may, in database " + guest.name() + ": DROP OWNED BY \""
                        + guest.config.owner + "\"; DROP ROLE \"" + guest.config.owner + "\"");
    }

    /** What a DBA reads before; it is what is done then. */
    @Test
    void aDryRunSaysAllThatWouldGoAndChangesNothing() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.everything();
        guest.said.clear();
        guest.installer().planRemoval();
        assertThat(guest.said)
                .contains(
                        "would drop our triggers on public.business_metrics",
                        "would drop our triggers on public.metrics_2026",
                        "would drop publication tenantlist_live",
                        "would drop index public.live_business_metrics_business_id_idx on public.business_metrics, and those of"
                                + " its parts",
                        "would drop schema live, and all in it",
                        "would take from role " + guest.config.owner
                                + " what it may do here, and drop it if nothing in the cluster needs it")
                .last()
                .asString()
                .startsWith("nothing was changed in ");
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql("CREATE VIEW report AS SELECT * FROM live.tenant_kpis");
        assertThat(refusals(() -> guest.installer().planRemoval()))
                .containsExactly("view public.report uses table live.tenant_kpis, and would go with it: drop it first");
        guest.sql("DROP VIEW report");
        guest.installer().remove();
        guest.said.clear();
        guest.installer().planRemoval();
        assertThat(guest.said).singleElement().asString().startsWith("nothing of the service is in ");
    }

    /** A DROP … CASCADE says of none of these what it is; of a policy that restricts it shows rows. Each would go by itself. */
    @Test
    void whateverUsesOursIsSaidAndStays() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                CREATE VIEW faults AS SELECT * FROM live.guard();
                CREATE MATERIALIZED VIEW totals AS SELECT * FROM live.business_totals;
                CREATE FUNCTION active(b uuid) RETURNS bigint LANGUAGE sql
                RETURN (SELECT active_businesses FROM live.tenant_kpis WHERE user_id = b);
                CREATE TABLE notes (id int PRIMARY KEY, said text DEFAULT live.code(), version live.business_version, user_id uuid);
                CREATE INDEX notes_active ON notes (live.is_active(said));
                ALTER TABLE notes ADD CONSTRAINT active CHECK (live.is_active(said));
                ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES live.tenant_kpis;
                CREATE POLICY mine ON notes AS RESTRICTIVE USING (EXISTS (SELECT FROM live.tenant_kpis k WHERE k.user_id = notes.user_id));
                CREATE RULE copied AS ON DELETE TO notes DO ALSO DELETE FROM live.revocation;
                CREATE TABLE child () INHERITS (live.epoch);
                CREATE TABLE typed OF live.put_off;
                CREATE DOMAIN off AS live.put_off;
                CREATE PUBLICATION theirs FOR TABLE live.epoch;
                CREATE STATISTICS s ON (live.is_active(said)), id FROM notes;
                CREATE PUBLICATION all_theirs FOR TABLES IN SCHEMA live;
                CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TRIGGER noted BEFORE UPDATE ON businesses FOR EACH ROW WHEN (live.is_active(new.status::text)) EXECUTE FUNCTION note()""");
        List<String> before;
        List<String> said;
        try (Connection another = guest.connect();
                Statement statement = another.createStatement()) {
            statement.execute("CREATE TEMP VIEW of_a_session AS SELECT * FROM live.epoch");
            before = guest.everything();
            said = refusals(() -> guest.installer().planRemoval());
        }
        assertThat(said)
                .extracting(line -> line.replace(", and would go with it: drop it first", ""))
                .containsExactly(
                        "column version of table public.notes uses type live.business_version",
                        "constraint active on table public.notes uses function live.is_active(text)",
                        "constraint notes_user_id_fkey on table public.notes uses index live.tenant_kpis_pkey",
                        "constraint notes_user_id_fkey on table public.notes uses table live.tenant_kpis",
                        "default value for column said of table public.notes uses function live.code(), and would go with it: replace or drop it first",
                        "function public.active(uuid) uses table live.tenant_kpis",
                        "index public.notes_active uses function live.is_active(text)",
                        "materialized view public.totals uses table live.business_totals",
                        "policy mine on table public.notes uses table live.tenant_kpis, and would go with it: replace or drop it first",
                        "publication of schema live in publication all_theirs uses schema live, and would go with it: take it out of"
                                + " the publication first",
                        "publication of table live.epoch in publication theirs uses table live.epoch, and would go with it: take it"
                                + " out of the publication first",
                        "rule copied on table public.notes uses table live.revocation",
                        "statistics object public.s uses function live.is_active(text)",
                        "table public.child uses table live.epoch",
                        "table public.typed uses type live.put_off",
                        "trigger noted on table public.businesses uses function live.is_active(text)",
                        "type public.off uses type live.put_off",
                        "view public.faults uses function live.guard()");
        assertThat(refusals(() -> guest.installer().remove())).isEqualTo(said);
        assertThat(guest.rows(queryByHand()))
                .extracting(row -> row.replace("rule _RETURN on ", "").replace("|", " uses "))
                .as("what docs/dba.md tells who cannot run the program")
                .containsExactlyInAnyOrderElementsOf(said.stream()
                        .map(line -> line.substring(0, line.indexOf(", and would go"))
                                .replace("public.", ""))
                        .toList());
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql("""
                DROP VIEW faults; DROP MATERIALIZED VIEW totals; DROP FUNCTION active; DROP TABLE notes, child, typed; DROP DOMAIN off;
                DROP PUBLICATION theirs; DROP PUBLICATION all_theirs; DROP TRIGGER noted ON businesses""");
        assertThat(guest.installer().remove()).isTrue();
    }

    private static String queryByHand() throws IOException {
        String page = Files.readString(Path.of("../docs/dba.md"));
        int begin = page.indexOf("SELECT DISTINCT pg_describe_object(");
        return page.substring(begin, page.indexOf(";\n```", begin));
    }

    /** What comes after the first look, while a lock is waited for, goes with the schema no more than what was there. */
    @Test
    void whatComesWhileItWaitsIsSaidAndStays() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = Duration.seconds(30);
        guest.installer().migrate();
        try (Connection reader = guest.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT FROM live.epoch");
            String pid = guest.rows("SELECT pid FROM pg_stat_activity WHERE query = 'SELECT FROM live.epoch'")
                    .get(0);
            guest.whenSaid(
                    "schema live: waiting for a lock on live; in the way: pid " + pid + " (",
                    "CREATE VIEW report AS SELECT * FROM live.tenant_kpis;"
                            + " CREATE FUNCTION live.added() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                    reader);
            assertThat(refusals(() -> guest.installer().remove()))
                    .containsExactly(
                            "view public.report uses table live.tenant_kpis, and would go with it: drop it first",
                            "function live.added() of role postgres is none of ours: DROP FUNCTION live.added(), or move it to"
                                    + " another schema: it would go with schema live");
        }
        guest.sql("UPDATE business_metrics SET views_count = 9; DROP VIEW report; DROP FUNCTION live.added()");
        assertThat(guest.installer().remove()).isTrue();
    }

    /** What was not committed at the first look, and is when the schema's lock is had. */
    @Test
    void whatIsCommittedWhileTheSchemaIsDroppedIsSaidAndStays() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = Duration.seconds(30);
        guest.config.lockTimeout = Duration.seconds(30);
        guest.installer().migrate();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection another = guest.connect();
                Statement statement = another.createStatement()) {
            another.setAutoCommit(false);
            statement.execute(
                    "CREATE TABLE live.added (x int); CREATE VIEW report AS SELECT * FROM live.watched_table");
            Future<Boolean> removed = thread.submit(() -> guest.installer().remove());
            guest.awaitLockWait("DROP SCHEMA");
            another.commit();
            assertThat(removed)
                    .failsWithin(30, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOfSatisfying(
                            InstallException.class,
                            refused -> assertThat(refused.reasons())
                                    .containsExactly(
                                            "view public.report uses view live.watched_table, and would go with it: drop it first",
                                            "table live.added of role postgres is none of ours: DROP TABLE live.added, or move it to"
                                                    + " another schema: it would go with schema live"));
        } finally {
            thread.shutdownNow();
        }
        guest.sql("UPDATE business_metrics SET views_count = 9; DROP VIEW report; DROP TABLE live.added");
        assertThat(guest.installer().remove()).isTrue();
    }

    /** Who wants a catalog for himself waits for the connection that drops, and is waited for by the one that looks: a deadlock that Postgres does not see. */
    @Test
    void whoWaitsForACatalogMeanwhileIsNotWaitedForForEver() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = Duration.seconds(60);
        guest.config.lockTimeout = Duration.seconds(2);
        guest.installer().migrate();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Connection reader = guest.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT FROM live.epoch");
            Future<Boolean> removed = threads.submit(() -> guest.installer().remove());
            guest.awaitLockWait("DROP SCHEMA");
            Future<?> locked = threads.submit(() -> {
                guest.sql("BEGIN; LOCK TABLE pg_depend; COMMIT");
                return null;
            });
            guest.awaitLockWait("LOCK TABLE");
            reader.commit();
            assertThat(removed).succeedsWithin(50, TimeUnit.SECONDS).isEqualTo(true);
            assertThat(locked).succeedsWithin(10, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    /** What says what is ours may be gone, or another's; then the names that our files give say it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TABLE live.installation CASCADE",
                "TRUNCATE live.installation",
                "DROP TABLE live.migrations",
                "ALTER TABLE live.installation OWNER TO postgres; REVOKE ALL ON live.installation FROM PUBLIC"
            })
    void whatIsOursIsKnownByItsNamesToo(String broken) throws Exception {
        Guest guest = Guest.of();
        String platform = guest.platform("CREATEROLE", Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).migrate();
        guest.sql(broken + "; CREATE TABLE live.added (x int)");
        assertThat(refusals(() -> guest.installer(platform).planRemoval()))
                .containsExactly(
                        "table live.added of role postgres is none of ours: DROP TABLE live.added, or move it to another"
                                + " schema: it would go with schema live");
        assertThat(Assertions.catchThrowable(() -> guest.installer(platform).rebuild(Optional.empty())))
                .isInstanceOf(InstallException.class)
                .message()
                .doesNotContain("ERROR");
        guest.sql("DROP TABLE live.added");
        assertThat(guest.installer(platform).remove()).isTrue();
        assertThat(guest.rows("SELECT FROM pg_namespace WHERE nspname = 'live'"))
                .isEmpty();
    }

    /** It is the service's, which is to be let into nothing more. */
    @Test
    void theServicesRoleIsToldWhoseTurnItIs() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String app = guest.role("app", "");
        guest.sql(guest.installer().grants(app));
        String lack = ", of which the service's role " + app
                + " is no member, nor is to be: run this as the role that migrates";
        String schema = "schema live belongs to role " + guest.config.owner + lack;
        assertThat(refusals(() -> guest.installer(app).remove()))
                .contains(schema)
                .allMatch(line -> line.endsWith(lack));
        assertThat(refusals(() -> guest.installer(app).migrate()))
                .contains(schema)
                .noneMatch(line -> line.contains("GRANT"));
        assertThat(refusals(() -> guest.installer(app).rebuild(Optional.empty())))
                .containsExactly(schema);
    }

    /** What the owner of the tables cannot take, in a database that is not the last one. */
    @Test
    void whatIsLeftInThisDatabaseIsSaidThoughAnotherNeedsTheRole() throws Exception {
        Guest guest = Guest.of();
        Guest other = Guest.of(Guest.PLAIN);
        String owner = guest.config.owner;
        String platform = guest.platform("", Guest.PLAIN + Guest.ROWS);
        other.config.owner = owner;
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT " + owner + " TO " + platform
                + "; GRANT USAGE ON SCHEMA public TO " + owner);
        other.installer().migrate();
        guest.installer(platform).migrate();
        guest.said.clear();
        guest.installer(platform).remove();
        assertThat(guest.said)
                .contains("role " + owner + ": stays, needed by database " + other.name()
                        + "; it has rights in this one too that are not to be taken as role " + platform
                        + "; a superuser may, in database " + guest.name() + ": DROP OWNED BY \"" + owner + "\"");
        guest.sql("DROP OWNED BY " + owner + "; REVOKE " + owner + " FROM " + platform);
        other.installer().remove();
        assertThat(ownerThere(guest)).isEmpty();
    }

    @Test
    void aSchemaOfAnotherStays() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN,
                "CREATE SCHEMA live; CREATE FUNCTION live.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
                        + " CREATE TABLE live.migrations (installed_rank int, script text); CREATE TABLE live.epoch (value int)");
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().remove())).containsExactly("schema live is not ours");
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactly("schema live is there, and is not ours");
        assertThat(guest.everything()).isEqualTo(before);
    }

    @Test
    void anIndexWithoutOurCommentStaysAndTheOthersAreSaid() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("COMMENT ON INDEX live_businesses_user_id_idx IS NULL");
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(line -> line.startsWith("index "))
                .containsExactly(
                        "index public.live_business_metrics_business_id_idx on public.business_metrics, and those"
                                + " of its parts: dropped");
        assertThat(guest.rows("SELECT relname FROM pg_class WHERE relkind = 'I' AND relname LIKE 'live%'"))
                .containsExactly("live_businesses_user_id_idx");
    }

    /** {@code LIKE … INCLUDING ALL} copies comments: a table that is not watched loses no index by one of ours, and hinders nobody. */
    @Test
    void anIndexOfAnotherTableThatOnlyHasOurCommentStaysAndIsNamed() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String app = guest.role("app", "SUPERUSER");
        guest.sql("CREATE SCHEMA archive; ALTER SCHEMA archive OWNER TO " + app);
        guest.installer().migrate();
        guest.sql(app, "CREATE TABLE archive.archive_2025 (LIKE businesses INCLUDING ALL)");
        String copies =
                "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'archive.archive_2025'::regclass ORDER BY 1";
        List<String> before = guest.rows(copies);
        assertThat(before).contains("archive.archive_2025_user_id_idx");
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(line -> line.startsWith("index "))
                .containsExactlyInAnyOrder(
                        "index archive.archive_2025_user_id_idx on archive.archive_2025: stays, copied from one of ours with"
                                + " its comment; if nothing needs it: DROP INDEX CONCURRENTLY archive.archive_2025_user_id_idx",
                        "index public.live_business_metrics_business_id_idx on public.business_metrics: dropped",
                        "index public.live_businesses_user_id_idx on public.businesses: dropped");
        assertThat(guest.rows(copies)).isEqualTo(before);
    }

    /** What db grants gave on what is not ours, for the owner to take: the role may have had it before. */
    @Test
    void whatRolesKeepIsSaidAsSqlThatTakesIt() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String app = guest.role("app", "");
        String reader = guest.role("reader", "");
        String rights = "SELECT grantee, privilege_type, table_name FROM information_schema.table_privileges"
                + " WHERE table_schema = 'public' AND grantee LIKE '%of_" + guest.name() + "'";
        guest.sql("GRANT SELECT ON businesses TO " + reader);
        guest.sql(guest.installer().grants(app));
        guest.sql(
                "ALTER TABLE business_metrics RENAME TO metrics_old; CREATE TABLE business_metrics (LIKE metrics_old INCLUDING ALL)");
        guest.installer().migrate();
        guest.sql(guest.installer().grants(app));
        guest.said.clear();
        guest.installer().planRemoval();
        assertThat(guest.said).anyMatch(line -> line.startsWith("role " + app + " keeps what db grants told of"));
        guest.said.clear();
        guest.installer().remove();
        List<String> kept =
                guest.said.stream().filter(line -> line.contains(" keeps ")).toList();
        String to = " FROM " + app;
        assertThat(kept)
                .containsExactly("role " + app + " keeps what db grants told of; if it needs that no more: "
                        + "REVOKE DELETE, INSERT, SELECT, UPDATE ON public.business_metrics" + to
                        + "; REVOKE DELETE, INSERT, SELECT, UPDATE ON public.businesses" + to
                        + "; REVOKE DELETE, INSERT, SELECT, UPDATE ON public.metrics_old" + to
                        + "; REVOKE USAGE ON SCHEMA public" + to + "; REVOKE CONNECT ON DATABASE " + guest.name() + to);
        guest.sql(kept.get(0).substring(kept.get(0).indexOf(": ") + 2));
        assertThat(guest.rows(rights)).containsExactly(reader + "|SELECT|businesses");
        guest.sql("DROP ROLE " + app);
    }

    /** It is a right in the whole cluster, of which one database does not know all. */
    @Test
    void thatARoleMayReplicateIsSaidLastAndWithItsCondition() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        String app = guest.role("app", "REPLICATION");
        String analyst = guest.role("analyst", "REPLICATION");
        guest.sql(guest.installer().grants(app));
        guest.sql("GRANT USAGE ON SCHEMA live TO " + analyst);
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(said -> said.contains("REPLICATION"))
                .singleElement()
                .asString()
                .startsWith("role " + app + " keeps ")
                .endsWith("; ALTER ROLE \"" + app + "\" NOREPLICATION, if it replicates nothing else of the cluster");
    }

    /** Who made it may want it: nobody else can tell. */
    @Test
    void whatSomebodyPutIntoOurSchemaIsSaidAndStays() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                CREATE TABLE live.notes (x serial); INSERT INTO live.notes VALUES (1); CREATE VIEW live.report AS SELECT 1 AS one;
                CREATE FUNCTION live.added(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN live.day AS date;
                CREATE STATISTICS live.s ON user_id, active FROM live.business_totals; CREATE INDEX mine ON live.revocation (subject)""");
        String end = ", or move it to another schema: it would go with schema live";
        List<String> others = List.of(
                "function live.added(integer) of role postgres is none of ours: DROP FUNCTION live.added(integer)",
                "table live.notes of role postgres is none of ours: DROP TABLE live.notes",
                "type live.day of role postgres is none of ours: DROP TYPE live.day",
                "view live.report of role postgres is none of ours: DROP VIEW live.report");
        assertThat(refusals(() -> guest.installer().planRemoval()))
                .containsExactlyElementsOf(
                        others.stream().map(each -> each + end).toList());
        assertThat(refusals(() -> guest.installer().remove())).hasSize(4);
        assertThat(refusals(() -> guest.installer().plan())).isEqualTo(others);
        assertThat(refusals(() -> guest.installer().migrate())).isEqualTo(others);
        guest.sql(
                "DROP TABLE live.notes; DROP VIEW live.report; DROP FUNCTION live.added; ALTER DOMAIN live.day SET SCHEMA public");
        assertThat(guest.installer().remove()).isTrue();
        assertThat(guest.rows("SELECT typname FROM pg_type WHERE typname = 'day'"))
                .hasSize(1);
    }

    @Test
    void whileNothingIsDroppedYetAllIsCountedAndSoItIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        try (Connection idle = guest.connect();
                Statement statement = idle.createStatement()) {
            idle.setAutoCommit(false);
            statement.execute("UPDATE business_metrics SET views_count = 9");
            assertThat(refusals(() -> guest.installer().remove()))
                    .singleElement()
                    .asString()
                    .startsWith("triggers on public.business_metrics: no lock");
            idle.commit();
        }
        assertThat(guest.rows("SELECT complete FROM live.installation")).containsExactly("t");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
    }

    // ---- the role

    @Test
    void aRoleThatAnotherDatabaseNeedsStaysAndNobodyIsToldToDropIt() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        Guest other = Guest.of(Guest.PLAIN);
        Guest named = Guest.of();
        other.config.owner = guest.config.owner;
        guest.installer().migrate();
        other.installer().migrate();
        named.sql("GRANT CONNECT ON DATABASE " + named.name() + " TO " + guest.config.owner);
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(line -> line.startsWith("role "))
                .containsExactly("role " + guest.config.owner + ": stays, needed by database "
                        + String.join(
                                ", ",
                                List.of(other.name(), named.name()).stream()
                                        .sorted()
                                        .toList()));
        named.sql("REVOKE CONNECT ON DATABASE " + named.name() + " FROM " + guest.config.owner);
        other.installer().remove();
        assertThat(other.said).contains("role " + guest.config.owner + ": dropped");
    }

    /** What another than the owner of a table granted, neither REVOKE nor DROP OWNED takes; and who else has it from him keeps it. */
    @Test
    void whatOthersGrantedIsSaidWithWhatTakesIt() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String owner = guest.config.owner;
        String other = guest.role("other", "");
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT SELECT ON businesses TO " + other
                + " WITH GRANT OPTION; GRANT USAGE ON SCHEMA public TO " + other + " WITH GRANT OPTION");
        String bystander = guest.role("bystander", "");
        guest.sql(
                other,
                "GRANT SELECT ON businesses TO " + owner + ", " + bystander + "; GRANT USAGE ON SCHEMA public TO "
                        + owner);
        guest.installer().migrate();
        guest.installer().remove();
        String said = guest.said.get(guest.said.size() - 1);
        assertThat(said)
                .startsWith("role " + owner + ": stays, it has rights that are not to be taken as role postgres (")
                .contains("SET ROLE " + other + "; REVOKE SELECT ON public.businesses FROM " + owner
                        + "; RESET ROLE; SET ROLE " + other + "; REVOKE USAGE ON SCHEMA public FROM " + owner
                        + "; RESET ROLE; DROP OWNED BY ");
        guest.sql(said.substring(said.indexOf(": SET ROLE") + 2));
        assertThat(guest.rows("SELECT has_table_privilege('" + bystander + "', 'businesses', 'SELECT')"))
                .containsExactly("t");
        assertThat(ownerThere(guest)).isEmpty();
        assertThat(guest.installer().remove()).isFalse();
    }

    /** A role that others use too would lose its rights with ours, and they what it is for. */
    @Test
    void aRoleThatHasMoreKeepsAllAndNobodyIsToldToDropWhatIsItsOwn() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String owner = guest.config.owner;
        guest.installer().migrate();
        guest.sql("CREATE TABLE orders (a int); CREATE TABLE more (a int); ALTER TABLE more OWNER TO " + owner
                + "; GRANT SELECT ON orders TO " + owner);
        String rights =
                "SELECT relname, relacl FROM pg_class WHERE relname IN ('businesses', 'more', 'orders') ORDER BY 1";
        List<String> before = guest.rows(rights);
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(line -> line.startsWith("role "))
                .containsExactly(
                        "role " + owner
                                + ": stays as it is, having what is not ours: owner of table public.more, rights"
                                + " on table public.orders; if it was there for us alone: take that from it and run db remove again");
        assertThat(guest.rows(rights)).isEqualTo(before);
        guest.sql("ALTER TABLE more OWNER TO postgres; REVOKE ALL ON orders FROM " + owner);
        assertThat(guest.installer().remove()).isTrue();
        assertThat(ownerThere(guest)).isEmpty();
    }

    /** The platform's own role, in which the schema was made as there was no other, and that may not log in any more. */
    @Test
    void aRoleThatIsNotTheConfiguredOneStaysAsItIs() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.platform(
                "",
                Guest.PLAIN + Guest.ROWS + "CREATE TABLE orders (a int); GRANT SELECT ON orders, businesses TO public");
        guest.installer(platform).migrate();
        guest.sql("ALTER ROLE " + platform + " NOLOGIN");
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .filteredOn(line -> line.startsWith("role "))
                .containsExactly("role " + platform
                        + ", which schema live belonged to: stays as it is; INSTALL_OWNER is " + guest.config.owner);
        guest.sql("SET ROLE " + platform
                + "; INSERT INTO orders VALUES (1); UPDATE business_metrics SET views_count = 7");
    }

    /** Our functions would have all its rights, and it would be taken away with us. */
    @Test
    void aRoleThatOwnsThePlatformsThingsIsNotTakenForOurs() throws Exception {
        Guest guest = Guest.of();
        String owner = guest.config.owner;
        String platform = guest.platform("", Guest.PLAIN + Guest.ROWS);
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT " + owner + " TO " + platform
                + "; CREATE TABLE orders (a int); ALTER TABLE orders OWNER TO " + owner);
        String found = "schema live will belong to the migrating role " + platform + ": role " + owner
                + " is there, and owns things in this database or is a member of another role:"
                + " INSTALL_OWNER is a role for our sake alone";
        guest.installer(platform).plan();
        assertThat(guest.said).contains(found);
        guest.sql("DROP TABLE orders; REVOKE " + owner + " FROM " + platform + "; GRANT " + platform + " TO " + owner);
        guest.said.clear();
        guest.installer(platform).migrate();
        assertThat(guest.said).contains(found);
        for (int i = 0; i < 2; i++) {
            guest.said.clear();
            guest.installer().remove();
        }
        assertThat(guest.said)
                .containsExactly("role " + owner + ": stays as it is, having what is not ours: membership of role "
                        + platform + "; if it was there for us alone: take that from it and run db remove again");
        assertThat(ownerThere(guest)).hasSize(1);
    }

    /** Who reads the tables by it would not any more. */
    @Test
    void aRoleThatOthersHaveTheirRightsFromStays() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String owner = guest.config.owner;
        String analyst = guest.role("analyst", "");
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT SELECT ON businesses TO " + owner + "; GRANT " + owner
                + " TO " + analyst);
        guest.installer().migrate();
        guest.said.clear();
        guest.installer().remove();
        assertThat(guest.said)
                .contains("role " + owner + ": stays as it is, having what is not ours: member " + analyst
                        + "; if it was there for us alone: take that from it and run db remove again; or, with schema live gone and"
                        + " nobody needing what it may do in database " + guest.name()
                        + ", there, as a superuser: DROP OWNED BY \""
                        + owner + "\"");
        guest.sql(analyst, "SELECT count(*) FROM businesses");
    }

    /** Also what looks like ours: the same word is another right of a sequence. */
    @Test
    void aRightOnASequenceIsNotOurs() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        guest.sql("CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO " + guest.config.owner);
        guest.installer().remove();
        assertThat(guest.said)
                .anyMatch(line -> line.contains("having what is not ours: rights on sequence public.numbers;"));
        assertThat(guest.rows("SELECT has_sequence_privilege('" + guest.config.owner + "', 'numbers', 'USAGE')"))
                .containsExactly("t");
    }

    // ---- who is no member of the owner

    @Test
    void whoIsNoMemberOfTheOwnerIsToldSo() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String app = guest.role("app", "");
        String owner = guest.config.owner;
        String lack = "schema live belongs to role " + owner + ", of which role " + app + " is no member: GRANT \""
                + owner + "\" TO \"" + app + "\"";
        assertThat(refusals(() -> guest.installer(app).rebuild(Optional.empty())))
                .containsExactly(lack);
        assertThat(refusals(() -> guest.installer(app).migrate())).contains(lack);
        assertThat(refusals(() -> guest.installer(app).remove())).contains(lack);
        guest.sql("GRANT " + owner + " TO " + app + " WITH INHERIT FALSE");
        assertThat(refusals(() -> guest.installer(app).rebuild(Optional.empty())))
                .containsExactly("schema live belongs to role " + owner + ", whose rights its member " + app
                        + " does not inherit: GRANT \"" + owner + "\" TO \"" + app
                        + "\" WITH INHERIT TRUE, SET TRUE");
        guest.sql("GRANT " + owner + " TO " + app + " WITH INHERIT TRUE, SET FALSE");
        assertThat(guest.installer(app).rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 0, 0));
        assertThat(refusals(() -> guest.installer(app).migrate()))
                .contains("schema live belongs to role " + owner + ", which its member " + app
                        + " may not become: GRANT \"" + owner + "\" TO \"" + app + "\" WITH SET TRUE");
    }

    @Test
    void anOwnerThatIsThereAndCannotBeHadIsSaidWithItsCure() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "");
        String owner = guest.config.owner;
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform
                + "; ALTER SCHEMA public OWNER TO " + platform);
        guest.sql(platform, Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).plan();
        assertThat(guest.said)
                .contains("schema live will belong to the migrating role " + platform + ": to have role " + owner
                        + " (INSTALL_OWNER) instead, before db migrate, as a superuser: GRANT \"" + owner + "\" TO \""
                        + platform + "\"");
        guest.sql("GRANT " + owner + " TO " + platform);
        guest.installer(platform).migrate();
        assertThat(guest.rows("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'live'"))
                .containsExactly(owner);
        guest.sql(platform, "UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
    }
}
