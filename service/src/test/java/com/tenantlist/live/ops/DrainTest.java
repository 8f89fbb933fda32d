package com.tenantlist.live.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes; the first is drained. */
class DrainTest {
    private final UUID user = UUID.randomUUID();
    private final HttpClient http = HttpClient.newHttpClient();
    private LiveService node;
    private LiveService other;

    @BeforeEach
    void start() throws Exception {
        node = LiveService.onSharedParts()
                .with("drain.notice", "300ms")
                .with("drain.rate", "2")
                .start();
        node.awaitFeed();
        other = LiveService.onSharedParts().sharing(node).start();
    }

    @AfterEach
    void stop() {
        node.close();
        other.close();
    }

    private HttpResponse<String> get(URI uri) throws Exception {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> drain() {
        return http.sendAsync(
                HttpRequest.newBuilder(node.admin().resolve("/tasks/drain"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aNodeThatDrainsSaysSoSendsItsDashboardsAwayAndLetsNobodyIn() throws Exception {
        UUID business = node.createBusiness(user, "Moving");
        try (RawSocket first = RawSocket.dashboard(node.sockets(), user);
                CheckedDashboard staying = new CheckedDashboard(other.sockets(), user, "websocket")) {
            staying.awaitState();
            assertThat(get(node.admin().resolve("/ready")).statusCode()).isEqualTo(200);
            CompletableFuture<HttpResponse<String>> drained = drain();
            await().until(() -> get(node.admin().resolve("/ready")).statusCode() == 503);
            assertThat(get(node.admin().resolve("/healthcheck")).body()).contains("draining");
            assertThat(get(other.admin().resolve("/ready")).statusCode()).isEqualTo(200);

            String farewell = first.awaitEvent("server:draining");
            assertThat(farewell).containsPattern("\"retryAfterMs\":\\d+,\"revision\":\\d+,\"timestamp\":\"20");
            first.awaitClosed();
            assertThat(drained.get().body()).contains("draining 1 dashboards").contains("0 dashboards are left");

            HttpResponse<String> refused = get(node.sockets().resolve("/socket.io/?EIO=4&transport=polling"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(new Rest(node.api(), user).get("/api/dashboard/tenant").status())
                    .as("REST answers until the end")
                    .isEqualTo(200);
            await().until(other::isLeading);
            assertThat(node.isLeading()).isFalse();
            node.addViews(business, 7);
            staying.await(node.revision(user), 7);
            assertThat(staying.faults()).isEmpty();
        }
    }

    @Test
    void dashboardsLeaveAtTheRateThatTheOthersCanBear() throws Exception {
        int count = 10; // at 2 a second
        CheckedDashboard[] dashboards = new CheckedDashboard[count];
        for (int i = 0; i < count; i++) {
            dashboards[i] = new CheckedDashboard(node.sockets(), UUID.randomUUID(), "websocket");
            dashboards[i].awaitState();
        }
        CompletableFuture<HttpResponse<String>> drained = drain();
        await().until(() -> node.metrics().getCounters().get("socket.connected").getCount() < count);
        assertThat(node.metrics().getCounters().get("socket.connected").getCount())
                .as("not all at once")
                .isPositive();
        drained.get();
        await().until(() -> node.metrics().getCounters().get("socket.connected").getCount() == 0);
        for (CheckedDashboard dashboard : dashboards) {
            dashboard.close();
        }
    }
}
