package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three nodes on one database and one Redis. The sweep is off where it would hide what the bus does. */
class ManyNodesTest {
    private final UUID user = UUID.randomUUID();
    private final List<LiveService> nodes = new ArrayList<>();
    private final List<CheckedDashboard> dashboards = new ArrayList<>();
    private final List<AutoCloseable> lines = new ArrayList<>();
    private EmbeddedDatabase database;
    private EmbeddedRedis redis;
    private UUID business;
    private long views;

    @BeforeEach
    void partsOfItsOwn() {
        database = EmbeddedDatabase.startTemporary();
        redis = EmbeddedRedis.startTemporary();
    }

    @AfterEach
    void stop() throws Exception {
        dashboards.forEach(CheckedDashboard::close);
        nodes.forEach(LiveService::close);
        for (AutoCloseable line : lines) {
            line.close();
        }
        redis.close();
        database.close();
    }

    private LiveService node() {
        LiveService service = LiveService.on(database, redis.url());
        return nodes.isEmpty() ? service : service.sharing(nodes.get(0));
    }

    private void start(LiveService service) throws Exception {
        nodes.add(service.start());
        if (business == null) {
            business = service.createBusiness(user, "Everywhere");
        }
        CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket");
        dashboards.add(dashboard);
        dashboard.awaitState();
    }

    private static LiveService withoutSweep(LiveService service) {
        return service.with("delivery.sweepWhileFed", "10m").with("delivery.sweepWhileUnfed", "10m");
    }

    private LiveService leader() {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream().filter(LiveService::isLeading).findFirst(), Optional::isPresent)
                .orElseThrow();
    }

    private void awaitAllFed() {
        await().atMost(Duration.ofSeconds(30)).until(() -> nodes.stream().allMatch(LiveService::isFed));
    }

    private void change(int times) throws Exception {
        nodes.get(0).addViewsOneByOne(business, times);
        views += times;
    }

    private void everyDashboardHasEverything() throws Exception {
        long revision = nodes.get(0).revision(user);
        for (CheckedDashboard dashboard : dashboards) {
            dashboard.await(revision, views);
            assertThat(dashboard.faults()).isEmpty();
            assertThat(dashboard.fullStates()).isEqualTo(1);
        }
    }

    @Test
    void theLeadersEventsReachTheDashboardsOfAllNodes() throws Exception {
        for (int i = 0; i < 3; i++) {
            start(withoutSweep(node()));
        }
        awaitAllFed();
        change(300);
        everyDashboardHasEverything();
        await().untilAsserted(() ->
                assertThat(nodes).filteredOn(LiveService::isLeading).hasSize(1));
        for (LiveService node : nodes) {
            assertThat(node.metrics().getMeters().get("delivery.journal.reads").getCount())
                    .as("by the bus, not by the journal")
                    .isLessThan(10);
        }
    }

    @Test
    void aCacheThatOneNodeFillsServesTheOthers() throws Exception {
        for (int i = 0; i < 3; i++) {
            start(node());
        }
        awaitAllFed();
        change(1);
        everyDashboardHasEverything();
        for (LiveService node : nodes) {
            await().until(() -> {
                assertThat(new Rest(node.api(), user)
                                .get("/api/dashboard/tenant/kpis")
                                .data()
                                .path("landlordViews")
                                .asLong())
                        .isEqualTo(views);
                return node.metrics().getMeters().get("kpi.cache.hits").getCount() > 0;
            });
        }
    }

    @Test
    void whenTheLeaderStopsAnotherTakesOverAndNothingIsLost() throws Exception {
        for (int i = 0; i < 3; i++) {
            start(node());
        }
        for (int left = 3; left > 1; left--) {
            awaitAllFed();
            change(50);
            LiveService leader = leader();
            int number = nodes.indexOf(leader);
            everyDashboardHasEverything();
            dashboards.remove(number).close();
            nodes.remove(number);
            leader.close();
            change(50);
            everyDashboardHasEverything();
        }
        awaitAllFed();
        change(50);
        everyDashboardHasEverything();
    }

    @Test
    void aLeaderWhoseLineToTheDatabaseIsFrozenLosesTheSlotAndLeavesWhenItThaws() throws Exception {
        CutLine line = new CutLine(EmbeddedDatabase.freePort(), database.port());
        lines.add(line);
        start(node().through(line.uri().getPort()));
        nodes.get(0).awaitFeed();
        start(node());
        start(node());
        awaitAllFed();
        change(20);
        everyDashboardHasEverything();

        line.freeze();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream().skip(1).anyMatch(LiveService::isLeading));
        change(20);
        line.thaw();
        everyDashboardHasEverything();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream().filter(LiveService::isLeading).count() == 1
                        && !nodes.get(0).isLeading());
        awaitAllFed();
        change(20);
        everyDashboardHasEverything();
    }

    @Test
    void withoutRedisTheNodesThatDoNotLeadLookForThemselves() throws Exception {
        for (int i = 0; i < 3; i++) {
            start(node());
        }
        awaitAllFed();
        change(20);
        everyDashboardHasEverything();
        redis.stop();
        change(100);
        everyDashboardHasEverything();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> nodes.stream().filter(LiveService::isFed).count() == 1);
        change(100);
        everyDashboardHasEverything();
        redis.start();
        awaitAllFed();
        change(100);
        everyDashboardHasEverything();
    }

    @Test
    void anEpochThatAnOperatorRenewsReachesAllNodesAtOnce() throws Exception {
        for (int i = 0; i < 3; i++) {
            start(withoutSweep(node()));
        }
        awaitAllFed();
        change(5);
        everyDashboardHasEverything();
        nodes.get(0).sql("UPDATE live.epoch SET value = gen_random_uuid()");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> dashboards.stream().allMatch(dashboard -> dashboard.fullStates() == 2));
        change(5);
        long revision = nodes.get(0).revision(user);
        for (CheckedDashboard dashboard : dashboards) {
            dashboard.await(revision, views);
            assertThat(dashboard.fullStates())
                    .as("once, though three nodes saw it")
                    .isEqualTo(2);
        }
    }
}
