package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands against real databases, as platforms have them. */
class InstallerTest {
    private static String refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        Throwable failure = org.assertj.core.api.Assertions.catchThrowable(call);
        assertThat(failure).isInstanceOf(InstallException.class);
        return String.join("\n", ((InstallException) failure).reasons());
    }

    // ---- owner and rights

    @Test
    void allOfOursBelongsToARoleThatCannotLogInAndMayNoMoreThanReadAndAttach() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String owner = guest.config.owner;
        assertThat(guest.rows("""
                        SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'live'::regnamespace
                        UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'live'::regnamespace
                        UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'live'
                        UNION SELECT pg_get_userbyid(pubowner) FROM pg_publication""")).containsExactly(owner);
        assertThat(guest.rows("SELECT rolsuper, rolcanlogin, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles"
                        + " WHERE rolname = '" + owner + "'"))
                .containsExactly("f|f|f|f|f");
        assertThat(guest.rows("""
                        SELECT c.relname, string_agg(a.privilege_type, ',' ORDER BY a.privilege_type)
                        FROM pg_class c, aclexplode(c.relacl) a
                        WHERE c.relnamespace = 'public'::regnamespace AND pg_get_userbyid(a.grantee) = '%s'
                        GROUP BY 1 ORDER BY 1""".formatted(owner)))
                .containsExactly("business_metrics|SELECT,TRIGGER", "businesses|SELECT,TRIGGER");
        assertThat(guest.rows("""
                        SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                        WHERE p.pronamespace = 'live'::regnamespace AND a.grantee = 0
                        UNION ALL SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a
                        WHERE c.relnamespace = 'live'::regnamespace AND a.grantee = 0""")).as("what PUBLIC may").isEmpty();
        guest.sql("UPDATE business_metrics SET views_count = views_count + 1");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT count(*) FROM live.dashboard_event")).containsExactly("120");
    }

    /** It runs as who makes something, and our owner may not write their log. */
    @Test
    void anEventTriggerThatLogsWhatIsMadeIsNoHindrance() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, """
                CREATE SCHEMA audit; CREATE TABLE audit.ddl_log (who text, tag text);
                CREATE FUNCTION audit.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
                    'BEGIN INSERT INTO audit.ddl_log VALUES (current_user, tg_tag); END';
                CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION audit.log_ddl()""");
        guest.installer().migrate();
        guest.sql("CREATE TABLE plan (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("deferrable");
        guest.installer().migrate();
        assertThat(guest.rows("SELECT fault FROM live.guard()")).isEmpty();
        guest.installer().remove();
    }

    @Test
    void whatTheMigratingRoleGivesOthersByDefaultIsTakenFromThem() throws Exception {
        for (boolean makesRoles : List.of(true, false)) {
            Guest guest = Guest.of();
            String platform = guest.role("platform", makesRoles ? "CREATEROLE" : "");
            String other = guest.role("other", "");
            guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform + "; ALTER SCHEMA public OWNER TO "
                    + platform);
            guest.sql(platform, Guest.PLAIN + Guest.ROWS + """
                    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO %1$s; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO %1$s;
                    ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO %1$s; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO %1$s""".formatted(other));
            guest.installer(platform).migrate();
            guest.sql("GRANT USAGE ON SCHEMA live TO " + other + "; GRANT SELECT ON live.tenant_kpis TO " + other);
            guest.installer(platform).migrate();
            assertThat(guest.rows("""
                            SELECT 'schema', a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'live' AND a.grantee = '%1$s'::regrole
                            UNION SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
                            WHERE c.relnamespace = 'live'::regnamespace AND a.grantee = '%1$s'::regrole
                            UNION SELECT p.proname, a.privilege_type FROM pg_proc p, aclexplode(p.proacl) a
                            WHERE p.pronamespace = 'live'::regnamespace AND a.grantee = '%1$s'::regrole ORDER BY 1""".formatted(other)))
                    .as("but what it was given since")
                    .containsExactly("schema|USAGE", "tenant_kpis|SELECT");
        }
    }

    @Test
    void aRoleThatMayOnlyReadGainsNothing() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String reader = guest.role("reader", "");
        guest.sql("GRANT SELECT ON businesses, business_metrics TO " + reader + "; GRANT CREATE ON SCHEMA public TO "
                + reader);
        for (String attempt : List.of(
                "SELECT * FROM live.tenant_kpis",
                "SELECT live.rebuild('" + Guest.TENANT + "')",
                "INSERT INTO live.pending_change (kind) VALUES ('B')",
                "INSERT INTO live.pending DEFAULT VALUES",
                "CREATE TEMP TABLE business_metrics (LIKE public.business_metrics);"
                        + " CREATE TRIGGER t AFTER INSERT ON pg_temp.business_metrics REFERENCING NEW TABLE AS new_rows"
                        + " FOR EACH STATEMENT EXECUTE FUNCTION live.note_metrics_insert()",
                "CREATE TEMP TABLE businesses (id uuid);"
                        + " CREATE TRIGGER t BEFORE TRUNCATE ON pg_temp.businesses EXECUTE FUNCTION live.note_truncate('businesses')")) {
            assertThatThrownBy(() -> guest.sql(reader, attempt))
                    .as(attempt)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
        }
        guest.sql(reader, """
                CREATE TABLE public.trap (who text);
                GRANT INSERT ON public.trap TO PUBLIC;
                CREATE FUNCTION public.shown(varchar, varchar, text, boolean) RETURNS bytea LANGUAGE plpgsql
                AS $$ BEGIN INSERT INTO public.trap VALUES (current_user); RETURN ''; END $$;
                CREATE FUNCTION public.coalesce_trap(anyelement) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
                CREATE FUNCTION public.serves(oid, varchar) RETURNS boolean LANGUAGE plpgsql
                AS $$ BEGIN INSERT INTO public.trap VALUES (current_user); RETURN true; END $$;
                CREATE FUNCTION public.sum(bigint, bigint) RETURNS bigint LANGUAGE plpgsql
                AS $$ BEGIN INSERT INTO public.trap VALUES (current_user); RETURN 0; END $$;
                """);
        guest.sql(
                "UPDATE businesses SET name = name || '!'; UPDATE business_metrics SET views_count = views_count + 1");
        assertThat(guest.rows("SELECT * FROM public.trap")).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
    }

    @Test
    void aRoleThatMakesRolesMakesTheOwnerThoughItIsNoSuperuser() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "CREATEROLE");
        guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform + "; ALTER SCHEMA public OWNER TO "
                + platform);
        guest.sql(platform, Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).migrate();
        assertThat(
                        guest.rows(
                                "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'live'::regnamespace"))
                .containsExactly(guest.config.owner);
        guest.sql(platform, "UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer(platform).migrate().changed()).isFalse();
        assertThat(guest.installer(platform).remove()).isTrue();
        assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'"))
                .isEmpty();
    }

    @Test
    void aRoleThatMayMakeNoRolesOwnsTheSchemaItself() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.platform("", Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).migrate();
        String owner = guest.config.owner;
        assertThat(guest.said)
                .contains(
                        "schema live will belong to the migrating role " + platform + ": to have role " + owner
                                + " (INSTALL_OWNER) instead, before db migrate, as a superuser: CREATE ROLE \"" + owner
                                + "\" NOLOGIN; GRANT \"" + owner + "\" TO \"" + platform + "\"",
                        "so our functions run with all rights of role " + platform
                                + ", whoever writes the two tables, and so do functions in these tables' indexes and"
                                + " constraints when they read them");
        assertThat(guest.rows("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'live'"))
                .containsExactly(platform);
        assertThat(guest.rows("""
                        SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                        WHERE p.pronamespace = 'live'::regnamespace AND a.grantee = 0""")).isEmpty();
        guest.sql(platform, "UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer(platform).remove()).isTrue();
        assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + platform + "'"))
                .hasSize(1);
    }

    /** As docs/dba.md has it. */
    @Test
    void whatTheMigratingRoleOwnsIsHandedToARoleOfItsOwn() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "");
        String owner = guest.config.owner;
        guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform + "; ALTER SCHEMA public OWNER TO "
                + platform);
        guest.sql(platform, Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).migrate();
        guest.said.clear();
        guest.installer(platform).migrate();
        assertThat(guest.said).anyMatch(line -> line.startsWith("so our functions run with all rights of role "));
        guest.sql("CREATE ROLE " + owner + " NOLOGIN; GRANT " + owner + " TO " + platform
                + "; GRANT USAGE ON SCHEMA public TO "
                + owner + "; GRANT SELECT, TRIGGER ON public.businesses, public.business_metrics TO " + owner
                + "; ALTER SCHEMA live OWNER TO " + owner);
        guest.said.clear();
        guest.installer(platform).plan();
        assertThat(guest.said)
                .contains("would give role " + owner
                        + " what in schema live is another's, and take from PUBLIC what it may do there");
        guest.said.clear();
        assertThat(guest.installer(platform).migrate()).isEqualTo(new Migrated(0, true));
        assertThat(guest.said).noneMatch(line -> line.startsWith("so our functions run with all rights of role "));
        assertThat(guest.rows("""
                        SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'live'::regnamespace
                        UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'live'::regnamespace""")).containsExactly(owner);
        guest.sql(platform, "UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer(platform).migrate().changed()).isFalse();
        assertThat(guest.installer(platform).remove()).isTrue();
    }

    @Test
    void aRoleThatMayMakeNoPublicationInstallsAndSaysSo() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "");
        guest.sql("GRANT CREATE ON SCHEMA public TO " + platform + "; CREATE SCHEMA live AUTHORIZATION " + platform);
        guest.sql(platform, Guest.PLAIN + Guest.ROWS);
        guest.installer(platform).migrate();
        assertThat(guest.said)
                .anyMatch(line -> line.startsWith("no publication: role " + platform + " may make none in database "
                        + guest.name() + ": GRANT CREATE ON DATABASE " + guest.name() + " TO \"" + platform + "\""));
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
        guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform);
        assertThat(guest.installer(platform).migrate().changed()).isTrue();
        assertThat(guest.said).contains("publication tenantlist_live: made");
        assertThat(guest.rows("SELECT pubname FROM pg_publication")).containsExactly("tenantlist_live");
    }

    // ---- preflight

    @Test
    void allReasonsAreSaidAtOnceAndNothingIsChanged() throws Exception {
        Guest guest = Guest.of("""
                CREATE TABLE real_businesses (id text, user_id uuid, name text, category text, is_verified boolean);
                CREATE VIEW businesses AS SELECT * FROM real_businesses;
                CREATE TABLE business_metrics (business_id uuid, metric_date date, views_count text, clicks_count int,
                    property_invites_count int, declined_count int, messages_count int);
                ALTER TABLE business_metrics ENABLE ROW LEVEL SECURITY;
                """);
        List<String> before = guest.everything();
        assertThat(refusal(() -> guest.installer().migrate()))
                .contains("public.businesses is a view")
                .contains("column public.businesses.id is of type text; it must be one of uuid")
                .contains("column public.businesses.status is missing")
                .contains("column public.business_metrics.views_count is of type text")
                .contains(
                        "column public.business_metrics.qfps_submitted_count is missing; it must be one of integer, smallint, bigint,"
                                + " numeric, real, double precision: ALTER TABLE public.business_metrics ADD COLUMN qfps_submitted_count …")
                .contains("row security of public.business_metrics hides rows from role " + guest.config.owner);
        assertThat(guest.everything()).isEqualTo(before);
        assertThat(guest.said).anyMatch(line -> line.startsWith("PostgreSQL 1"));
    }

    /** What the guard takes, the command that it names takes too. */
    @Test
    void whatTheTypesHaveBecomeMigratesOn() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                ALTER TABLE business_metrics ALTER views_count TYPE real, ALTER clicks_count TYPE double precision, ALTER messages_count TYPE text;
                ALTER TABLE businesses ALTER is_verified DROP DEFAULT, ALTER is_verified TYPE text;
                ALTER TABLE business_metrics DISABLE TRIGGER live_updated""");
        assertThat(guest.rows("SELECT DISTINCT fault FROM live.guard()")).containsExactly("trigger");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql(
                "ALTER TABLE business_metrics ALTER views_count DROP DEFAULT, ALTER views_count TYPE jsonb USING to_jsonb(views_count)");
        assertThat(refusal(() -> guest.installer().migrate()))
                .contains("views_count is of type jsonb, and is read as bigint; give it the type bigint");
    }

    /** Of a text our functions make what they need; what the service alone reads must be of its type. */
    @Test
    void whatTheServiceReadsKeepsItsType() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE businesses ALTER created_at TYPE timestamp");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql("ALTER TABLE businesses ALTER created_at DROP DEFAULT, ALTER created_at TYPE int USING 0;"
                + " ALTER TABLE business_metrics ALTER metric_date TYPE text");
        assertThat(guest.rows("SELECT fault, said, cure FROM live.guard() ORDER BY said"))
                .containsExactly(
                        "read|column public.business_metrics.metric_date is of type text, and is read as date: REST knows neither"
                                + " trends nor counts of a day|give it the type date",
                        "read|column public.businesses.created_at is of type integer, and is read as timestamp with time zone:"
                                + " dashboards do not open, and REST lists neither businesses nor trends|give it the type"
                                + " timestamp with time zone");
        assertThat(refusal(() -> guest.installer().migrate()))
                .contains("metric_date is of type text, and is read as date; give it the type date")
                .contains("created_at is of type integer");
        guest.sql("UPDATE business_metrics SET views_count = 7");
        assertThat(guest.wrongTenants()).as("counting goes on").isEmpty();
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 0, 0));
    }

    @Test
    void aTypeThatIsOnlyNamedAsPostgresOwnIsRefused() throws Exception {
        Guest guest = Guest.of(
                "CREATE TYPE public.bool AS (a int);"
                        + " CREATE FUNCTION trap(public.bool) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
                        + " CREATE CAST (public.bool AS boolean) WITH FUNCTION trap(public.bool)",
                Guest.PLAIN.replace("is_verified boolean DEFAULT false", "is_verified public.bool"));
        assertThat(refusal(() -> guest.installer().migrate()))
                .contains("column public.businesses.is_verified is of type public.bool; it must be one of boolean");
    }

    /** Of what a subscription applies our triggers see nothing: this says why we refuse. */
    @Test
    void aTableThatASubscriptionWritesIsRefusedAndSaid() throws Exception {
        Guest source = Guest.of(Guest.PLAIN, Guest.ROWS, "CREATE PUBLICATION theirs FOR TABLE business_metrics");
        Guest guest = Guest.of(Guest.PLAIN);
        guest.sql("ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey");
        guest.installer().migrate();
        String slot = "slot_of_" + guest.name();
        source.sql("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        guest.sql("CREATE SUBSCRIPTION theirs CONNECTION '" + source.connectionInfo() + "' PUBLICATION theirs"
                + " WITH (create_slot = false, copy_data = false, slot_name = '" + slot + "')");
        try {
            source.sql("INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, '2026-01-01', 7"
                    + " FROM businesses LIMIT 1");
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            guest.rows("SELECT count(*) FROM business_metrics").equals(List.of("1")));
            assertThat(guest.rows("SELECT count(*) FROM live.business_totals"))
                    .as("not counted")
                    .containsExactly("0");
            assertThat(guest.rows("SELECT fault, said FROM live.guard()"))
                    .containsExactly(
                            "subscription|table public.business_metrics is written by subscription theirs, whose"
                                    + " changes no trigger sees");
            assertThat(refusal(() -> guest.installer().migrate()))
                    .contains("table public.business_metrics is written by subscription theirs");
        } finally {
            guest.sql("DROP SUBSCRIPTION theirs");
        }
        guest.installer().migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    @Test
    void aRoleWithoutRightsIsToldWhichItLacks() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String stranger = guest.role("stranger", "");
        assertThat(refusal(() -> guest.installer(stranger).migrate()))
                .contains("GRANT CREATE ON DATABASE " + guest.name() + " TO \"" + stranger + "\"")
                .contains("GRANT TRIGGER ON public.businesses TO \"" + stranger + "\"")
                .contains("GRANT SELECT ON public.business_metrics TO \"" + stranger + "\"")
                .contains("no index serves public.business_metrics (business_id)");
    }

    /** The owner runs what is printed, as it is printed; then nothing of it is said any more. */
    @Test
    void theIndexesThatAnotherIsToldToMakeServe() throws Exception {
        for (String tables : List.of(
                Guest.PARTITIONED.replace(" PARTITION BY HASH (id)", "").replaceAll("CREATE TABLE businesses_.*\n", ""),
                Guest.PARTITIONED,
                Guest.PLAIN + "CREATE TABLE metrics_more () INHERITS (business_metrics);")) {
            Guest guest = Guest.of(tables, Guest.ROWS);
            String migrator = guest.role("migrator", "CREATEROLE");
            guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + migrator);
            for (PlatformTable table : Jdbi.create(guest::connect).withHandle(PlatformTable::list)) {
                guest.sql("GRANT SELECT, TRIGGER ON " + table.name() + " TO " + migrator + " WITH GRANT OPTION");
            }
            InstallException refused = (InstallException)
                    catchThrowable(() -> guest.installer(migrator).plan());
            assertThat(refused.reasons()).as(tables).hasSize(2);
            for (String reason : refused.reasons()) {
                assertThat(reason).contains(", and only role postgres may make one, in no transaction: ");
                for (String statement :
                        reason.substring(reason.indexOf(": ") + 2).split("; ")) {
                    guest.sql(statement);
                }
            }
            guest.installer(migrator).migrate();
            assertThat(guest.said).noneMatch(line -> line.startsWith("index "));
            assertThat(guest.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"))
                    .isEmpty();
            guest.sql("UPDATE business_metrics SET views_count = 7");
            assertThat(guest.wrongTenants()).isEmpty();
        }
    }

    @Test
    void aDatabaseOfANewerVersionIsRefused() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        guest.sql(
                "INSERT INTO live.migrations SELECT 6, '006', 'x', type, 'V006__x.sql', 1, installed_by, now(), 1, true"
                        + " FROM live.migrations WHERE installed_rank = 5");
        List<String> before = guest.rows("SELECT xmin, * FROM live.installation");
        assertThat(refusal(() -> guest.installer().migrate()))
                .isEqualTo("schema live was made by another version of the service, whose V006__x.sql this one does not"
                        + " know: run that one's db migrate; to go back, that one's db remove first");
        assertThat(guest.rows("SELECT xmin, * FROM live.installation")).isEqualTo(before);
        guest.installer().remove();
        assertThat(guest.installer().migrate().files()).isEqualTo(Migrations.FILES.size());
    }

    @Test
    void aDatabaseFromBeforeIsRefused() throws Exception {
        Guest guest = Guest.of(
                "CREATE TABLE public.live_migrations (version text); CREATE TABLE public.tenant_kpis (user_id uuid)");
        assertThat(refusal(() -> guest.installer().migrate())).contains("from before the first release");
    }

    @Test
    void oneTableWithoutTheOtherIsRefused() throws Exception {
        Guest guest = Guest.of("CREATE TABLE businesses (id uuid)");
        assertThat(refusal(() -> guest.installer().migrate())).contains("table public.business_metrics is missing");
    }

    @Test
    void rowSecurityIsNoHindranceToAnOwnerThatBypassesIt() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN,
                Guest.ROWS,
                "ALTER TABLE businesses ENABLE ROW LEVEL SECURITY; ALTER TABLE businesses FORCE ROW LEVEL SECURITY");
        String cure = refusal(() -> guest.installer().migrate());
        assertThat(cure).contains("CREATE ROLE \"" + guest.config.owner + "\" NOLOGIN BYPASSRLS");
        guest.sql("CREATE ROLE \"" + guest.config.owner + "\" NOLOGIN BYPASSRLS");
        guest.installer().migrate();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
        guest.sql("ALTER ROLE " + guest.config.owner + " NOBYPASSRLS");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty())))
                .contains("row security of public.businesses hides rows");
        assertThat(guest.sums()).as("no dashboard is deleted").isEqualTo("120|1200|240");
    }

    // ---- partitions and inheritance

    @Test
    void everyPartitionGetsItsTriggersAndIndexes() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        assertThat(guest.said).anyMatch(line -> line.startsWith("public.business_metrics: partitioned, 4 parts, "));
        assertThat(guest.sums()).isEqualTo("120|1200|240");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.rows("SELECT count(*) FROM live.watched_trigger WHERE stands"))
                .containsExactly("32");
        assertThat(guest.rows("""
                        SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                        WHERE c.relkind = 'I' AND c.relname LIKE 'live%' AND NOT c.relispartition ORDER BY 1"""))
                .containsExactly("live_business_metrics_business_id_idx|t", "live_businesses_user_id_idx|t");
        guest.sql(
                "UPDATE metrics_2026_01 SET views_count = 6; INSERT INTO business_metrics (business_id, metric_date, views_count)"
                        + " SELECT id, '2026-03-01', 1 FROM businesses_1");
        assertThat(guest.wrongTenants()).isEmpty();

        guest.sql(
                "CREATE TABLE metrics_2027 PARTITION OF business_metrics FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')");
        guest.sql(
                "INSERT INTO metrics_2027 (business_id, metric_date, views_count) SELECT id, '2027-01-01', 1 FROM businesses");
        assertThat(guest.wrongTenants()).as("written past the triggers").isNotEmpty();
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.wrongTenants()).as("found by the second look").isEmpty();
        guest.sql("UPDATE metrics_2027 SET views_count = 2");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @Test
    void partsThatGoOrComeBackAreSaidUntilEveryTenantIsLookedAt() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        String said = "SELECT fault, said FROM live.guard()";
        guest.sql("ALTER TABLE business_metrics DETACH PARTITION metrics_2025 CONCURRENTLY");
        assertThat(guest.rows(said))
                .containsExactly(
                        "part|rows of public.metrics_2025 were counted, and it is none of the platform's tables or"
                                + " their parts any more: it was dropped, detached or replaced");
        assertThat(guest.wrongTenants()).hasSize(40);
        guest.installer().rebuild(Optional.of(UUID.fromString(Guest.TENANT)));
        assertThat(guest.rows(said)).as("other tenants are not looked at").hasSize(1);
        guest.installer().rebuild(Optional.empty());
        assertThat(guest.rows(said)).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();

        String attach =
                "ALTER TABLE business_metrics ATTACH PARTITION metrics_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')";
        guest.sql(attach);
        assertThat(guest.rows(said))
                .containsExactly("part|rows of public.metrics_2025 were not counted: it is new, or was attached again");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(said)).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();

        guest.sql("BEGIN; ALTER TABLE business_metrics DETACH PARTITION metrics_2025; TRUNCATE metrics_2025; " + attach
                + "; COMMIT");
        assertThat(guest.wrongTenants()).as("emptied while it was none of ours").hasSize(40);
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("part", "part", "failure");
        guest.installer().rebuild(Optional.empty());
        guest.sql("DROP TABLE businesses_1 CASCADE");
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("part");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows(said)).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
    }

    @Test
    void inheritingTablesAreServedToo() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN,
                "CREATE TABLE old_metrics () INHERITS (business_metrics)",
                Guest.ROWS,
                "INSERT INTO old_metrics (business_id, metric_date, views_count) SELECT id, '2020-01-01', 3 FROM businesses");
        guest.installer().migrate();
        assertThat(guest.sums()).isEqualTo("120|1560|240");
        assertThat(guest.said).anyMatch(line -> line.startsWith("public.business_metrics: a table that 1 inherit"));
        guest.sql("UPDATE old_metrics SET views_count = 4");
        assertThat(guest.wrongTenants()).isEmpty();
    }

    @Test
    void anIndexThatServesIsNotMadeAgain() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, """
                CREATE INDEX theirs ON business_metrics (business_id, metric_date);
                CREATE INDEX partial ON businesses (user_id) WHERE is_verified""");
        guest.installer().migrate();
        assertThat(guest.rows(
                        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'live%'"))
                .containsExactly("live_businesses_user_id_idx");
    }

    @Test
    void anIndexThatWasNotFinishedIsMadeAnew() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        // As CREATE INDEX CONCURRENTLY leaves it when it is ended.
        guest.sql("CREATE INDEX live_businesses_user_id_idx ON businesses (user_id);"
                + " UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'live_businesses_user_id_idx'::regclass");
        guest.installer().migrate();
        assertThat(guest.rows(
                        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'live_businesses_user_id_idx'::regclass"))
                .containsExactly("t");
    }

    // ---- failures on the way

    @Test
    void whatChangesBetweenBackfillAndTriggersIsFound() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        AtomicBoolean done = new AtomicBoolean();
        guest.hearing(line -> {
            if (line.startsWith("backfill: ") && line.endsWith("done") && done.compareAndSet(false, true)) {
                write(guest, """
                        UPDATE business_metrics SET views_count = 50 WHERE metric_date = '2025-06-01';
                        DELETE FROM businesses WHERE name IN ('b1', 'b2');
                        UPDATE businesses SET user_id = '%s' WHERE name = 'b7';
                        INSERT INTO businesses (user_id, name, status) VALUES ('%s', 'new', 'active')""".formatted(Guest.TENANT, UUID.randomUUID()));
            }
        });
        guest.installer().migrate();
        assertThat(done).isTrue();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("119|" + (118 * 55) + "|236");
    }

    private static void write(Guest guest, String sql) {
        try {
            guest.sql(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For all but what is held up for good, on a busy machine too. */
    private static final io.dropwizard.util.Duration ENOUGH = io.dropwizard.util.Duration.seconds(5);

    @Test
    void aHeldLockIsNamedAndNobodyWaitsForUs() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN,
                Guest.ROWS,
                "CREATE INDEX theirs ON business_metrics (business_id);"
                        + " CREATE INDEX theirs_too ON businesses (user_id)");
        guest.config.patience = ENOUGH;
        try (Connection idle = guest.connect();
                Statement statement = idle.createStatement();
                Connection writer = guest.connect();
                Statement writes = writer.createStatement()) {
            idle.setAutoCommit(false);
            statement.execute("UPDATE business_metrics SET views_count = views_count WHERE metric_date = '2025-06-01'");
            String pid = guest.rows(
                            "SELECT pid FROM pg_locks WHERE relation = 'business_metrics'::regclass AND mode = 'RowExclusiveLock'")
                    .get(0);
            writes.execute("SET statement_timeout = '30s'");
            AtomicBoolean wrote = new AtomicBoolean();
            guest.hearing(line -> {
                if (line.contains("waiting for a lock")) {
                    try {
                        writes.execute("UPDATE business_metrics SET views_count = 6 WHERE metric_date = '2026-01-10'");
                        wrote.set(true);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            assertThat(refusal(() -> guest.installer().migrate()))
                    .contains("triggers on public.business_metrics")
                    .contains("pid " + pid + " (postgres")
                    .contains("UPDATE business_metrics SET views_count = views_count")
                    .contains("The platform writes as before");
            assertThat(wrote).isTrue();
            idle.commit();
        }
        guest.installer().migrate();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1320|240");
    }

    /** Whose sessions only who may read all statistics can see into. */
    @Test
    void whoMayNotSeeIntoOthersSessionsIsToldWhatLetsHim() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = ENOUGH;
        String platform = guest.role("platform", "SUPERUSER");
        guest.sql("ALTER TABLE businesses OWNER TO " + platform + "; ALTER TABLE business_metrics OWNER TO " + platform
                + "; ALTER SCHEMA public OWNER TO " + platform + "; ALTER ROLE " + platform + " NOSUPERUSER CREATEROLE;"
                + " GRANT CREATE ON DATABASE " + guest.name() + " TO " + platform);
        String unseen = "(postgres, PostgreSQL JDBC Driver); GRANT pg_read_all_stats TO " + platform
                + " shows its age and statement";
        try (Connection idle = guest.connect();
                Statement statement = idle.createStatement()) {
            idle.setAutoCommit(false);
            statement.execute("UPDATE businesses SET name = name || '?'");
            assertThat(refusal(() -> guest.installer(platform).migrate()))
                    .startsWith("index live_businesses_user_id_idx: not done within")
                    .contains(unseen)
                    .doesNotContain("insufficient privilege");
            idle.rollback();
            guest.sql(
                    "CREATE INDEX theirs ON business_metrics (business_id); CREATE INDEX theirs_too ON businesses (user_id)");
            statement.execute("UPDATE business_metrics SET views_count = views_count");
            assertThat(refusal(() -> guest.installer(platform).migrate()))
                    .startsWith("triggers on public.business_metrics")
                    .contains(unseen);
            guest.sql("GRANT pg_read_all_stats TO " + platform);
            assertThat(refusal(() -> guest.installer(platform).migrate()))
                    .containsPattern(
                            "transaction open for \\d+ s\\): \"UPDATE business_metrics SET views_count = views_count\"\\. ");
            statement.execute(
                    "UPDATE business_metrics SET views_count = views_count WHERE business_id IS NOT NULL AND '"
                            + "a. The platform'::text IS NOT NULL");
            assertThat(refusal(() -> guest.installer(platform).migrate()))
                    .contains(
                            ": \"UPDATE business_metrics SET views_count = views_count WHERE business_id IS NOT N ...\". The");
        }
    }

    @Test
    void anIndexThatWaitsInVainNamesForWhomAndIsMadeAnew() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = ENOUGH;
        try (Connection idle = guest.connect();
                Statement statement = idle.createStatement()) {
            idle.setAutoCommit(false);
            statement.execute("UPDATE businesses SET name = name || '?'");
            assertThat(refusal(() -> guest.installer().migrate()))
                    .contains("index live_businesses_user_id_idx: not done within 5 seconds; in the way: pid ")
                    .contains("UPDATE businesses SET name = name || '?'");
            guest.sql("INSERT INTO businesses (user_id, name) VALUES ('" + Guest.TENANT + "', 'written meanwhile')");
            idle.rollback();
        }
        assertThat(guest.rows(
                        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'live_businesses_user_id_idx'::regclass"))
                .containsExactly("f");
        guest.installer().migrate();
        assertThat(guest.said).anyMatch(line -> line.contains("begun and not finished before"));
        assertThat(guest.wrongTenants()).isEmpty();
    }

    /** One that failed holds its lock until the server has noticed. */
    private static void awaitNoDbCommand(Guest guest) {
        await().until(() -> guest.rows("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database ="
                        + " (SELECT oid FROM pg_database WHERE datname = current_database())")
                .isEmpty());
    }

    /** Our build waits for their transaction, and would be waited for by it: Postgres would end one of the two. */
    @Test
    void aTransactionThatABuildWaitsForGetsTheLocksThatItAsksFor() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = io.dropwizard.util.Duration.minutes(1);
        // Who looks for a deadlock is ended: be it theirs.
        guest.sql("ALTER DATABASE " + guest.name() + " SET deadlock_timeout = '10min'");
        CompletableFuture<Migrated> migrated;
        try (Connection theirs = guest.connect();
                Statement statement = theirs.createStatement()) {
            theirs.setAutoCommit(false);
            statement.execute("SET deadlock_timeout = '10s'");
            statement.execute("UPDATE business_metrics SET views_count = views_count");
            migrated = CompletableFuture.supplyAsync(() -> guest.installer().migrate());
            awaitBuild(guest, "waiting for writers before build");
            statement.execute("LOCK TABLE business_metrics IN SHARE ROW EXCLUSIVE MODE");
            theirs.commit();
        }
        assertThat(migrated.get().changed()).isTrue();
        assertBuilt(guest, "LOCK TABLE business_metrics");
    }

    @Test
    void whoWaitsForABuildAloneWaitsNoLonger() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.config.patience = io.dropwizard.util.Duration.minutes(1);
        CompletableFuture<Migrated> migrated;
        try (Connection report = guest.connect();
                Statement reads = report.createStatement()) {
            report.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            report.setAutoCommit(false);
            reads.execute("SELECT count(*) FROM pg_class");
            migrated = CompletableFuture.supplyAsync(() -> guest.installer().migrate());
            awaitBuild(guest, "waiting for old snapshots");
            guest.sql("SET lock_timeout = '10s'; ALTER TABLE business_metrics ADD COLUMN more int");
            report.commit();
        }
        assertThat(migrated.get().changed()).isTrue();
        assertBuilt(guest, "ALTER TABLE business_metrics");
    }

    private static void awaitBuild(Guest guest, String phase) {
        await().until(() -> guest.rows(
                        "SELECT phase FROM pg_stat_progress_create_index WHERE datname = '" + guest.name() + "'")
                .contains(phase));
    }

    private static void assertBuilt(Guest guest, String waiter) throws SQLException {
        assertThat(guest.said)
                .filteredOn(
                        line -> line.startsWith(
                                "index live_business_metrics_business_id_idx: cancelled, to be tried again; waited for it: pid "))
                .isNotEmpty()
                .first()
                .asString()
                .contains(waiter);
        assertThat(guest.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"))
                .isEmpty();
        assertThat(guest.rows("SELECT indisvalid FROM pg_index WHERE indexrelid ="
                        + " 'live_business_metrics_business_id_idx'::regclass"))
                .containsExactly("t");
    }

    @Test
    void aBackfillThatWasKilledGoesOnWhereItWas() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.sql("""
                CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF (SELECT count(*) FROM live.tenant_kpis) >= 14 THEN
                        PERFORM pg_terminate_backend(pg_backend_pid());
                    END IF;
                    RETURN NULL;
                END $$;
                GRANT pg_signal_backend TO PUBLIC;""".replace("GRANT pg_signal_backend TO PUBLIC;", ""));
        AtomicBoolean armed = new AtomicBoolean();
        guest.hearing(line -> {
            if (line.startsWith("index ") && armed.compareAndSet(false, true)) {
                write(guest, """
                        CREATE TRIGGER stop AFTER INSERT ON live.business_totals EXECUTE FUNCTION public.stop();
                        ALTER FUNCTION public.stop() SECURITY DEFINER""");
            }
        });
        assertThatThrownBy(() -> guest.installer().migrate()).isInstanceOf(RuntimeException.class);
        assertThat(armed).isTrue();
        assertThat(guest.rows("SELECT backfilled_to, complete FROM live.installation"))
                .containsExactly("00000000-0000-4000-8000-000000000014|f");
        guest.sql(
                "UPDATE business_metrics SET views_count = 9 WHERE metric_date = '2025-06-01'; DROP TRIGGER stop ON live.business_totals");
        guest.said.clear();
        awaitNoDbCommand(guest);
        guest.installer().migrate();
        assertThat(guest.said).anyMatch(line -> line.startsWith("backfill: 26 tenants"));
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1680|240");
    }

    @Test
    void wherePlacedAFailureLeavesThePlatformWritingAndTheNextRunCompletes() throws Exception {
        for (String moment : List.of(
                "index ",
                "backfill: ",
                "triggers on public.business_metrics",
                "triggers on public.businesses",
                "second look")) {
            Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
            AtomicBoolean killed = new AtomicBoolean();
            guest.hearing(line -> {
                if (line.startsWith(moment) && killed.compareAndSet(false, true)) {
                    write(
                            guest,
                            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                                    + " (SELECT oid FROM pg_database WHERE datname = current_database())");
                }
            });
            assertThatThrownBy(() -> guest.installer().migrate()).as(moment).isInstanceOf(RuntimeException.class);
            assertThat(killed).as(moment).isTrue();
            guest.sql(
                    "UPDATE business_metrics SET views_count = views_count + 1; UPDATE businesses SET name = name || '!';"
                            + " DELETE FROM businesses WHERE name = 'b5!'");
            awaitNoDbCommand(guest);
            guest.installer().migrate();
            assertThat(guest.wrongTenants()).as(moment).isEmpty();
            assertThat(guest.rows("SELECT * FROM live.guard()")).as(moment).isEmpty();
            assertThat(guest.installer().migrate().changed()).as(moment).isFalse();
        }
    }

    @Test
    void twoAtOnceAreNot() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        AtomicBoolean refused = new AtomicBoolean();
        guest.hearing(line -> {
            if (line.startsWith("index ") && refused.compareAndSet(false, true)) {
                assertThat(refusal(() -> guest.installer().migrate()))
                        .contains("another db command runs in this database, as pid ");
            }
        });
        guest.installer().migrate();
        assertThat(refused).isTrue();
    }

    @Test
    void aSecondRunChangesNothingAndSaysSo() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        List<String> before = guest.rows("SELECT xmin, * FROM live.installation");
        List<String> catalog = guest.everything();
        assertThat(guest.installer().migrate()).isEqualTo(new Migrated(0, false));
        assertThat(guest.said).anyMatch(line -> line.startsWith("nothing to do: "));
        assertThat(guest.rows("SELECT xmin, * FROM live.installation")).isEqualTo(before);
        assertThat(guest.everything()).isEqualTo(catalog);
    }

    @Test
    void whatSomeoneBrokeIsMended() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                ALTER TABLE business_metrics DISABLE TRIGGER live_updated;
                UPDATE business_metrics SET views_count = 11;
                DROP PUBLICATION tenantlist_live;
                CREATE OR REPLACE FUNCTION live.note_metrics_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, '2026-05-05', 1 FROM businesses""");
        assertThat(guest.rows("SELECT fault FROM live.guard() ORDER BY 1"))
                .containsExactly("function", "publication", "trigger");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty()))).contains("run db migrate first");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
        guest.sql(
                "INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, '2026-05-06', 1 FROM businesses");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DISABLE TRIGGER live_apply",
                "ENABLE REPLICA TRIGGER live_apply",
            })
    void aTriggerThatAppliesNothingIsMadeAnew(String broken) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE live.pending " + broken);
        guest.sql("UPDATE business_metrics SET views_count = 11");
        assertThat(guest.rows("SELECT said, cure FROM live.guard()"))
                .containsExactly(
                        "trigger live_apply on live.pending is missing or disabled|run: db migrate, then: db rebuild");
        assertThat(guest.installer().migrate().changed()).isTrue();
        guest.installer().rebuild(Optional.empty());
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @Test
    void aFunctionOfSomebodyElsesIsNamedBeforeAnythingIsChanged() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String migrator = guest.role("migrator", "CREATEROLE");
        guest.sql("GRANT CREATE ON DATABASE " + guest.name() + " TO " + migrator + "; GRANT CREATE ON SCHEMA public TO "
                + migrator + "; ALTER TABLE businesses OWNER TO " + migrator
                + "; ALTER TABLE business_metrics OWNER TO "
                + migrator);
        guest.installer(migrator).migrate();
        guest.sql("CREATE FUNCTION live.added(int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
        List<String> before = guest.rows("SELECT xmin, * FROM live.installation");
        assertThat(refusal(() -> guest.installer(migrator).migrate()))
                .isEqualTo(
                        "function live.added(integer) of role postgres is none of ours: DROP FUNCTION live.added(integer)");
        assertThat(refusal(() -> guest.installer().migrate()))
                .as("who could take it for the owner's does not either")
                .isEqualTo(
                        "function live.added(integer) of role postgres is none of ours: DROP FUNCTION live.added(integer)");
        assertThat(refusal(() -> guest.installer().plan())).contains("function live.added(integer)");
        assertThat(guest.rows("SELECT xmin, * FROM live.installation")).isEqualTo(before);
        guest.sql("DROP FUNCTION live.added(integer)");
        assertThat(guest.installer(migrator).migrate().changed()).isFalse();
    }

    /** Beside a column that is read by its text all others may be of any type that is read; a part's rows are read before it is truncated. */
    @Test
    void countsOfEveryTypeAreWholeNumbersHoweverTheyAreRead() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, """
                CREATE DOMAIN counter AS numeric(12,2); CREATE DOMAIN single AS real; CREATE DOMAIN twice AS double precision;
                ALTER TABLE business_metrics ALTER views_count DROP DEFAULT, ALTER views_count TYPE numeric(12,2), ALTER clicks_count TYPE single,
                    ALTER declined_count TYPE twice, ALTER messages_count DROP DEFAULT, ALTER messages_count TYPE counter""", Guest.ROWS);
        guest.installer().migrate();
        String write =
                "UPDATE business_metrics SET views_count = views_count + 3, clicks_count = 123456792, declined_count = 2.5,"
                        + " messages_count = messages_count + 1;"
                        + "INSERT INTO business_metrics (business_id, metric_date, views_count, clicks_count) SELECT id, '%s', 7, 2e6 FROM businesses";
        guest.sql(write.formatted("2025-02-02"));
        assertThat(guest.wrongTenants()).isEmpty();
        guest.sql("TRUNCATE metrics_2025");
        assertThat(guest.wrongTenants()).as("what TRUNCATE took").isEmpty();
        guest.sql(
                "ALTER TABLE business_metrics ALTER property_invites_count DROP DEFAULT, ALTER property_invites_count TYPE text;"
                        + "ALTER TABLE business_metrics ALTER views_count TYPE text");
        guest.sql(write.formatted("2025-03-03").replace("views_count + 3", "'8.00'"));
        guest.sql("DELETE FROM business_metrics WHERE metric_date = '2025-03-03'");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 0, 0));
        assertThat(
                        guest.rows(
                                "SELECT DISTINCT views_count, clicks_count, declined_count, messages_count FROM live.business_totals"))
                .containsExactly("8|123456792|2|3");
    }

    @Test
    void aRowThatCannotBeReadIsSaidToBeOne() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey;"
                + "ALTER TABLE businesses ALTER id DROP DEFAULT, ALTER id TYPE text, ALTER name SET DEFAULT 'x'");
        guest.sql("INSERT INTO businesses (id, user_id) VALUES ('notauuid', gen_random_uuid())");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty())))
                .isEqualTo(
                        "a row of public.businesses or public.business_metrics cannot be counted: ERROR: invalid input syntax for type"
                                + " uuid: \"notauuid\"; mend it, then run this again");
        guest.sql("DELETE FROM businesses WHERE id = 'notauuid'");
        assertThat(guest.installer().rebuild(Optional.empty()).tenants()).isGreaterThanOrEqualTo(40);
    }

    @Test
    void aServerThatQuotesEveryNameIsServed() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.sql("ALTER DATABASE " + guest.name() + " SET quote_all_identifiers = on");
        guest.installer().migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        guest.sql("ALTER DATABASE " + guest.name() + " RESET quote_all_identifiers");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    // ---- rebuild

    @Test
    void aRebuildCorrectsTenantByTenantAndAcknowledgesFailures() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("SELECT nextval('live.failures')");
        guest.sql("""
                SET session_replication_role = replica;
                UPDATE business_metrics SET views_count = 6 WHERE metric_date = '2025-06-01' AND business_id IN
                    (SELECT id FROM businesses WHERE user_id = '%1$s');
                UPDATE businesses SET name = 'other' WHERE name = 'b2';
                RESET session_replication_role;
                UPDATE live.tenant_kpis SET landlord_views = 0 WHERE user_id = '00000000-0000-4000-8000-000000000009'""".formatted(Guest.TENANT));
        assertThat(guest.installer().rebuild(Optional.of(UUID.fromString(Guest.TENANT))))
                .isEqualTo(new Rebuilt(1, 0, 3, 0));
        assertThat(guest.rows("SELECT fault FROM live.guard()")).containsExactly("failure");
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 1, 0, 1));
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.rows("SELECT type, count(*) FROM live.dashboard_event GROUP BY 1 ORDER BY 1"))
                .containsExactly("business:updated|1", "kpi:update|1", "metrics:updated|3");
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 0, 0));
    }

    @Test
    void aTenantThatIsNoneIsSaidToBeNone() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        UUID nobody = UUID.fromString("00000000-0000-4000-8000-0000000000ff");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.of(nobody))))
                .isEqualTo("there is no tenant " + nobody + ": no row of public.businesses has it as user_id");
        guest.sql("SET session_replication_role = replica; INSERT INTO businesses (user_id, name) VALUES ('" + nobody
                + "', 'unseen')");
        assertThat(guest.installer().rebuild(Optional.of(nobody))).isEqualTo(new Rebuilt(1, 1, 0, 0));
        guest.sql("DELETE FROM businesses WHERE user_id = '" + nobody + "'");
        assertThat(guest.installer().rebuild(Optional.of(nobody))).isEqualTo(new Rebuilt(1, 0, 0, 0));
    }

    @Test
    void theTenantOfTheLowestIdIsNoneTheLess() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.sql("UPDATE businesses SET user_id = '00000000-0000-0000-0000-000000000000' WHERE name IN ('b1', 'b2')");
        guest.installer().migrate();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
    }

    @Test
    void idsThatBecameTextsAreRebuiltFrom() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("ALTER TABLE businesses ALTER user_id TYPE text; SET session_replication_role = replica;"
                + " UPDATE business_metrics SET views_count = 6");
        assertThat(guest.installer().rebuild(Optional.empty())).isEqualTo(new Rebuilt(40, 0, 120, 0));
        assertThat(guest.sums()).isEqualTo("120|1440|240");
    }

    @Test
    void aRebuildRefusesWhatItCannotReadByName() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty())))
                .contains("is not migrated; run: db migrate");
        guest.installer().migrate();
        guest.sql(
                "ALTER TABLE business_metrics DROP COLUMN messages_count; ALTER TABLE businesses RENAME COLUMN category TO kind");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty())))
                .contains("column public.business_metrics.messages_count is gone")
                .contains("column public.businesses.category is gone");
        guest.sql("ALTER TABLE businesses RENAME TO firms");
        assertThat(refusal(() -> guest.installer().rebuild(Optional.empty())))
                .contains("table public.businesses is gone");
    }

    // ---- remove

    @Test
    void afterRemovalAllIsAsItWas() throws Exception {
        for (String tables : List.of(Guest.PLAIN, Guest.PARTITIONED)) {
            Guest guest = Guest.of(tables, Guest.ROWS, "CREATE INDEX theirs ON businesses (name)");
            List<String> before = guest.everything().stream()
                    .map(InstallerTest::withoutEmptyRights)
                    .toList();
            guest.installer().migrate();
            assertThat(guest.installer().remove()).isTrue();
            assertThat(guest.everything().stream().map(InstallerTest::withoutEmptyRights))
                    .isEqualTo(before);
            assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'"))
                    .isEmpty();
            assertThat(guest.installer().remove()).as("a second time").isFalse();
            guest.sql("UPDATE business_metrics SET views_count = 1");
            guest.installer().migrate();
            assertThat(guest.sums()).isEqualTo("120|240|240");
        }
    }

    /** A list of rights that says what none would say: that the owner may all. */
    private static String withoutEmptyRights(String row) {
        return row.replace("{postgres=arwdDxtm/postgres}", "null");
    }

    @Test
    void aRemovalThatWasStoppedGoesOn() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        try (Connection idle = guest.connect();
                Statement statement = idle.createStatement()) {
            idle.setAutoCommit(false);
            statement.execute("UPDATE businesses SET name = name");
            assertThat(refusal(() -> guest.installer().remove()))
                    .contains("triggers on public.businesses")
                    .contains("in the way: pid ");
            guest.sql("UPDATE business_metrics SET views_count = 8");
            idle.commit();
        }
        assertThatThrownBy(() -> verify(guest, "postgres")).hasMessageContaining("not completely migrated");
        guest.installer().remove();
        assertThat(guest.rows("SELECT nspname FROM pg_namespace WHERE nspname = 'live'"))
                .isEmpty();
    }

    // ---- what the service asks at its start

    private static void verify(Guest guest, String role) throws SQLException {
        try (Connection connection = guest.postgres(role).connect()) {
            Installer.verify(Jdbi.create(connection), guest.postgres(role).address());
        }
    }

    @Test
    void aServiceRefusesAnotherVersionsDatabase() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        verify(guest, "postgres");
        guest.sql("UPDATE live.installation SET version = 'another'");
        assertThatThrownBy(() -> verify(guest, "postgres"))
                .hasMessageContaining(
                        "was migrated by another version of the service; run this one's: db migrate config.yml");
        assertThat(refusal(() -> guest.installer().migrate())).isEqualTo(Migrations.EDITED);
        assertThat(refusal(() -> guest.installer().plan())).isEqualTo(Migrations.EDITED);
        guest.installer().remove();
        guest.installer().migrate();
        verify(guest, "postgres");
        guest.sql(
                "UPDATE live.migrations SET checksum = 0 WHERE version = '003'; UPDATE live.installation SET version = NULL");
        assertThat(refusal(() -> guest.installer().migrate()))
                .as("of one that was never complete")
                .isEqualTo(Migrations.EDITED);
        guest.installer().remove();
        guest.installer().migrate();
        String stranger = guest.role("stranger", "");
        assertThatThrownBy(() -> verify(guest, stranger))
                .hasMessageContaining("role " + stranger + " lacks rights in the database ")
                .hasMessageContaining("db grants " + stranger + " config.yml");
    }

    @Test
    void theListOfFilesIsThatOfTheFolder() throws Exception {
        try (var files = java.nio.file.Files.list(java.nio.file.Path.of("../migrations"))) {
            assertThat(files.map(file -> file.getFileName().toString()).sorted().toList())
                    .isEqualTo(Migrations.FILES);
        }
    }

    // ---- others' code

    /** Functions and operators that a platform's role has made never run with the rights of who installs. */
    @Test
    void nothingOfThePlatformsRunsAsTheMigratingRole() throws Exception {
        Guest guest = Guest.of();
        String platform = guest.role("platform", "");
        guest.sql("ALTER SCHEMA public OWNER TO " + platform);
        guest.sql(platform, Guest.PLAIN);
        guest.sql(platform, """
                CREATE TABLE spied (who text, what text); GRANT ALL ON spied TO PUBLIC;
                CREATE FUNCTION has_table_privilege(oid, varchar) RETURNS boolean LANGUAGE plpgsql AS $$
                    BEGIN INSERT INTO public.spied VALUES (current_user, 'has_table_privilege'); RETURN true; END $$;
                CREATE FUNCTION pg_has_role(varchar, text) RETURNS boolean LANGUAGE plpgsql AS $$
                    BEGIN INSERT INTO public.spied VALUES (current_user, 'pg_has_role'); RETURN true; END $$;
                CREATE DOMAIN tenant AS uuid; ALTER TABLE businesses ALTER user_id TYPE tenant;
                CREATE FUNCTION spy(tenant, uuid) RETURNS boolean LANGUAGE plpgsql AS $$
                    BEGIN INSERT INTO public.spied VALUES (current_user, '='); RETURN false; END $$;
                CREATE OPERATOR = (LEFTARG = tenant, RIGHTARG = uuid, FUNCTION = spy)""");
        guest.sql(platform, Guest.ROWS);
        guest.installer().migrate();
        guest.installer().rebuild(Optional.empty());
        guest.installer().migrate();
        assertThat(guest.rows("SELECT DISTINCT who, what FROM spied")).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
    }

    /** A part may lie in a schema of its own; what TRUNCATE takes from it is read from it. */
    @Test
    void aPartInAnotherSchemaMayBeTruncated() throws Exception {
        Guest guest = Guest.of(
                Guest.PARTITIONED, "CREATE SCHEMA parts; ALTER TABLE metrics_2025 SET SCHEMA parts", Guest.ROWS);
        guest.installer().migrate();
        assertThat(guest.installer().migrate().changed()).isFalse();
        guest.sql("TRUNCATE parts.metrics_2025");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|600|120");
    }

    /** As the server takes them, whatever the database's encoding. */
    @Test
    void theFilesAreAscii() throws Exception {
        for (String file : Migrations.FILES) {
            assertThat(java.nio.file.Files.readString(java.nio.file.Path.of("../migrations", file)))
                    .matches("\\p{ASCII}*");
        }
    }

    /** A part that is none any more has our triggers and our rights still. */
    @Test
    void removingTakesOurRightsOnPartsThatWereDetached() throws Exception {
        Guest guest = Guest.of(
                Guest.PARTITIONED, Guest.ROWS, "CREATE SCHEMA parts; ALTER TABLE metrics_2025 SET SCHEMA parts");
        guest.installer().migrate();
        guest.sql("ALTER TABLE business_metrics DETACH PARTITION parts.metrics_2025");
        guest.installer().rebuild(Optional.empty());
        guest.installer().remove();
        assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'"))
                .isEmpty();
        assertThat(guest.rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"))
                .isEmpty();
    }
}
