package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code db migrate} and {@code db rebuild} where somebody has been at what is ours, or is in the way. */
class MigrateAgainTest {
    private static final String FUNCTIONS = """
            SELECT p.oid::regprocedure, pg_get_userbyid(p.proowner), p.prosecdef, md5(p.prosrc), p.proconfig,
                   (SELECT array_agg(a.grantee::regrole::text || a.privilege_type ORDER BY 1) FROM aclexplode(p.proacl) a
                    WHERE a.grantee <> p.proowner)
            FROM pg_proc p WHERE p.pronamespace = 'live'::regnamespace ORDER BY p.oid::regprocedure::text""";

    /** Who migrates: a superuser, or a role that may make roles and owns the platform's tables. */
    private static String migrating(Guest guest, boolean superuser) throws SQLException {
        if (superuser) {
            return "postgres";
        }
        String platform = guest.role("platform", "CREATEROLE");
        guest.sql(
                "GRANT CREATE ON DATABASE %1$s TO %2$s; ALTER SCHEMA public OWNER TO %2$s; ALTER TABLE businesses OWNER TO %2$s;"
                                .formatted(guest.name(), platform)
                        + "ALTER TABLE business_metrics OWNER TO " + platform);
        return platform;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void functionsThatWereReplacedAreMadeAnewAndOurs(boolean superuser) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String role = migrating(guest, superuser);
        guest.installer(role).migrate();
        List<String> before = guest.rows(FUNCTIONS);
        guest.sql("""
                CREATE OR REPLACE FUNCTION live.serves(fired oid, root text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
                CREATE OR REPLACE FUNCTION live.note_metrics_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                ALTER FUNCTION live.apply() RESET ALL; ALTER FUNCTION live.apply() SECURITY INVOKER""");
        guest.sql("UPDATE business_metrics SET views_count = 6");
        assertThat(guest.wrongTenants()).isNotEmpty();
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("function");

        assertThat(guest.installer(role).migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        assertThat(guest.wrongTenants()).as("found by the second look").isEmpty();
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer(role).migrate().changed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void functionsThatWereDroppedAreMadeAnewAndOurs(boolean superuser) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String role = migrating(guest, superuser);
        guest.installer(role).migrate();
        List<String> before = guest.rows(FUNCTIONS);
        // All on which no trigger, view or default depends.
        guest.sql("""
                DO $$ DECLARE f regprocedure; BEGIN
                    FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'live'::regnamespace AND p.proname <> 'code' LOOP
                        BEGIN EXECUTE 'DROP FUNCTION ' || f; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END;
                    END LOOP;
                END $$""");
        assertThat(guest.rows("SELECT proname FROM pg_proc WHERE pronamespace = 'live'::regnamespace"))
                .doesNotContain("serves", "shown", "write_noted", "rebuild", "guard", "attach")
                .hasSizeLessThan(before.size() / 2);

        assertThat(guest.installer(role).migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        guest.sql("UPDATE business_metrics SET views_count = 7; UPDATE businesses SET name = name || '!'");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer(role).migrate().changed()).isFalse();
    }

    /** With all that depends on it: the trigger of live.pending, and views, which the guard itself reads. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "FUNCTION live.apply",
                "FUNCTION live.table_of",
                "VIEW live.watched_table",
                "VIEW live.read_column"
            })
    void whatWasDroppedWithAllThatDependsOnItIsMadeAnew(String dropped) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows(FUNCTIONS);
        String views = "SELECT viewname, viewowner, definition FROM pg_views WHERE schemaname = 'live' ORDER BY 1";
        List<String> viewsBefore = guest.rows(views);
        guest.sql("DROP " + dropped + " CASCADE");
        guest.sql("UPDATE business_metrics SET views_count = 8");
        guest.said.clear();
        guest.installer().plan();
        assertThat(guest.said).contains("would look at every tenant");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        assertThat(guest.rows(views)).isEqualTo(viewsBefore);
        assertThat(guest.wrongTenants()).isEmpty();
        guest.installer().rebuild(Optional.empty());
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql("UPDATE business_metrics SET views_count = 9");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @Test
    void whatASuperuserMadeAnewIsTheOwnersAgain() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows(FUNCTIONS);
        guest.sql(
                "DROP FUNCTION live.others_defer(); CREATE FUNCTION live.others_defer() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** An event trigger of the platform's may write our functions' rows once more, in a subtransaction. */
    @Test
    void functionsThatAnEventTriggerAltersAreOursStill() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                CREATE FUNCTION altered() RETURNS event_trigger LANGUAGE plpgsql AS $$
                DECLARE r record;
                BEGIN
                    FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'function' LOOP
                        BEGIN EXECUTE format('ALTER FUNCTION %s COST 90', r.object_identity); EXCEPTION WHEN division_by_zero THEN NULL; END;
                    END LOOP;
                END $$;
                CREATE EVENT TRIGGER altered ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION altered();
                CREATE OR REPLACE FUNCTION live.is_active(status text) RETURNS boolean LANGUAGE sql AS 'SELECT true'""");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** Its rows say which parts may be read with our rights. */
    @Test
    void aViewThatWasReplacedIsSaidAndMadeAnew() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String view = "SELECT pg_get_viewdef('live.strange_part'::regclass)";
        List<String> before = guest.rows(view);
        guest.sql("CREATE OR REPLACE VIEW live.strange_part AS SELECT * FROM ("
                + before.get(0).replace(";", "") + ") s WHERE false");
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("function");
        guest.installer().migrate();
        assertThat(guest.rows(view)).isEqualTo(before);
        guest.sql("DROP VIEW live.strange_part; CREATE VIEW live.strange_part AS SELECT 1 AS another");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageStartingWith("CREATE OR REPLACE VIEW live.strange_part AS: ")
                .hasMessageEndingWith(
                        "; somebody has given it another shape: drop it, and what of yours uses it (a DROP without CASCADE names that; of ours"
                                + " it is made anew), and run this again");
        guest.sql("DROP VIEW live.strange_part");
        guest.installer().migrate();
        assertThat(guest.rows(view)).isEqualTo(before);
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"VIEW live.watched_trigger", "FUNCTION live.rotate_journal(interval)"})
    void grantsThatWentWithWhatWasDroppedAreSaid(String dropped) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String app = guest.role("app", "");
        guest.sql(guest.installer().grants(app));
        guest.sql("DROP " + dropped);
        guest.installer().migrate();
        assertThat(guest.said)
                .contains(
                        "functions and views: were not those of this version; made anew; what is new has none of its grants:"
                                + " run again what this prints, for " + app + ": db grants ROLE config.yml");
        guest.sql(guest.installer().grants(app));
        assertThat(guest.rows("SELECT has_table_privilege('" + app + "', 'live.watched_trigger', 'SELECT')"))
                .containsExactly("t");
    }

    /** What default privileges would give of it. */
    @Test
    void whatIsMadeAnewIsGivenToNobody() throws Exception {
        Guest guest = Guest.of();
        guest.config.owner = "";
        String app = guest.role("app", "");
        String service = guest.role("service", "");
        String platform = guest.platform("", Guest.PLAIN + Guest.ROWS);
        guest.sql(
                "ALTER DEFAULT PRIVILEGES FOR ROLE %1$s GRANT EXECUTE ON FUNCTIONS TO %2$s; ALTER DEFAULT PRIVILEGES FOR ROLE %1$s GRANT SELECT ON TABLES TO %2$s"
                        .formatted(platform, app));
        guest.installer(platform).migrate();
        guest.sql(guest.installer().grants(service));
        String rights =
                "SELECT p.proname, p.proacl FROM pg_proc p WHERE p.pronamespace = 'live'::regnamespace UNION ALL"
                        + " SELECT c.relname, c.relacl FROM pg_class c WHERE c.relnamespace = 'live'::regnamespace AND c.relkind = 'v'";
        guest.sql("DROP FUNCTION live.serves; DROP VIEW live.watched_trigger");
        List<String> before = guest.rows(rights);
        guest.installer(platform).migrate();
        assertThat(guest.rows(rights))
                .containsAll(before)
                .hasSize(before.size() + 2)
                .noneMatch(each -> each.contains(app));
        guest.sql(guest.installer().grants(service));
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    private static final String INDEXES =
            "CREATE INDEX ON businesses (user_id); CREATE INDEX ON business_metrics (business_id)";

    /** A lock on a table of the platform's lets a run wait before triggers are made, when all else stands. */
    private static void whileTriggersWait(Guest guest, String sql) throws SQLException {
        guest.config.patience = Duration.seconds(30);
        try (Connection writer = guest.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE business_metrics SET views_count = 6");
            guest.whenSaid("triggers on public.business_metrics: waiting", sql, writer);
            guest.installer().migrate();
        }
    }

    @Test
    void whatSomebodyPutsThereMeanwhileIsNotOurs() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, INDEXES);
        whileTriggersWait(guest, "CREATE TABLE live.added (x int)");
        String added = "table live.added of role postgres is none of ours: DROP TABLE live.added";
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessage(added);
        assertThatThrownBy(() -> guest.installer().remove())
                .isInstanceOf(InstallException.class)
                .hasMessageStartingWith(added);
    }

    @Test
    void aFunctionThatIsReplacedMeanwhileIsSaidAndMadeAnew() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, INDEXES);
        whileTriggersWait(
                guest,
                "CREATE OR REPLACE FUNCTION live.serves(fired oid, root text) RETURNS boolean LANGUAGE sql AS 'SELECT false'");
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("function");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
    }

    /** Before anything was installed completely too. */
    @Test
    void whatSomebodyPutsThereAfterAStoppedFirstRunIsNotOurs() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, INDEXES);
        try (Connection writer = guest.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE business_metrics SET views_count = 6");
            assertThatThrownBy(() -> guest.installer().migrate())
                    .isInstanceOf(InstallException.class)
                    .hasMessageStartingWith("triggers on public.business_metrics: no lock");
        }
        guest.sql("""
                CREATE TABLE live.added (x int);
                CREATE OR REPLACE FUNCTION live.serves(fired oid, root text) RETURNS boolean LANGUAGE sql AS 'SELECT false'""");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessage("table live.added of role postgres is none of ours: DROP TABLE live.added");
        guest.sql("DROP TABLE live.added");
        guest.installer().migrate();
        assertThat(guest.said).contains("functions and views: were not those of this version; made anew");
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** What is made at first is made whole or not at all: nobody puts anything in between. */
    @Test
    void aFirstRunThatFailsInTheLastFileLeavesNothingOfAnyFile() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, """
                CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'live.guard()') THEN RAISE 'no more'; END IF;
                END $$;
                CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION refuse()""");
        assertThatThrownBy(() -> guest.installer().migrate()).hasMessageContaining("no more");
        assertThat(guest.rows("""
                SELECT relname FROM pg_class WHERE relnamespace = 'live'::regnamespace AND relkind <> 'i' UNION ALL
                SELECT proname FROM pg_proc WHERE pronamespace = 'live'::regnamespace""")).containsExactly("migrations");
        guest.sql("DROP EVENT TRIGGER refuse");
        guest.installer().migrate();
        assertThat(guest.wrongTenants()).isEmpty();
    }

    /** Who goes on where a run of another role was stopped cannot read what that has not handed over yet. */
    @Test
    void whatAnotherMigratorLeftIsSaidToBeHis() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String role = migrating(guest, false);
        guest.installer(role).migrate();
        String stopped = guest.role("stopped", "");
        guest.sql("""
                UPDATE live.installation SET complete = false;
                DO $$ DECLARE c regclass; BEGIN
                    FOR c IN SELECT oid FROM pg_class WHERE relnamespace = 'live'::regnamespace AND relkind IN ('r', 'p', 'v') LOOP
                        EXECUTE format('ALTER TABLE %%s OWNER TO %1$s', c);
                    END LOOP;
                END $$""".formatted(stopped));
        for (String table : List.of("migrations", "installation")) {
            String said = "table live." + table + " belongs to role " + stopped + ", not to role " + guest.config.owner
                    + ": run this as a superuser, who gives it back";
            assertThatThrownBy(() -> guest.installer(role).plan())
                    .isInstanceOf(InstallException.class)
                    .hasMessageContaining(said);
            assertThatThrownBy(() -> guest.installer(role).migrate())
                    .isInstanceOf(InstallException.class)
                    .hasMessageContaining(said);
        }
        guest.installer().migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer(role).migrate().changed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"TABLE live.idempotency", "TABLE live.pending", "SEQUENCE live.failures", "TYPE live.put_off"})
    void aTableThatIsGoneIsSaidByTheGuard(String dropped) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("DROP " + dropped + " CASCADE");
        // A name as it may come.
        guest.sql("UPDATE live.installation SET objects = objects || 'table public.\"with blanks in it\"'::text;"
                + " CREATE TABLE public.\"with blanks in it\" (x int)");
        assertThat(guest.rows("SELECT * FROM live.guard()"))
                .containsExactly(
                        "table|" + dropped.toLowerCase(Locale.ROOT) + " is gone|run: db remove, then: db migrate");
    }

    /** To drop it, as something that is none of ours, would be to lose it. */
    @Test
    void aTableThatWasRenamedMayBeRenamedBack() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE live.idempotency RENAME TO another");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining(
                        "table live.another of role " + guest.config.owner
                                + " is none of ours: DROP TABLE live.another; or, if it is what is gone, by another name: rename it")
                .hasMessageContaining("table live.idempotency is gone: run db remove, then db migrate");
        guest.sql("ALTER TABLE live.another RENAME TO idempotency");
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TABLE live.pending_change", "SEQUENCE live.failures", "TABLE live.installation"})
    void whatCannotBeMadeAnewIsSaidToBeGone(String dropped) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("DROP " + dropped + " CASCADE");
        String gone = dropped.replace("TABLE", "table").replace("SEQUENCE", "sequence")
                + " is gone: run db remove, then db migrate";
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining(gone);
        assertThatThrownBy(() -> guest.installer().plan())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining(gone);
        guest.installer().remove();
        guest.installer().migrate();
        assertThat(guest.wrongTenants()).isEmpty();
    }

    /** As a fault, not an error. */
    @Test
    void aTriggerWhoseFunctionIsGoneIsSaidByTheGuard() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("DROP FUNCTION live.apply CASCADE");
        assertThat(guest.rows("SELECT fault, said FROM live.guard()"))
                .containsExactlyInAnyOrder(
                        "trigger|trigger live_apply on live.pending is missing or disabled",
                        "function|functions or views in schema live are not those that db migrate made");
    }

    /** A function that was replaced while another run was stopped half-way is not taken for ours. */
    @Test
    void functionsAreLookedAtAfterARunThatWasStoppedToo() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows(FUNCTIONS);
        guest.sql(
                "UPDATE live.installation SET complete = false; CREATE OR REPLACE FUNCTION live.serves(fired oid, root text)"
                        + " RETURNS boolean LANGUAGE sql AS 'SELECT false'");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        guest.sql("UPDATE business_metrics SET views_count = 9");
        assertThat(guest.wrongTenants()).isEmpty();
    }

    @Test
    void aFunctionThatWasGivenAwayIsTakenBack() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows(FUNCTIONS);
        String stranger = guest.role("stranger", "");
        guest.sql(
                "ALTER FUNCTION live.apply() OWNER TO %1$s; ALTER FUNCTION live.shown OWNER TO %1$s; GRANT ALL ON FUNCTION live.shown TO PUBLIC"
                        .formatted(stranger));
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
    }

    // ---- a rebuild that is not alone

    /** Rollups that are wrong, and that cannot be written the first two times. */
    private static Guest whoseRebuildFailsTwice(String state) throws SQLException {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = Duration.seconds(30);
        guest.installer().migrate();
        guest.sql(
                "SET session_replication_role = replica; UPDATE business_metrics SET views_count = 6; RESET session_replication_role");
        guest.sql("""
                CREATE SEQUENCE tries; GRANT ALL ON SEQUENCE tries TO PUBLIC;
                CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF nextval('public.tries') <= 2 THEN RAISE 'in the way' USING ERRCODE = '%s'; END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER fail_twice BEFORE UPDATE ON live.tenant_kpis FOR EACH STATEMENT EXECUTE FUNCTION fail_twice()""".formatted(state));
        return guest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01", "55P03"})
    void aRebuildThatAnotherTransactionEndsIsTriedAgain(String state) throws Exception {
        Guest guest = whoseRebuildFailsTwice(state);
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 240 / 2, 0));
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT last_value > 2 FROM tries")).containsExactly("t");
    }

    /** A node may mend what was left while all is rebuilt, and say so. */
    @Test
    void whatFailsAndIsMendedMeanwhileIsAcknowledgedOnce() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql(
                "SET session_replication_role = replica; UPDATE business_metrics SET views_count = 6; RESET session_replication_role");
        guest.sql("""
                SELECT live.count_failure('one'), live.count_failure('another');
                CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM live.count_failure('one more');
                    UPDATE live.installation SET failures = failures + 1;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER mend AFTER UPDATE ON live.tenant_kpis FOR EACH STATEMENT EXECUTE FUNCTION mend()""");
        guest.installer().rebuild(Optional.empty());
        assertThat(guest.rows("SELECT last_value > 40 FROM live.failures")).containsExactly("t");
        assertThat(guest.rows("SELECT fault, said FROM live.guard()")).isEmpty();
        guest.sql("SELECT live.count_failure('one that stays')");
        assertThat(guest.rows("SELECT said FROM live.guard()"))
                .containsExactly("1 changes could not be noted or applied; the server's log names the first");
    }

    @Test
    void aRebuildThatFailsForAnotherReasonIsNot() throws Exception {
        Guest guest = whoseRebuildFailsTwice("22012");
        assertThatThrownBy(() -> guest.installer().rebuild(Optional.empty())).hasMessageContaining("in the way");
        assertThat(guest.rows("SELECT last_value FROM tries")).containsExactly("1");
    }

    /** Where every transaction sees one snapshot to its end, it would miss what was committed while it waited. */
    @ParameterizedTest
    @ValueSource(strings = {"repeatable read", "serializable"})
    void aRebuildSeesWhatIsCommittedWhileItWaits(String isolation) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = Duration.seconds(30);
        guest.config.lockTimeout = Duration.seconds(30);
        guest.sql("ALTER DATABASE %s SET default_transaction_isolation = '%s'".formatted(guest.name(), isolation));
        guest.installer().migrate();
        guest.sql(
                "SET session_replication_role = replica; UPDATE business_metrics SET views_count = 6; RESET session_replication_role");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection writer = guest.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE business_metrics SET views_count = views_count + 1");
            statement.execute("SELECT FROM live.business_totals FOR UPDATE"); // as at COMMIT
            Future<Rebuilt> rebuilt = thread.submit(() -> guest.installer().rebuild(Optional.empty()));
            guest.awaitLockWait("live.rebuild(");
            writer.commit();
            assertThat(rebuilt.get(30, TimeUnit.SECONDS)).isEqualTo(new Rebuilt(40, 0, 120, 0));
        } finally {
            thread.shutdownNow();
        }
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1680|240");
    }

    /** Also that which says whether the functions are ours. */
    @Test
    void theFunctionThatTellsTheOthersIsMadeAnewToo() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows(FUNCTIONS);
        guest.sql("DROP FUNCTION live.code()");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(FUNCTIONS)).isEqualTo(before);
        assertThat(guest.installer().migrate().changed()).isFalse();
    }
}
