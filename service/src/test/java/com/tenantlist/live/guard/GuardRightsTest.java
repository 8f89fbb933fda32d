package com.tenantlist.live.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.install.InstallConfiguration;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A service whose role has what {@code db grants} prints, of which some is taken from it. */
class GuardRightsTest {
    private static final String CURE = " (run what this prints: db grants ROLE config.yml)";

    private static final String NAME = Parts.newName();
    private static final String ROLE = "app_of_" + NAME;

    private static LiveService service;
    private static Installer owner;

    @BeforeAll
    static void start() throws Exception {
        String url = Parts.migrated(Parts.database(), NAME);
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = url;
        owner = Installer.of(Postgres.of(postgres), new InstallConfiguration(), line -> {});
        sql("CREATE ROLE " + ROLE + " LOGIN REPLICATION");
        grant();
        service = LiveService.on(Parts.database(), Parts.redis().url())
                .with("postgres.url", url.replace("//postgres@", "//" + ROLE + "@"))
                .with("guard.interval", "100ms")
                .with("delivery.sweepWhileFed", "200ms")
                .start();
        service.awaitFeed();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static void sql(String sql) throws SQLException {
        try (Connection connection = Parts.database().connect(NAME);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void grant() throws SQLException {
        sql(owner.grants(ROLE));
    }

    private static HealthCheck.Result health(String check) {
        return service.support().getEnvironment().healthChecks().runHealthCheck(check);
    }

    private static void awaitSaid(String check, String said) {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(health(check).isHealthy()).isFalse();
            assertThat(health(check).getMessage()).contains(said);
        });
    }

    private static void isWellAfterGrants() throws SQLException {
        grant();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> health("guard").isHealthy() && health("feed").isHealthy() && service.isFed());
    }

    @Test
    void aRightOfTheSumsThatIsLostIsSaidAndSoAreSweepsThatFailByIt() throws Exception {
        sql("REVOKE SELECT ON live.tenant_kpis FROM " + ROLE);
        awaitSaid("guard", "role " + ROLE + " lacks SELECT on live.tenant_kpis" + CURE);
        assertThat(service.metrics().getGauges().get("guard.faults.right").getValue())
                .isEqualTo(1L);
        awaitSaid("feed", "; but every sweep fails: ERROR: permission denied for table tenant_kpis");
        isWellAfterGrants();
    }

    @Test
    void rightsWithoutWhichTheGuardItselfSeesNothingAreSaid() throws Exception {
        sql("REVOKE EXECUTE ON FUNCTION live.guard() FROM %1$s; REVOKE SELECT ON live.watched_table FROM %1$s"
                .formatted(ROLE));
        awaitSaid("guard", "lacks EXECUTE on live.guard(), SELECT on live.watched_table" + CURE);
        isWellAfterGrants();
        sql("REVOKE USAGE ON SCHEMA live FROM " + ROLE);
        awaitSaid("guard", "lacks USAGE on live" + CURE);
        isWellAfterGrants();
    }

    /** What goes wrong besides must not be forgotten for it: a node that is fed would trust triggers that are not there. */
    @Test
    void aTableThatWasSwappedLacksTriggersAndRights() throws Exception {
        sql("""
                CREATE TABLE metrics_new (LIKE business_metrics INCLUDING ALL);
                ALTER TABLE business_metrics RENAME TO metrics_old; ALTER TABLE metrics_new RENAME TO business_metrics""");
        awaitSaid("guard", "lacks SELECT on public.business_metrics" + CURE);
        awaitSaid("guard", "trigger live_inserted on public.business_metrics is missing");
        await().until(() -> !service.isFed());
        sql("REVOKE EXECUTE ON FUNCTION live.guard() FROM " + ROLE);
        awaitSaid("guard", "lacks EXECUTE on live.guard(), SELECT on public.business_metrics" + CURE);
        assertThat(health("guard").getMessage()).contains("trigger live_inserted on public.business_metrics");
        assertThat(service.isFed()).isFalse();
        sql("ALTER TABLE business_metrics RENAME TO metrics_new; ALTER TABLE metrics_old RENAME TO business_metrics");
        isWellAfterGrants();
    }

    @Test
    void rowSecurityThatHidesRowsFromTheServiceOrFromOurFunctionsIsSaid() throws Exception {
        sql("ALTER TABLE business_metrics ENABLE ROW LEVEL SECURITY");
        awaitSaid("guard", "lacks BYPASSRLS or a policy for all rows of public.business_metrics" + CURE);
        awaitSaid(
                "guard",
                "row security of public.business_metrics hides rows from role tenantlist_live, as which our functions run"
                        + " (as a superuser: ALTER ROLE tenantlist_live BYPASSRLS)");
        sql("ALTER TABLE business_metrics DISABLE ROW LEVEL SECURITY");
        isWellAfterGrants();
    }

    @Test
    void whereNobodyWritesByRestNoRightOfWritingIsMissed() throws Exception {
        sql(
                "REVOKE INSERT, UPDATE, DELETE ON businesses, business_metrics FROM %1$s; REVOKE SELECT ON businesses FROM %1$s"
                        .formatted(ROLE));
        awaitSaid("guard", "role " + ROLE + " lacks SELECT on public.businesses" + CURE);
        sql("GRANT SELECT ON businesses TO " + ROLE);
        await().atMost(Duration.ofSeconds(20)).until(() -> health("guard").isHealthy());
        grant();
    }
}
