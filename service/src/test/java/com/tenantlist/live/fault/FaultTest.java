package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import com.tenantlist.live.testing.ServiceProcess;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Faults under load with dashboards open: each ends with every revision, once, in order, and the right KPIs. */
class FaultTest {
    private static final int TENANTS = 3;

    private final List<UUID> users = new ArrayList<>();
    private final List<UUID> businesses = new ArrayList<>();
    private final List<CheckedDashboard> dashboards = new ArrayList<>();
    private EmbeddedDatabase database;
    private EmbeddedRedis redis;
    private LiveService service;
    private String killed;

    @BeforeEach
    void partsOfItsOwn() {
        database = EmbeddedDatabase.startTemporary();
        redis = EmbeddedRedis.startTemporary();
    }

    @AfterEach
    void stop() {
        dashboards.forEach(CheckedDashboard::close);
        service.close();
        redis.close();
        database.close();
    }

    private void openDashboards() throws Exception {
        openDashboards(LiveService.on(database, redis.url()), TENANTS);
    }

    /** Two dashboards a tenant, one on each transport. */
    private void openDashboards(LiveService prepared, int tenants) throws Exception {
        service = prepared.start();
        for (int i = 0; i < tenants; i++) {
            users.add(UUID.randomUUID());
            businesses.add(service.createBusiness(users.get(i), "b" + i));
            dashboards.add(new CheckedDashboard(service.sockets(), users.get(i), "websocket"));
            dashboards.add(new CheckedDashboard(service.sockets(), users.get(i), "polling"));
        }
        for (CheckedDashboard dashboard : dashboards) {
            dashboard.awaitState();
        }
        service.awaitFeed();
    }

    /** Changes everything all the time, on a connection that it makes anew when it breaks. */
    private final class Load implements AutoCloseable {
        private final AtomicInteger commits = new AtomicInteger();
        private final Thread thread = new Thread(this::run, "load");
        private volatile boolean stopped;

        Load() {
            thread.start();
        }

        private void run() {
            while (!stopped) {
                try (Connection connection = service.connect();
                        Statement statement = connection.createStatement()) {
                    while (!stopped) {
                        statement.execute("UPDATE business_metrics SET views_count = views_count + 1 WHERE id = '"
                                + businesses.get(commits.get() % businesses.size()) + "'");
                        commits.incrementAndGet();
                    }
                } catch (SQLException e) {
                    // the fault: go on with a new connection
                }
            }
        }

        void awaitMore(int count) {
            int target = commits.get() + count;
            await().atMost(java.time.Duration.ofSeconds(60)).until(() -> commits.get() >= target);
        }

        @Override
        public void close() {
            stopped = true;
            Uninterruptibles.joinUninterruptibly(thread);
        }
    }

    private void everyDashboardHasEverything() throws Exception {
        for (int i = 0; i < dashboards.size(); i++) {
            UUID user = users.get(i / 2);
            long views = Long.parseLong(service.queried(
                    "SELECT sum(views_count) FROM business_metrics WHERE id = '" + businesses.get(i / 2) + "'"));
            dashboards.get(i).await(service.revision(user), views);
            assertThat(dashboards.get(i).faults()).isEmpty();
            assertThat(dashboards.get(i).fullStates())
                    .as("caught up, not started over")
                    .isEqualTo(1);
            assertThat(new Rest(service.api(), user)
                            .get("/api/dashboard/tenant/kpis")
                            .data()
                            .path("landlordViews")
                            .asLong())
                    .isEqualTo(views);
        }
    }

    private void killTheFeedsBackend() throws Exception {
        killed = awaitFeedsBackend();
        assertThat(service.queried("SELECT pg_terminate_backend(" + killed + ")"))
                .isEqualTo("t");
    }

    /** Another one than was killed last, of which the service may not have noticed yet that it is gone. */
    private String awaitFeedsBackend() {
        String backend = await().atMost(java.time.Duration.ofSeconds(60))
                .until(
                        () -> service.queried("SELECT max(active_pid) FROM pg_replication_slots"),
                        pid -> pid != null && !pid.equals(killed));
        service.awaitFeed();
        return backend;
    }

    @Test
    void theFeedsBackendIsKilled() throws Exception {
        openDashboards();
        try (Load load = new Load()) {
            for (int i = 0; i < 3; i++) {
                load.awaitMore(50);
                killTheFeedsBackend();
                load.awaitMore(50);
            }
            awaitFeedsBackend();
        }
        everyDashboardHasEverything();
    }

    @Test
    void whatCommitsBetweenTwoSlotsIsFoundWhenTheSecondStands() throws Exception {
        openDashboards(
                LiveService.on(database, redis.url())
                        .with("delivery.sweepWhileFed", "10m")
                        .with("delivery.sweepWhileUnfed", "10m"),
                1);
        for (int i = 0; i < 5; i++) {
            killTheFeedsBackend();
            service.addViews(businesses.get(0), 1); // and nothing after it that could show the gap
            everyDashboardHasEverything();
        }
    }

    @Test
    void postgresRestarts() throws Exception {
        openDashboards();
        int connects = dashboards.get(0).connects();
        try (Load load = new Load()) {
            load.awaitMore(50);
            database.restart();
            load.awaitMore(100);
        }
        everyDashboardHasEverything();
        assertThat(dashboards.get(0).connects()).as("dashboards stay open").isEqualTo(connects);
        service.awaitFeed();
    }

    @Test
    void redisRestarts() throws Exception {
        openDashboards();
        try (Load load = new Load()) {
            load.awaitMore(50);
            redis.stop();
            load.awaitMore(100);
            redis.start();
            load.awaitMore(50);
        }
        everyDashboardHasEverything();
    }

    @Test
    void theFeedsBackendFreezesAndTheOthersDoNot() throws Exception {
        openDashboards();
        service.addViewsOneByOne(businesses.get(0), 10);
        everyDashboardHasEverything();
        long backend = Long.parseLong(service.queried("SELECT active_pid FROM pg_replication_slots"));
        ServiceProcess.signal("STOP", backend);
        try {
            service.addViewsOneByOne(businesses.get(0), 10);
            everyDashboardHasEverything();
            await().until(() -> !service.isLeading());
        } finally {
            ServiceProcess.signal("CONT", backend);
        }
        service.awaitFeed();
        service.addViewsOneByOne(businesses.get(0), 10);
        everyDashboardHasEverything();
    }

    @Test
    void theLineToPostgresFreezes() throws Exception {
        int port = EmbeddedDatabase.freePort();
        try (CutLine line = new CutLine(port, database.port())) {
            service = LiveService.on(database, redis.url())
                    .with("feed.heartbeatTimeout", "1s")
                    .with("feed.heartbeatInterval", "200ms")
                    .through(port);
            openDashboards(service, 1);
            try (Load load = new Load()) {
                load.awaitMore(50);
                line.freeze();
                load.awaitMore(200);
                await().until(() -> !service.isLeading());
                line.thaw();
                line.drop();
                load.awaitMore(50);
            }
            everyDashboardHasEverything();
        }
    }

    @Test
    void whoIsCutOffSaysThatWhatItSentMayBeOldAndWhenItIsTrueAgain() throws Exception {
        int port = EmbeddedDatabase.freePort();
        try (CutLine line = new CutLine(port, database.port())) {
            service = LiveService.on(database, redis.url())
                    .with("feed.heartbeatTimeout", "1s")
                    .with("feed.heartbeatInterval", "200ms")
                    .with("delivery.staleAfter", "2s")
                    .through(port);
            openDashboards(service, 1);
            CheckedDashboard dashboard = dashboards.get(0);
            line.freeze();
            int statesBefore = dashboard.states();
            await().until(() -> dashboard.staleMillis() >= 2_000);
            service.addViewsOneByOne(businesses.get(0), 10);
            assertThat(dashboard.states()).as("nothing says that it is true").isEqualTo(statesBefore);
            line.thaw();
            line.drop();
            await().until(() -> dashboard.states() > statesBefore);
            everyDashboardHasEverything();
        }
    }

    @Test
    void aRowThatCannotBeReadCostsItsTenantAFullStateAndOthersNothing() throws Exception {
        openDashboards();
        UUID user = users.get(0);
        long revision = service.revision(user);
        String[] poison = {"'business:deleted', 'infinity'", "'metrics:updated', now()", "'of another version', now()"};
        int fullStates = 1;
        for (String row : poison) {
            service.addViewsOneByOne(businesses.get(1), 5);
            revision++;
            service.sql(
                    "WITH bumped AS (UPDATE live.tenant_kpis SET revision = " + revision + " WHERE user_id = '" + user
                            + "') INSERT INTO live.dashboard_event (user_id, revision, type, created_at, sums)"
                            + " SELECT user_id, " + revision + ", " + row
                            + ", ARRAY[active_businesses, landlord_views, messages_total, invites_total] FROM live.tenant_kpis WHERE user_id = '"
                            + user + "'");
            service.addViewsOneByOne(businesses.get(0), 5);
            service.addViewsOneByOne(businesses.get(1), 5);
            revision += 5;
            fullStates++;
            for (CheckedDashboard dashboard : dashboards.subList(0, 2)) {
                int expected = fullStates;
                dashboard.await(revision, 5L * (fullStates - 1));
                await().until(() -> dashboard.fullStates() == expected);
                assertThat(dashboard.faults()).isEmpty();
            }
        }
        for (CheckedDashboard dashboard : dashboards.subList(2, 4)) {
            dashboard.await(service.revision(users.get(1)), 10L * poison.length);
            assertThat(dashboard.faults()).isEmpty();
            assertThat(dashboard.fullStates()).as("others are unhurt").isEqualTo(1);
        }
        // The sweep may have been first.
        await().untilAsserted(() -> assertThat(
                        service.metrics().getMeters().get("feed.poisoned").getCount())
                .isEqualTo(poison.length));
        assertThat(service.metrics().getMeters().get("journal.unreadable").getCount())
                .isPositive();
    }

    @Test
    void withoutLogicalReplicationTheSweepServes() throws Exception {
        database.close();
        database = EmbeddedDatabase.startTemporary(Map.of("wal_level", "replica"));
        service = LiveService.on(database, redis.url()).start();
        UUID user = UUID.randomUUID();
        users.add(user);
        businesses.add(service.createBusiness(user, "b"));
        CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket");
        dashboards.add(dashboard);
        dashboard.awaitState();
        service.addViewsOneByOne(businesses.get(0), 300);
        dashboard.await(service.revision(user), 300);
        assertThat(dashboard.faults()).isEmpty();
        assertThat(dashboard.fullStates()).isEqualTo(1);
        Rest.Answer health =
                Rest.send(java.net.http.HttpRequest.newBuilder(service.admin().resolve("/healthcheck"))
                        .build());
        assertThat(health.body().path("feed").path("message").asText()).contains("wal_level is replica");
    }
}
