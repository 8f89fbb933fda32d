package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The leader's rests, of ten minutes each: what comes meanwhile comes because a rest ended, or was not taken. The sweep is off,
 * which would bring it too.
 */
class LeadersRestTest {
    private final UUID user = UUID.randomUUID();
    private LiveService service;
    private Set<Thread> threadsBefore;
    private UUID business;
    private boolean closed;

    private static LiveService withLongRests(LiveService service) {
        return service.with("feed.restWhileUnwatched", "10m")
                .with("feed.heartbeatTimeout", "1h")
                .with("feed.leaderTimeout", "1h")
                .with("delivery.sweepWhileFed", "1h")
                .with("delivery.sweepWhileUnfed", "1h");
    }

    /** The first commit is relayed, and followed by a rest. */
    @BeforeEach
    void aLeaderThatRests() throws Exception {
        threadsBefore = feedThreads();
        service = withLongRests(LiveService.onSharedParts()).start();
        service.awaitFeed();
        awaitThatNobodyIsHeard();
        business = service.createBusiness(user, "Unwatched");
        await().until(() -> count("feed.batches") == 1);
    }

    /** At the start a node cannot know that it is alone. */
    private void awaitThatNobodyIsHeard() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> service.metrics()
                        .getGauges()
                        .get("bus.alone")
                        .getValue()
                        .equals(1));
    }

    @AfterEach
    void stop() {
        if (!closed) {
            service.close();
        }
    }

    private long count(String meter) {
        return service.metrics().getMeters().get(meter).getCount();
    }

    private static Set<Thread> feedThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("feed"))
                .collect(Collectors.toSet());
    }

    private Thread feedThread() {
        Set<Thread> now = feedThreads();
        now.removeAll(threadsBefore);
        assertThat(now).hasSize(1);
        return now.iterator().next();
    }

    /** Everything that is committed has left the server. */
    private void awaitThatAllIsSent() throws Exception {
        String end = service.queried("SELECT pg_current_wal_flush_lsn()");
        await().until(() -> service.queried("SELECT bool_and(sent_lsn >= '" + end + "') FROM pg_stat_replication r"
                        + " JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE s.database = current_database()")
                .equals("t"));
    }

    @Test
    void manyCommitsAreReadInOneTurn() throws Exception {
        service.addViewsOneByOne(business, 50);
        awaitThatAllIsSent();
        assertThat(count("feed.batches")).as("it rests").isEqualTo(1);
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket")) {
            dashboard.awaitState();
            await().until(() -> count("feed.events") == 51);
            assertThat(count("feed.batches")).as("batches of 51 commits").isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "polling"})
    void aSessionThatComesEndsTheRestAndThereIsNoneWhileItIsHere(String transport) throws Exception {
        service.addViews(business, 1);
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, transport)) {
            dashboard.awaitState();
            for (int views = 2; views < 5; views++) {
                service.addViews(business, 1);
                dashboard.await(1 + views, views);
            }
            assertThat(dashboard.faults()).isEmpty();
            assertThat(dashboard.fullStates()).isEqualTo(1);
        }
    }

    @Test
    void anotherNodeThatIsHeardEndsTheRestAndThereIsNoneWhileItIs() throws Exception {
        service.addViews(business, 1);
        assertThat(count("feed.events")).as("it rests").isEqualTo(1);
        LiveService other = withLongRests(LiveService.onSharedParts()).sharing(service);
        other.start();
        try {
            await().until(() -> count("feed.events") == 2);
            for (int events = 3; events < 6; events++) {
                service.addViews(business, 1);
                long wanted = events;
                await().until(() -> count("feed.events") == wanted);
            }
            assertThat(other.isLeading()).isFalse();
        } finally {
            other.close();
        }
    }

    @Test
    void aLeaderThatGivesItsSlotAwayDoesSoDuringARest() throws Exception {
        Rest.send(HttpRequest.newBuilder(service.admin().resolve("/tasks/drain"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
        await().until(() -> !service.isLeading());
    }

    @Test
    void aNodeThatStopsEndsItsRest() {
        Thread feed = feedThread();
        service.close();
        closed = true;
        assertThat(feed.isAlive()).isFalse();
    }

    @Test
    void whoSawARevisionByRestGetsNoOlderKpisThoughTheFeedDidNotBringItYet() throws Exception {
        Rest rest = new Rest(service.api(), user);
        assertThat(views(rest)).isZero();
        service.addViews(business, 1);
        assertThat(rest.get("/api/dashboard/tenant").data().path("revision").asLong())
                .isEqualTo(2);
        assertThat(views(rest)).isEqualTo(1);
        service.addViews(business, 1);
        assertThat(rest.get("/api/dashboard/tenant/events?after=2")
                        .data()
                        .path("revision")
                        .asLong())
                .isEqualTo(3);
        assertThat(views(rest)).isEqualTo(2);
        assertThat(count("feed.events")).as("it rests").isEqualTo(1);
    }

    private static long views(Rest rest) throws Exception {
        return rest.get("/api/dashboard/tenant/kpis")
                .data()
                .path("landlordViews")
                .asLong();
    }
}
