package com.tenantlist.live.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.health.HealthCheck;
import com.codahale.metrics.health.HealthCheckRegistry;
import com.tenantlist.live.install.InstallConfiguration;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.Rest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("guard.interval", "100ms")
            .with("guard.compareInterval", "100ms")
            .with("guard.compareTenants", "3")
            // What a new part held is looked for once, within this time.
            .with("guard.attachLockTimeout", "2s")
            .with("guard.compareTimeout", "5s");

    private static final UUID ANNA = UUID.randomUUID();

    private static HealthCheck.Result health() {
        return service.support().getEnvironment().healthChecks().runHealthCheck("guard");
    }

    private static long faults(String name) {
        return ((Number) service.metrics()
                        .getGauges()
                        .get("guard.faults." + name)
                        .getValue())
                .longValue();
    }

    private static void awaitFault(String name, String said) {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(health().isHealthy()).isFalse();
            assertThat(health().getMessage()).contains(said);
            assertThat(faults(name)).isPositive();
        });
    }

    private static Installer installer(String url) {
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = url;
        return Installer.of(Postgres.of(postgres), new InstallConfiguration(), line -> {});
    }

    private static void rebuild() {
        installer(service.databaseUrl()).rebuild(Optional.empty());
    }

    @BeforeEach
    void allIsWell() {
        service.awaitFeed();
        await().atMost(Duration.ofSeconds(20)).until(() -> health().isHealthy() && service.isFed());
    }

    private static void awaitWell() {
        await().atMost(Duration.ofSeconds(20)).until(() -> health().isHealthy() && service.isFed());
    }

    @Test
    void aDisabledTriggerIsSaidAndNotMadeAgain() throws Exception {
        service.sql("ALTER TABLE businesses DISABLE TRIGGER live_updated");
        awaitFault(
                "trigger",
                "trigger live_updated on public.businesses is missing, disabled or another's (run: db migrate");
        await().until(() -> !service.isFed());
        assertThat(service.support()
                        .getEnvironment()
                        .healthChecks()
                        .runHealthCheck("feed")
                        .getMessage())
                .contains("see the check guard");
        assertThat(
                        service.queried(
                                "SELECT tgenabled FROM pg_trigger WHERE tgname = 'live_updated' AND tgrelid = 'businesses'::regclass"))
                .isEqualTo("D");
        service.sql("ALTER TABLE businesses ENABLE TRIGGER live_updated");
        awaitFault("part", "our triggers on public.businesses were disabled for a while, or altered");
        assertThat(faults("trigger")).isZero();
        rebuild();
        awaitWell();
    }

    @Test
    void aPublicationWithoutTheJournalIsSaid() throws Exception {
        service.sql("ALTER PUBLICATION tenantlist_live DROP TABLE live.dashboard_event");
        awaitFault("publication", "publication tenantlist_live does not publish");
        await().until(() -> !service.isFed());
        service.sql("ALTER PUBLICATION tenantlist_live ADD TABLE live.dashboard_event");
        awaitWell();
    }

    /** It keeps nothing from us. */
    @Test
    void aPublicationOfAllTablesIsSaid() throws Exception {
        service.sql("CREATE PUBLICATION everything FOR ALL TABLES");
        awaitFault("published", "publication everything is FOR ALL TABLES");
        assertThat(service.isFed()).isTrue();
        service.sql("DROP PUBLICATION everything");
        awaitWell();
    }

    @Test
    void aFunctionThatIsNotOursIsSaid() throws Exception {
        service.sql("CREATE FUNCTION live.another() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        awaitFault("function", "functions or views in schema live are not those that db migrate made");
        await().until(() -> !service.isFed());
        service.sql("DROP FUNCTION live.another()");
        awaitWell();
    }

    /** What {@code live.guard()} itself asks for. */
    @Test
    void aViewThatIsGoneIsSaid() throws Exception {
        service.sql("ALTER VIEW live.watched_trigger RENAME TO gone");
        awaitFault("function", "something in schema live is gone: ");
        await().until(() -> !service.isFed());
        service.sql("ALTER VIEW live.gone RENAME TO watched_trigger");
        awaitWell();
    }

    @Test
    void anotherVersionOfTheSchemaIsSaid() throws Exception {
        String ours = service.queried("SELECT version FROM live.installation");
        service.sql("UPDATE live.installation SET version = 'another'");
        awaitFault(
                "version", "the database was migrated by another version of the service (run this one's: db migrate");
        await("its commits are still seen").until(service::isFed);
        service.sql("UPDATE live.installation SET version = '" + ours + "'");
        awaitWell();
    }

    @Test
    void aSchemaThatIsGoneIsSaid() throws Exception {
        service.sql("ALTER SCHEMA live RENAME TO gone");
        awaitFault(
                "version",
                "schema live is gone: nothing is counted (stop this node, if it was removed on purpose; else run: db migrate");
        service.sql("ALTER SCHEMA gone RENAME TO live");
        awaitWell();
    }

    @Test
    void sumsThatAreNotTrueAreFoundAmongManyTenantsAndSaidUntilMended() throws Exception {
        for (int i = 0; i < 8; i++) {
            service.createBusiness(UUID.randomUUID(), "b" + i);
        }
        UUID business = service.createBusiness(ANNA, "Café");
        service.sql("SET session_replication_role = replica; UPDATE business_metrics SET views_count = 5 WHERE id = '"
                + business + "'");
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(health().getMessage())
                    .contains("what we hold of 1 tenants")
                    .contains(ANNA.toString())
                    .contains("db rebuild");
            assertThat(service.metrics().getGauges().get("guard.untrue").getValue())
                    .isEqualTo(1);
        });
        assertThat(service.metrics().counter("guard.compared").getCount()).isPositive();
        service.sql("SELECT live.rebuild('" + ANNA + "')");
        awaitWell();
    }

    /** Who waits for the one table, and holds the other meanwhile, makes whoever alters both the victim of a deadlock. */
    @Test
    void whoAltersTheTablesIsNotWaitedFor() throws Exception {
        service.createBusiness(ANNA, "Café");
        try (Connection platform = service.connect();
                Statement sql = platform.createStatement()) {
            sql.execute("BEGIN; ALTER TABLE business_metrics ADD note text");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> health().isHealthy()
                            && String.valueOf(health().getMessage()).contains("lock timeout"));
            sql.execute("ALTER TABLE businesses ADD note text; ROLLBACK");
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> health().getMessage() == null);
    }

    @Test
    void aNewPartGetsItsTriggersAndWhatItHeldIsCounted() throws Exception {
        UUID business = service.createBusiness(ANNA, "Deli");
        // Written before anyone knew the part: in one transaction with it, and straight into it.
        service.sql("CREATE TABLE metrics_of_old (PRIMARY KEY (id)) INHERITS (business_metrics);"
                + "INSERT INTO metrics_of_old (business_id, metric_date, views_count) VALUES ('%s', current_date, 41)"
                        .formatted(business));
        String views = "SELECT views_count FROM live.business_totals WHERE business_id = '" + business + "'";
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(service.queried(views)).isEqualTo("41"));
        service.sql("UPDATE metrics_of_old SET views_count = 42");
        assertThat(service.queried(views)).isEqualTo("42");
        awaitWell();
        // Someone disabled one of them: that is said, not undone.
        service.sql("ALTER TABLE metrics_of_old DISABLE TRIGGER live_deleted");
        awaitFault("trigger", "live_deleted on public.metrics_of_old");
        service.sql("ALTER TABLE metrics_of_old ENABLE TRIGGER live_deleted");
        awaitFault("part", "our triggers on public.metrics_of_old were disabled for a while");
        rebuild();
        awaitWell();
        // Its rows vanish from the platform, and nothing fires.
        service.sql("DROP TABLE metrics_of_old CASCADE");
        awaitFault("part", "rows of public.metrics_of_old were counted, and it is none of the platform's tables");
        assertThat(service.queried(views)).isEqualTo("42");
        service.sql("SELECT live.rebuild('" + ANNA + "')");
        assertThat(health().isHealthy()).as("others may have had rows in it").isFalse();
        rebuild();
        assertThat(service.queried(views)).isEqualTo("0");
        awaitWell();
        assertThat(faults("part")).isZero();
    }

    @Test
    void aPartThatWasDetachedAndAttachedAgainIsSaidThoughItsTriggersStand() throws Exception {
        UUID business = service.createBusiness(ANNA, "Again");
        service.sql("CREATE TABLE metrics_again () INHERITS (business_metrics)");
        String stand = "SELECT count(*) FROM live.watched_trigger WHERE relid = 'metrics_again'::regclass AND stands";
        await().until(() -> service.queried(stand).equals("4"));
        awaitWell();
        service.sql("""
                BEGIN; ALTER TABLE metrics_again NO INHERIT business_metrics;
                INSERT INTO metrics_again (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', current_date, 3);
                ALTER TABLE metrics_again INHERIT business_metrics; COMMIT""".formatted(business));
        awaitFault("part", "rows of public.metrics_again were not counted: it is new, or was attached again");
        String views = "SELECT views_count FROM live.business_totals WHERE business_id = '" + business + "'";
        assertThat(service.queried(views)).isEqualTo("0");
        rebuild();
        assertThat(service.queried(views)).isEqualTo("3");
        awaitWell();
        service.sql("TRUNCATE metrics_again; DROP TABLE metrics_again");
        rebuild();
    }

    @Test
    void aNewPartWhoseRowsCannotBeCountedIsSaidUntilARebuild() throws Exception {
        UUID business = service.createBusiness(ANNA, "Held");
        service.sql("UPDATE business_metrics SET views_count = 1 WHERE business_id = '" + business + "'");
        try (Connection busy = service.connect();
                Statement statement = busy.createStatement()) {
            busy.setAutoCommit(false);
            statement.execute("SELECT FROM live.business_totals WHERE business_id = '" + business + "' FOR UPDATE");
            service.sql("CREATE TABLE metrics_held () INHERITS (business_metrics);"
                    + "INSERT INTO metrics_held (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', current_date, 8)"
                            .formatted(business));
            awaitFault(
                    "part",
                    "rows of public.metrics_held were not counted: it is new, or was attached again (run: db rebuild)");
        }
        assertThat(service.queried(
                        "SELECT count(*) FROM live.watched_trigger WHERE relid = 'metrics_held'::regclass AND stands"))
                .as("what comes is counted")
                .isEqualTo("4");
        rebuild();
        assertThat(service.queried(
                        "SELECT views_count FROM live.business_totals WHERE business_id = '" + business + "'"))
                .isEqualTo("9");
        awaitWell();
        service.sql("TRUNCATE metrics_held; DROP TABLE metrics_held");
        rebuild();
    }

    /** Its rows were counted when they were written through its table, and nobody saw them go: whose they were it tells no more. */
    @ParameterizedTest
    @ValueSource(strings = {"DELETE FROM", "TRUNCATE"})
    void aNewPartThatWasEmptiedByItsNameIsSaidUntilARebuild(String empties) throws Exception {
        UUID business = service.createBusiness(ANNA, "Emptied");
        String row =
                "INSERT INTO metrics_emptied (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', current_date, 0);"
                        .formatted(business);
        service.sql("CREATE TABLE metrics_emptied (LIKE business_metrics INCLUDING ALL);" + row);
        if (empties.startsWith("DELETE")) {
            service.sql("DELETE FROM metrics_emptied;" + row);
            await().until(() -> service.queried("SELECT pg_stat_get_tuples_deleted('metrics_emptied'::regclass) > 0")
                    .equals("t"));
        }
        service.sql("BEGIN; ALTER TABLE metrics_emptied INHERIT business_metrics;"
                + "UPDATE business_metrics SET views_count = 500 WHERE business_id = '" + business + "';" + empties
                + " metrics_emptied; COMMIT");
        awaitFault("part", "rows of public.metrics_emptied were not counted");
        rebuild();
        assertThat(service.queried(
                        "SELECT sum(views_count) FROM business_metrics WHERE business_id = '" + business + "'"))
                .isEqualTo(service.queried(
                        "SELECT views_count FROM live.business_totals WHERE business_id = '" + business + "'"));
        awaitWell();
        service.sql("DROP TABLE metrics_emptied");
        rebuild();
    }

    @Test
    void aNewPartWithRowsOfTooManyTenantsIsSaidUntilARebuild() throws Exception {
        StringBuilder rows = new StringBuilder("CREATE TABLE metrics_many () INHERITS (business_metrics);");
        for (int i = 0; i < 5; i++) {
            rows.append(
                    "INSERT INTO metrics_many (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', current_date, 8);"
                            .formatted(service.createBusiness(UUID.randomUUID(), "many" + i)));
        }
        service.sql(rows.toString());
        awaitFault("part", "rows of public.metrics_many were not counted");
        rebuild();
        awaitWell();
        service.sql("TRUNCATE metrics_many; DROP TABLE metrics_many");
        rebuild();
    }

    @Test
    void countsOfNobodysBusinessInANewPartWaitForTheirOwner() throws Exception {
        UUID business = UUID.randomUUID();
        service.sql("CREATE TABLE metrics_early () INHERITS (business_metrics);"
                + "INSERT INTO metrics_early (id, business_id, metric_date, views_count) VALUES (gen_random_uuid(), '%s', current_date, 5)"
                        .formatted(business));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(service.queried(
                                "SELECT coalesce(sum(views_count), 0) FROM live.business_totals WHERE business_id = '"
                                        + business + "'"))
                        .isEqualTo("5"));
        awaitWell();
        service.sql("TRUNCATE metrics_early; DROP TABLE metrics_early");
        rebuild();
    }

    private static long transactions(Statement sql, String how) throws Exception {
        sql.execute("SELECT pg_stat_clear_snapshot()");
        try (ResultSet row =
                sql.executeQuery("SELECT xact_" + how + " FROM pg_stat_database WHERE datname = current_database()")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void aRoleThatMayAttachNothingNamesThePartAndWhoMust() throws Exception {
        String name = Parts.newName();
        String url = Parts.migrated(Parts.database(), name);
        Installer owner = installer(url);
        try (Connection connection = Parts.database().connect(name);
                Statement platform = connection.createStatement()) {
            platform.execute("CREATE ROLE app_of_" + name + " LOGIN");
            platform.execute(owner.grants("app_of_" + name));
            try (LiveService restricted = LiveService.on(
                            Parts.database(), Parts.redis().url())
                    .with("postgres.url", url.replace("//postgres@", "//app_of_" + name + "@"))
                    .with("guard.interval", "100ms")
                    .start()) {
                HealthCheckRegistry checks =
                        restricted.support().getEnvironment().healthChecks();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> checks.runHealthCheck("guard").isHealthy());
                // Of the one it may make no triggers, and of the other it may, but not by our function.
                platform.execute(
                        "CREATE TABLE metrics_2031 () INHERITS (business_metrics); CREATE TABLE metrics_2032 ()"
                                + " INHERITS (business_metrics); GRANT TRIGGER ON metrics_2032 TO app_of_" + name);
                String said =
                        "part public.metrics_2031 of public.business_metrics has no triggers: rows that it brought along, and what is"
                                + " written straight into it, are not counted (run db migrate as a superuser, or as a member of both"
                                + " postgres, its owner, and tenantlist_live)";
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(
                                () -> assertThat(checks.runHealthCheck("guard").getMessage())
                                        .contains(said, said.replace("2031", "2032")));
                long looks = transactions(platform, "commit");
                long failures = transactions(platform, "rollback");
                await().until(() -> transactions(platform, "commit") > looks + 20);
                assertThat(transactions(platform, "rollback"))
                        .as("lines in the server's log")
                        .isEqualTo(failures);
                platform.execute("INSERT INTO metrics_2031 (id, business_id, metric_date, views_count)"
                        + " VALUES (gen_random_uuid(), gen_random_uuid(), current_date, 8)");
                assertThat(checks.runHealthCheck("guard").isHealthy()).isFalse();
                owner.migrate();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> checks.runHealthCheck("guard").isHealthy());
                try (ResultSet row = platform.executeQuery("SELECT sum(views_count) FROM live.business_totals")) {
                    row.next();
                    assertThat(row.getLong(1)).isEqualTo(8);
                }
            }
        }
    }

    @Test
    void aTableThatBecomesAViewIsSaid() throws Exception {
        service.sql(
                "ALTER TABLE business_metrics RENAME TO real_metrics; CREATE VIEW business_metrics AS SELECT * FROM real_metrics");
        awaitFault("table", "public.business_metrics is no table any more but a view");
        service.sql("DROP VIEW business_metrics; ALTER TABLE real_metrics RENAME TO business_metrics");
        awaitWell();
    }

    @Test
    void aColumnOfATypeThatWeDoNotReadIsSaid() throws Exception {
        service.sql("""
                CREATE TYPE flag AS ENUM ('no', 'yes');
                CREATE FUNCTION is_yes(flag) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'yes' $$;
                CREATE CAST (flag AS boolean) WITH FUNCTION is_yes(flag);
                CREATE DOMAIN our_flag AS flag;
                ALTER TABLE businesses ALTER is_verified DROP DEFAULT,
                    ALTER is_verified TYPE our_flag USING (CASE WHEN is_verified THEN 'yes' ELSE 'no' END)::flag""");
        awaitFault(
                "column",
                "column public.businesses.is_verified is of type public.our_flag, and is read as boolean (give it the type boolean");
        service.sql("""
                ALTER TABLE businesses ALTER is_verified TYPE boolean USING is_verified::flag = 'yes', ALTER is_verified SET DEFAULT false;
                DROP TYPE flag CASCADE""");
        awaitWell();
    }

    /** Every column that the service's own SQL names, and does not find. */
    @Test
    void aColumnThatOnlyDashboardsAndRestReadIsSaidWithWhatFailsWhileCountingGoesOn() throws Exception {
        UUID business = service.createBusiness(ANNA, "Read");
        Rest rest = new Rest(service.api(), ANNA);
        String path = "/api/businesses/" + business;
        String day = path + "/metrics/2026-01-01";
        String put = "{\"views_count\":1}";
        List<Callable<Rest.Answer>> all = List.of(
                () -> rest.get("/api/dashboard/tenant"),
                () -> rest.get("/api/businesses"),
                () -> rest.get("/api/dashboard/tenant/trends?days=3"),
                () -> rest.call("PUT", path, "{\"name\":\"Again\"}"),
                () -> rest.get(path + "/metrics"),
                () -> rest.call("PUT", day, put),
                () -> rest.get(path));
        Map<String, List<Integer>> fail = new LinkedHashMap<>();
        fail.put("businesses.created_at", List.of(0, 1, 2));
        fail.put("businesses.updated_at", List.of(3));
        fail.put("business_metrics.metric_date", List.of(2, 4, 5));
        for (String written : List.of("id", "created_at", "updated_at")) {
            fail.put("business_metrics." + written, List.of(5));
        }
        Map<String, String> said = Map.of(
                "businesses.created_at", "dashboards do not open, and REST lists neither businesses nor trends",
                "businesses.updated_at", "REST cannot change a business",
                "business_metrics.metric_date", "REST knows neither trends nor counts of a day");
        int views = 0;
        for (String column : fail.keySet()) {
            String table = column.substring(0, column.indexOf('.'));
            String name = column.substring(column.indexOf('.') + 1);
            service.sql("ALTER TABLE %s RENAME %s TO renamed".formatted(table, name));
            awaitFault(
                    "read",
                    "column public." + column + " is gone: "
                            + said.getOrDefault(column, "REST cannot write counts of a day") + " (bring it back)");
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).call().status() < 300)
                        .as("call %d without %s", i, column)
                        .isEqualTo(!fail.get(column).contains(i));
            }
            await().until(service::isFed);
            assertThat(health().getMessage()).as("counting goes on").doesNotContain("could not be noted");
            rebuild();
            service.sql("ALTER TABLE %s RENAME renamed TO %s".formatted(table, name));
            awaitWell();
        }
        for (Callable<Rest.Answer> call : all) {
            assertThat(call.call().status()).isEqualTo(200);
        }
    }

    /** No other column is read: of all that is not in the list, nothing is missed. */
    @Test
    void allOtherColumnsMayGo() throws Exception {
        UUID business = service.createBusiness(ANNA, "Other");
        List<String> others = new ArrayList<>(List.of(service.queried("""
                SELECT string_agg(c.relname || '.' || a.attname, ',' ORDER BY 1) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.oid IN ('businesses'::regclass, 'business_metrics'::regclass) AND a.attnum > 0 AND NOT a.attisdropped
                  AND NOT EXISTS (SELECT FROM live.read_column n WHERE n.root = c.relname AND n.name = a.attname)""").split(",")));
        assertThat(others).isNotEmpty();
        for (String column : others) {
            service.sql("ALTER TABLE %s RENAME %s TO of_no_use_%2$s"
                    .formatted(column.substring(0, column.indexOf('.')), column.substring(column.indexOf('.') + 1)));
        }
        try {
            Rest rest = new Rest(service.api(), ANNA);
            String path = "/api/businesses/" + business;
            for (Rest.Answer answer : List.of(
                    rest.get("/api/dashboard/tenant"),
                    rest.get("/api/businesses"),
                    rest.get("/api/dashboard/tenant/trends?days=3"),
                    rest.get(path),
                    rest.call("PUT", path, "{\"name\":\"Again\"}"),
                    rest.call("PUT", path + "/metrics/2026-01-01", "{\"views_count\":1}"),
                    rest.post(path + "/metrics/2026-01-01/increments", "{\"views_count\":1}"),
                    rest.get(path + "/metrics"),
                    rest.post("/api/businesses", "{\"name\":\"New\"}"))) {
                assertThat(answer.status()).as(answer.text()).isLessThan(300);
            }
            assertThat(service.queried("SELECT count(*) FROM live.guard()")).isEqualTo("0");
        } finally {
            for (String column : others) {
                service.sql("ALTER TABLE %s RENAME of_no_use_%s TO %2$s"
                        .formatted(
                                column.substring(0, column.indexOf('.')), column.substring(column.indexOf('.') + 1)));
            }
        }
    }

    @Test
    void anInstallationThatIsNotFinishedIsAllThatIsSaid() throws Exception {
        service.sql(
                "UPDATE live.installation SET complete = false; ALTER TABLE businesses DISABLE TRIGGER live_updated;"
                        + "ALTER PUBLICATION tenantlist_live DROP TABLE live.dashboard_event");
        String all = "SELECT string_agg(concat_ws('|', fault, said, cure), '; ') FROM live.guard()";
        assertThat(service.queried(all))
                .isEqualTo(
                        "trigger|installation not finished|run: db migrate; or, if it was being removed, db remove again");
        await().until(() -> !service.isFed());
        service.sql("ALTER PUBLICATION tenantlist_live ADD TABLE live.dashboard_event");
        installer(service.databaseUrl()).migrate();
        awaitWell();
    }

    @Test
    void aNewPartThatIsBusyIsTriedAgain() throws Exception {
        try (Connection busy = service.connect();
                Statement statement = busy.createStatement()) {
            busy.setAutoCommit(false);
            // Again where the guard was faster than the lock.
            do {
                busy.rollback();
                service.sql(
                        "DROP TABLE IF EXISTS metrics_busy; CREATE TABLE metrics_busy () INHERITS (business_metrics)");
                statement.execute("LOCK TABLE metrics_busy IN ROW EXCLUSIVE MODE");
            } while (!"t"
                    .equals(service.queried(
                            "SELECT bare FROM live.watched_table WHERE relid = 'metrics_busy'::regclass")));
            awaitFault("trigger", "part public.metrics_busy of public.business_metrics has no triggers");
            busy.commit();
        }
        awaitWell();
        service.sql("DROP TABLE metrics_busy");
        rebuild();
    }

    @Test
    void aTableThatWasCopiedRenamedAndSwappedIsSaid() throws Exception {
        UUID business = service.createBusiness(ANNA, "Swap");
        service.sql("""
                CREATE TABLE business_metrics_new (LIKE business_metrics INCLUDING ALL);
                INSERT INTO business_metrics_new SELECT * FROM business_metrics;
                ALTER TABLE business_metrics RENAME TO business_metrics_old; ALTER TABLE business_metrics_new RENAME TO business_metrics""");
        awaitFault("trigger", "trigger live_inserted on public.business_metrics is missing");
        long before = service.revision(ANNA);
        service.sql("UPDATE business_metrics_old SET views_count = 1000 WHERE business_id = '" + business + "'");
        assertThat(service.revision(ANNA)).as("the old table is no longer ours").isEqualTo(before);
        service.sql("UPDATE business_metrics SET views_count = 7 WHERE business_id = '" + business + "'");
        service.sql("SELECT live.attach('business_metrics')");
        awaitFault("part", "rows of public.business_metrics were not counted");
        rebuild();
        assertThat(service.queried(
                        "SELECT views_count FROM live.business_totals WHERE business_id = '" + business + "'"))
                .isEqualTo("7");
        service.sql("DROP TABLE business_metrics_old");
        awaitWell();
    }

    @Test
    void theIdBeforeAnother() {
        assertThat(Inspector.before(UUID.fromString("00000000-0000-4000-8000-000000000001")))
                .hasToString("00000000-0000-4000-8000-000000000000");
        assertThat(Inspector.before(UUID.fromString("00000000-0000-4001-0000-000000000000")))
                .hasToString("00000000-0000-4000-ffff-ffffffffffff");
    }
}
