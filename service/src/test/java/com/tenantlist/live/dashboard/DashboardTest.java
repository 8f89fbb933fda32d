package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DashboardTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static final Pattern REVISION = Pattern.compile("\"revision\":(\\d+)");

    private final UUID user = UUID.randomUUID();

    private static List<Long> revisions(List<String> frames, String... kinds) {
        return frames.stream()
                .filter(frame -> List.of(kinds).stream().anyMatch(kind -> frame.startsWith("42/dashboard,[\"" + kind)))
                .map(frame -> REVISION.matcher(frame)
                        .results()
                        .reduce((a, b) -> b)
                        .orElseThrow()
                        .group(1))
                .map(Long::valueOf)
                .toList();
    }

    @Test
    void payloadsAreThoseOfTheContract() throws Exception {
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,7[\"request:current-state\",{}]");
            String state = socket.await(frame -> frame.startsWith("43/dashboard,7"));
            assertThat(state)
                    .matches(
                            "43/dashboard,7\\[\\{\"recovered\":false,\"userId\":\"" + user
                                    + "\",\"epoch\":\"[A-Za-z0-9_-]{22}\",\"kpis\":"
                                    + "\\{\"activeBusinesses\":0,\"responseRate\":0,\"landlordViews\":0,\"messagesTotal\":0\\},"
                                    + "\"businesses\":\\[\\],\"revision\":0,\"timestamp\":\"[-0-9]{10}T[0-9:]{8}\\.\\d{3}Z\"\\}\\]");
            UUID id = UUID.randomUUID();
            service.sql(
                    "INSERT INTO businesses (id, user_id, name, category, status) VALUES ('%s', '%s', 'A \"B\"', 'F&B', 'active')"
                            .formatted(id, user));
            assertThat(socket.awaitEvent("business:created"))
                    .contains(
                            "\"business\"",
                            "\"id\":\"" + id,
                            "\"user_id\":\"" + user,
                            "\"name\":\"A \\\"B\\\"\"",
                            "\"category\":\"F&B\"",
                            "\"status\":\"active\"",
                            "\"is_verified\":false",
                            "\"revision\":1");
            assertThat(socket.awaitEvent("kpi:update")).contains("\"activeBusinesses\":1", "\"revision\":1");
            service.sql(
                    "INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count, property_invites_count)"
                            + " VALUES ('" + id + "', current_date, 12, 2, 3)");
            assertThat(socket.awaitEvent("metrics:updated"))
                    .contains(
                            "\"businessId\":\"" + id,
                            "\"views_count\":12",
                            "\"messages_count\":2",
                            "\"property_invites_count\":3",
                            "\"revision\":2");
            assertThat(socket.awaitEvent("kpi:update")).contains("\"responseRate\":66.7", "\"landlordViews\":12");
            service.sql("DELETE FROM businesses WHERE id = '" + id + "'");
            assertThat(socket.awaitEvent("business:deleted")).contains("{\"businessId\":\"" + id + "\",\"revision\":3");
        }
    }

    @Test
    void aDashboardThatNeverAsksGetsLiveEventsAllTheSame() throws Exception {
        UUID business = service.createBusiness(user, "Quiet");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            service.addViews(business, 3);
            assertThat(socket.awaitEvent("metrics:updated")).contains("\"views_count\":3");
            assertThat(socket.awaitEvent("kpi:update")).contains("\"landlordViews\":3");
        }
    }

    @Test
    void whatWasMissedComesInOrderThenKpisThenReconnected() throws Exception {
        UUID business = service.createBusiness(user, "Missed");
        long held = service.revision(user);
        service.addViewsOneByOne(business, 120);
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,1[\"request:current-state\",{\"after\":" + held + "}]");
            String ack = socket.await(frame -> frame.startsWith("43/dashboard,1"));
            assertThat(ack)
                    .contains("\"recovered\":true", "\"landlordViews\":120")
                    .doesNotContain("businesses\"");
            List<String> events = socket.seen().stream()
                    .filter(frame -> frame.startsWith("42"))
                    .toList();
            assertThat(revisions(events, "metrics:updated"))
                    .isEqualTo(
                            LongStream.rangeClosed(held + 1, held + 120).boxed().toList());
            assertThat(events.get(events.size() - 2)).startsWith("42/dashboard,[\"kpi:update\"");
            assertThat(events.get(events.size() - 1)).startsWith("42/dashboard,[\"reconnected\"");
        }
    }

    @Test
    void aRevisionThatIsPrunedUnknownOrOfAnotherEpochGetsFullState() throws Exception {
        UUID business = service.createBusiness(user, "Pruned");
        service.addViews(business, 5);
        service.sql("DELETE FROM live.dashboard_event WHERE user_id = '" + user + "' AND revision < 3");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            String[] requests = {
                "{\"after\":1}",
                "{\"after\":999}",
                "{\"after\":2,\"epoch\":\"another\"}",
                "{\"after\":2,\"epoch\":\"" + epoch(UUID.randomUUID()) + "\"}"
            };
            for (int i = 0; i < requests.length; i++) {
                socket.send("42/dashboard," + i + "[\"request:current-state\"," + requests[i] + "]");
                String ack = "43/dashboard," + i + "[";
                assertThat(socket.await(frame -> frame.startsWith(ack)))
                        .contains("\"recovered\":false", "\"landlordViews\":5", "\"name\":\"Pruned\"");
            }
            String[] own = {"{\"after\":2}", "{\"after\":2,\"epoch\":\"" + epoch(user) + "\"}"};
            for (int i = 0; i < own.length; i++) {
                socket.send("42/dashboard,9" + i + "[\"request:current-state\"," + own[i] + "]");
                String ack = "43/dashboard,9" + i + "[";
                assertThat(socket.await(frame -> frame.startsWith(ack)))
                        .contains("\"recovered\":true,\"userId\":\"" + user + "\",\"epoch\":\"" + epoch(user) + "\"");
            }
        }
    }

    private String epoch(UUID of) throws Exception {
        return new Rest(service.api(), of)
                .get("/api/dashboard/tenant")
                .data()
                .path("epoch")
                .asText();
    }

    @Test
    void kpisOfABurstAreConflatedAndTheLastOnesCome() throws Exception {
        UUID business = service.createBusiness(user, "Burst");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,[\"request:current-state\"]");
            socket.awaitEvent("reconnected");
            int before = socket.seen().size();
            long held = service.revision(user);
            long start = System.nanoTime();
            service.addViewsOneByOne(business, 300);
            List<Long> changes =
                    LongStream.rangeClosed(held + 1, held + 300).boxed().toList();
            String last = "\"revision\":" + (held + 300);
            assertThat(socket.await(frame -> isKpis(frame) && frame.contains(last)))
                    .contains("\"landlordViews\":300");
            long intervals = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 100;
            assertThat(revisions(socket.seen(), "metrics:updated")).isEqualTo(changes);
            assertThat(socket.seen().stream().skip(before).filter(DashboardTest::isKpis))
                    .as("KPIs of 300 commits: at once, then one each 100 ms")
                    .hasSizeBetween(1, 2 + (int) intervals);
        }
    }

    @Test
    void kpisOfACommitAreThoseAfterItFromItsFirstEventOn() throws Exception {
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,[\"request:current-state\"]");
            socket.awaitEvent("reconnected");
            int before = socket.seen().size();
            service.sql("INSERT INTO businesses (user_id, name, status) SELECT '" + user
                    + "', 'Burst ' || n, 'active' FROM generate_series(1, 300) n");
            socket.await(frame -> isKpis(frame) && frame.contains("\"revision\":300"));
            assertThat(revisions(socket.seen(), "business:created"))
                    .isEqualTo(LongStream.rangeClosed(1, 300).boxed().toList());
            assertThat(socket.seen().stream().skip(before).filter(DashboardTest::isKpis))
                    .allSatisfy(frame -> assertThat(frame).contains("\"activeBusinesses\":300"));
        }
    }

    private static boolean isKpis(String frame) {
        return frame.startsWith("42/dashboard,[\"kpi:update\"");
    }

    @Test
    void sessionsThatFallBehindTogetherShareTheJournalsPages() throws Exception {
        service.sql("WITH made AS (INSERT INTO businesses (user_id, name, status) SELECT '" + user
                + "', 'b' || n, 'active' FROM generate_series(1, 600) n RETURNING id)"
                + " INSERT INTO business_metrics (business_id, metric_date) SELECT id, current_date FROM made");
        List<CheckedDashboard> dashboards = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < 15; i++) {
                // Few that poll: the Java client has five requests a host at most, and the polls of all clients wait.
                dashboards.add(new CheckedDashboard(service.sockets(), user, i < 2 ? "polling" : "websocket"));
            }
            for (CheckedDashboard dashboard : dashboards) {
                dashboard.awaitState();
            }
            long before =
                    service.metrics().getMeters().get("delivery.journal.reads").getCount();
            // 600 events at once: more than a channel holds, and two pages.
            service.sql("UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id IN"
                    + " (SELECT id FROM businesses WHERE user_id = '" + user + "')");
            for (CheckedDashboard dashboard : dashboards) {
                dashboard.await(service.revision(user), 600);
                assertThat(dashboard.faults()).isEmpty();
            }
            assertThat(service.metrics()
                                    .getMeters()
                                    .get("delivery.journal.reads")
                                    .getCount()
                            - before)
                    .as("reads; each session by itself would need at least 2")
                    .isLessThan(2 * dashboards.size());
        } finally {
            dashboards.forEach(CheckedDashboard::close);
        }
    }

    @Test
    void nobodySeesAnothersEvents() throws Exception {
        UUID other = UUID.randomUUID();
        UUID business = service.createBusiness(other, "Private");
        UUID own = service.createBusiness(user, "Own");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,[\"request:current-state\",{\"room\":\"user:" + other + "\",\"userId\":\"" + other
                    + "\"}]");
            socket.awaitEvent("reconnected");
            service.addViews(business, 1000);
            service.addViews(own, 1);
            socket.awaitEvent("kpi:update");
            assertThat(socket.seen())
                    .noneMatch(frame -> frame.contains(business.toString()) || frame.contains(other.toString()));
        }
    }

    @Test
    void aWriteThatBypassedTheTriggersIsShownAfterTheRebuild() throws Exception {
        UUID business = service.createBusiness(user, "Bypassed");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,[\"request:current-state\"]");
            socket.awaitEvent("reconnected");
            service.sql("UPDATE live.tenant_kpis SET landlord_views = 99 WHERE user_id = '" + user
                    + "'; SELECT live.rebuild_kpis('" + user + "')");
            assertThat(socket.awaitEvent("kpi:update")).contains("\"landlordViews\":0", "\"revision\":2");
            service.addViews(business, 1);
            assertThat(socket.awaitEvent("metrics:updated")).contains("\"revision\":3");
        }
    }

    @Test
    void aRewoundHistoryBringsFullState() throws Exception {
        UUID business = service.createBusiness(user, "Rewound");
        service.addViews(business, 7);
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket")) {
            dashboard.await(2, 7);
            service.sql("UPDATE live.epoch SET value = gen_random_uuid()");
            // The sweep finds it when the feed begins anew.
            service.queried(
                    "SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots WHERE database = current_database()");
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> assertThat(dashboard.fullStates()).isEqualTo(2));
            service.addViews(business, 1);
            dashboard.await(3, 8);
            assertThat(dashboard.faults()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "polling", "polling,websocket"})
    void theOfficialClientGetsEveryRevisionOnceInOrder(String transports) throws Exception {
        UUID business = service.createBusiness(user, transports);
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, transports.split(","))) {
            dashboard.awaitState();
            service.addViewsOneByOne(business, 500);
            dashboard.await(501, 500);
            assertThat(dashboard.faults()).isEmpty();
            assertThat(dashboard.events()).isEqualTo(500);
        }
    }
}
