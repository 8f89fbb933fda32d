package com.tenantlist.live.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.Rest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes, the second of which reaches Redis by a line that can be cut. */
class PresenceTest {
    private final UUID user = UUID.randomUUID();
    private final List<CheckedDashboard> dashboards = new ArrayList<>();
    private EmbeddedRedis redis;
    private CutLine line;
    private LiveService one;
    private LiveService two;

    @BeforeEach
    void twoNodes() throws Exception {
        redis = EmbeddedRedis.startTemporary();
        line = new CutLine(EmbeddedDatabase.freePort(), redis.port());
        one = node(LiveService.on(Parts.database(), redis.url()), "one").start();
        two = node(
                        LiveService.on(
                                Parts.database(),
                                "redis://127.0.0.1:" + line.uri().getPort()),
                        "two")
                .sharing(one)
                .start();
    }

    private static LiveService node(LiveService service, String name) {
        return service.with("presence.nodeName", name)
                .with("presence.refreshInterval", "200ms")
                .with("presence.nodeExpiry", "1s");
    }

    @AfterEach
    void stop() throws Exception {
        dashboards.forEach(CheckedDashboard::close);
        one.close();
        two.close();
        line.close();
        redis.close();
    }

    private CheckedDashboard open(LiveService node) throws Exception {
        CheckedDashboard dashboard = new CheckedDashboard(node.sockets(), user, "websocket");
        dashboards.add(dashboard);
        dashboard.awaitState();
        return dashboard;
    }

    private void awaitCount(int count, CheckedDashboard... told) {
        for (CheckedDashboard dashboard : told) {
            await().atMost(Duration.ofSeconds(20)).until(() -> dashboard.connections() == count);
        }
    }

    private static JsonNode asked(LiveService node, UUID... users) throws Exception {
        List<String> ids = List.of(users).stream().map(UUID::toString).toList();
        Rest.Answer answer = new Rest(node.api(), UUID.randomUUID(), Role.ADMIN)
                .get("/api/presence?userIds=" + String.join(",", ids));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.data();
    }

    private void awaitAnswer(LiveService node, String expected) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(asked(node, user)
                                .path("presence")
                                .get(0)
                                .path("nodes")
                                .toString())
                        .isEqualTo(expected));
    }

    private void awaitComplete(LiveService node) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> asked(node, user).path("complete").asBoolean());
    }

    @Test
    void dashboardsOnBothNodesAreCountedTogether() throws Exception {
        CheckedDashboard first = open(one);
        awaitCount(1, first);
        CheckedDashboard second = open(two);
        CheckedDashboard third = open(two);
        awaitCount(3, first, second, third);
        awaitAnswer(one, "{\"one\":1,\"two\":2}");
        UUID nobody = UUID.randomUUID();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            JsonNode answer = asked(two, nobody, user);
            assertThat(answer.path("complete").asBoolean()).isTrue();
            assertThat(answer.path("presence").get(0))
                    .hasToString("{\"userId\":\"" + nobody + "\",\"online\":false,\"connections\":0,\"nodes\":{}}");
            assertThat(answer.path("presence").get(1).path("online").asBoolean())
                    .isTrue();
            assertThat(answer.path("presence").get(1).path("connections").asInt())
                    .isEqualTo(3);
        });

        third.close();
        awaitCount(2, first, second);
        first.close();
        awaitCount(1, second);
        awaitAnswer(one, "{\"two\":1}");
        second.close();
        awaitAnswer(one, "{}");
    }

    @Test
    void aNodeThatStopsTakesItsDashboardsAlongAtOnce() throws Exception {
        CheckedDashboard first = open(one);
        open(two);
        awaitCount(2, first);
        two.close();
        awaitCount(1, first);
        awaitAnswer(one, "{\"one\":1}");
        two.start();
    }

    @Test
    void aNodeThatFallsSilentIsGoneAndCountsAgainWhenItComesBack() throws Exception {
        CheckedDashboard first = open(one);
        CheckedDashboard second = open(two);
        awaitCount(2, first, second);
        line.cut();
        awaitCount(1, first);
        awaitCount(1, second);
        awaitAnswer(one, "{\"one\":1}");
        assertThat(asked(two, user).path("complete").asBoolean()).isFalse();
        awaitAnswer(two, "{\"two\":1}");
        line.restore();
        awaitCount(2, first, second);
        awaitAnswer(one, "{\"one\":1,\"two\":1}");
        awaitComplete(two);
    }

    @Test
    void whoLeftWhileRedisWasAwayIsNotCountedAfterwards() throws Exception {
        CheckedDashboard first = open(one);
        CheckedDashboard second = open(two);
        CheckedDashboard third = open(two);
        awaitCount(3, first, second, third);
        line.cut();
        awaitCount(1, first);
        second.close();
        third.close();
        await().until(() ->
                two.metrics().getGauges().get("presence.users").getValue().equals(0));
        line.restore();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> two.metrics()
                        .getGauges()
                        .get("presence.nodes")
                        .getValue()
                        .equals(2));
        awaitComplete(two);
        awaitAnswer(one, "{\"one\":1}");
        assertThat(first.connections()).isEqualTo(1);
    }

    @Test
    void aRedisThatForgotEverythingIsToldAgain() throws Exception {
        CheckedDashboard first = open(one);
        CheckedDashboard second = open(two);
        awaitCount(2, first, second);
        redis.command("FLUSHALL");
        asked(one, user); // which says that it is there: the others must learn of its users all the same
        awaitAnswer(one, "{\"one\":1,\"two\":1}");
        awaitAnswer(two, "{\"one\":1,\"two\":1}");
        CheckedDashboard third = open(one);
        awaitCount(3, first, second, third);
    }

    @Test
    void onlyAdministratorsAskAndBadQuestionsAreExplained() throws Exception {
        Rest tenant = new Rest(one.api(), user);
        assertThat(tenant.get("/api/presence?userIds=" + user).status()).isEqualTo(403);
        Rest admin = new Rest(one.api(), user, Role.ADMIN);
        assertThat(admin.get("/api/presence").text()).contains("userIds is missing");
        assertThat(admin.get("/api/presence?userIds=x").text()).contains("userIds must be a UUID");
        String many = String.join(
                ",",
                java.util.stream.Stream.generate(() -> UUID.randomUUID().toString())
                        .limit(101)
                        .toList());
        assertThat(admin.get("/api/presence?userIds=" + many).text()).contains("there may be 100");
    }
}
