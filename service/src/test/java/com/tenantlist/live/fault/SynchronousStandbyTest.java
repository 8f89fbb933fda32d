package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The synchronous standby is away: the WAL shows commits, and queries do not, until it is back. */
class SynchronousStandbyTest {
    /** Much longer than anything is waited for on suspicion. */
    private static final Duration AWAY = Duration.ofSeconds(6);

    private final UUID user = UUID.randomUUID();
    private final List<CheckedDashboard> dashboards = new ArrayList<>();
    private EmbeddedDatabase database;
    private EmbeddedRedis redis;
    private LiveService service;
    private UUID business;

    @BeforeEach
    void parts() {
        database = EmbeddedDatabase.startTemporary();
        redis = EmbeddedRedis.startTemporary();
    }

    private void start(LiveService prepared) throws Exception {
        service = prepared.start();
        business = service.createBusiness(user, "Everywhere");
        service.awaitFeed();
    }

    @AfterEach
    void stop() throws Exception {
        setStandby("");
        dashboards.forEach(CheckedDashboard::close);
        service.close();
        redis.close();
        database.close();
    }

    private CheckedDashboard open(LiveService on, String transport) throws InterruptedException {
        CheckedDashboard dashboard = new CheckedDashboard(on.sockets(), user, transport);
        dashboards.add(dashboard);
        dashboard.awaitState();
        return dashboard;
    }

    /** Commits wait for that one from now on; for none, if it has no name. */
    private void setStandby(String name) throws SQLException {
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
            statement.execute("SELECT pg_reload_conf()");
        }
        await().until(() -> service.queried("SHOW synchronous_standby_names").equals(name));
        // Whether commits wait is told to all by the checkpointer: it has done so before it makes one.
        service.sql("CHECKPOINT");
    }

    private CompletableFuture<Void> addViewsThatWait() {
        return CompletableFuture.runAsync(() -> {
            try {
                service.addViews(business, 1);
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        });
    }

    /** How many heartbeats the leader has read. */
    private long beats() {
        return service.metrics().getTimers().get("feed.lag").getCount();
    }

    private String epoch() throws Exception {
        return new Rest(service.api(), user)
                .get("/api/dashboard/tenant")
                .data()
                .path("epoch")
                .asText();
    }

    /** Where any reader of the WAL is a standby, a node reads none of it: its confirmations would be taken for a replica's. */
    @ParameterizedTest
    @ValueSource(strings = {"*", "ANY 1 (nobody, *)", "FIRST 1 (\"*\")"})
    void nobodyWaitsForUs(String names) throws Exception {
        start(LiveService.on(database, redis.url()));
        setStandby(names);
        awaitThatNobodyReads(service);
        try (LiveService node =
                LiveService.on(database, redis.url()).sharing(service).start()) {
            awaitThatNobodyReads(node);
        }
    }

    private void awaitThatNobodyReads(LiveService node) {
        await().until(() -> Rest.send(HttpRequest.newBuilder(node.admin().resolve("/healthcheck"))
                        .build())
                .text()
                .contains("synchronous_standby_names has a *"));
        await().until(() ->
                service.queried("SELECT count(*) FROM pg_stat_replication").equals("0"));
    }

    @Test
    void nothingIsRenewedNothingIsLostAndNobodyGoesBack() throws Exception {
        // While a commit waits no other slot can be made: a machine that is busy must not cost this one.
        start(LiveService.on(database, redis.url())
                .with("feed.heartbeatTimeout", "60s")
                .with("feed.leaderTimeout", "60s"));
        CheckedDashboard first = open(service, "websocket");
        CheckedDashboard second = open(service, "polling");
        service.addViewsOneByOne(business, 3);
        long before = service.revision(user);
        first.await(before, 3);
        second.await(before, 3);
        String epoch = epoch();

        setStandby("nobody");
        CompletableFuture<Void> waiting = addViewsThatWait();
        first.await(before + 1, 4);
        second.await(before + 1, 4);
        assertThat(service.revision(user)).as("queries do not show it").isEqualTo(before);

        second.reconnect();
        await().atMost(Duration.ofSeconds(30)).until(() -> second.states() == 2);
        first.askForEverything();
        CheckedDashboard third = open(service, "websocket");
        third.await(before + 1, 4);
        try (LiveService node =
                LiveService.on(database, redis.url()).sharing(service).start()) {
            // A node that has seen nothing of it can only show what queries do.
            CheckedDashboard fourth = open(node, "websocket");
            assertThat(fourth.revision()).isEqualTo(before);

            long beats = beats();
            await().during(AWAY)
                    .atMost(AWAY.multipliedBy(3))
                    .until(() -> first.revision() == before + 1
                            && second.revision() == before + 1
                            && third.revision() == before + 1
                            && epoch().equals(epoch)
                            && service.isFed());
            assertThat(beats()).as("heartbeats do not wait").isGreaterThan(beats);
            assertThat(waiting).isNotDone();
            assertThat(service.revision(user)).isEqualTo(before);
            assertThat(first.fullStates()).as("it waits for all that was shown").isEqualTo(1);

            setStandby("");
            waiting.get(30, TimeUnit.SECONDS);
            service.addViewsOneByOne(business, 3);
            for (CheckedDashboard dashboard : dashboards) {
                dashboard.await(before + 4, 7);
                assertThat(dashboard.faults()).isEmpty();
                assertThat(dashboard.epoch()).isEqualTo(first.epoch());
            }
            await().until(() -> first.fullStates() == 2);
            assertThat(second.fullStates()).isEqualTo(1);
            assertThat(third.fullStates()).isEqualTo(1);
            assertThat(fourth.fullStates()).isEqualTo(1);
            assertThat(epoch()).isEqualTo(epoch);
            fourth.close();
            dashboards.remove(fourth);
        }
    }
}
