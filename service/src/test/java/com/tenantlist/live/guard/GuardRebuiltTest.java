package com.tenantlist.live.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.install.InstallConfiguration;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.LiveService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A guard that compares but rarely. */
class GuardRebuiltTest {
    private static final int COMPARE_SECONDS = 20;

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("guard.interval", "100ms")
            .with("guard.compareInterval", COMPARE_SECONDS + "s")
            .with("guard.compareTenants", "10");

    private static HealthCheck.Result health() {
        return service.support().getEnvironment().healthChecks().runHealthCheck("guard");
    }

    private static long compared() {
        return service.metrics().counter("guard.compared").getCount();
    }

    @Test
    void whatWasRebuiltIsNotSaidUntilTheNextComparison() throws Exception {
        List<UUID> tenants = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tenants.add(UUID.randomUUID());
            UUID business = service.createBusiness(tenants.get(i), "b" + i);
            service.sql("SET session_replication_role = replica;"
                    + " UPDATE business_metrics SET views_count = 5 WHERE id = '" + business + "'");
        }
        await().atMost(Duration.ofSeconds(3 * COMPARE_SECONDS))
                .untilAsserted(() -> assertThat(health().getMessage()).contains("what we hold of 3 tenants"));
        long before = compared();
        service.sql("SELECT live.rebuild('" + tenants.get(1) + "')");
        await().untilAsserted(() -> assertThat(health().getMessage()).contains("what we hold of 2 tenants"));
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = service.databaseUrl();
        Installer.of(Postgres.of(postgres), new InstallConfiguration(), line -> {})
                .rebuild(Optional.empty());
        await().until(() -> health().isHealthy());
        assertThat(compared()).as("without another comparison").isEqualTo(before);
    }
}
