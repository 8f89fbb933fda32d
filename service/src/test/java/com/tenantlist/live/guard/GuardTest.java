package com.tenantlist.live.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.testing.LiveService;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class GuardTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("guard.interval", "100ms")
            .with("guard.compareInterval", "100ms")
            .with("guard.compareTenants", "3");

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
        awaitWell();
        assertThat(faults("trigger")).isZero();
    }

    @Test
    void aPublicationWithoutTheJournalIsSaid() throws Exception {
        service.sql("ALTER PUBLICATION tenantlist_live DROP TABLE live.dashboard_event");
        awaitFault("publication", "publication tenantlist_live does not publish");
        await().until(() -> !service.isFed());
        service.sql("ALTER PUBLICATION tenantlist_live ADD TABLE live.dashboard_event");
        awaitWell();
    }

    @Test
    void aFunctionThatIsNotOursIsSaid() throws Exception {
        service.sql("CREATE FUNCTION live.another() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        awaitFault("function", "functions in schema live are not those that db migrate made");
        await().until(() -> !service.isFed());
        service.sql("DROP FUNCTION live.another()");
        awaitWell();
    }

    @Test
    void anotherVersionOfTheSchemaIsSaid() throws Exception {
        service.sql(
                "INSERT INTO live.migrations (installed_rank, version, description, type, script, installed_by, execution_time, success)"
                        + " VALUES (1000, '999', 'of a newer service', 'SQL', 'x', 'x', 0, true)");
        awaitFault("version", "the database's schema is version 999");
        assertThat(service.isFed()).as("its commits are still seen").isTrue();
        service.sql("DELETE FROM live.migrations WHERE version = '999'");
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
                    .contains("the sums of 1 tenants")
                    .contains(ANNA.toString())
                    .contains("db rebuild");
            assertThat(service.metrics().getGauges().get("guard.untrue").getValue())
                    .isEqualTo(1);
        });
        assertThat(service.metrics().counter("guard.compared").getCount()).isPositive();
        service.sql("SELECT live.rebuild('" + ANNA + "')");
        awaitWell();
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
        service.sql("DROP TABLE metrics_of_old CASCADE");
        service.sql("SELECT live.rebuild('" + ANNA + "')");
        awaitWell();
    }

    @Test
    void aNewPartThatIsBusyIsTriedAgain() throws Exception {
        try (Connection busy = service.connect();
                Statement statement = busy.createStatement()) {
            busy.setAutoCommit(false);
            service.sql("CREATE TABLE metrics_busy () INHERITS (business_metrics)");
            statement.execute("LOCK TABLE metrics_busy IN ROW EXCLUSIVE MODE");
            awaitFault("trigger", "on public.metrics_busy");
            busy.commit();
        }
        awaitWell();
        service.sql("DROP TABLE metrics_busy");
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
        service.sql("SELECT live.rebuild('" + ANNA + "')");
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

    @Test
    void theNewestFileIsKnown() {
        assertThat(SchemaVersion.newest().orElseThrow()).isGreaterThanOrEqualTo(5);
    }
}
