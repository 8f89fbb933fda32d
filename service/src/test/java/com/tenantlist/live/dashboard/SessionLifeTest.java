package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import com.tenantlist.live.testing.JsClient;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How sessions end before their clients want it: expiry, revocation, an administrator; and how they stay. */
class SessionLifeTest {
    @RegisterExtension
    static final LiveService service =
            LiveService.onSharedParts().with("auth.leeway", "0s").with("dashboard.expiryNotice", "5s");

    /** Long enough to connect with, and the notice to answer it; a socket is awaited for 10 s. */
    private static final Duration SHORT_LIFE = Duration.ofSeconds(8);

    private static Rest admin;

    private final UUID user = UUID.randomUUID();

    @BeforeAll
    static void anAdministrator() {
        admin = new Rest(service.api(), UUID.randomUUID(), Role.ADMIN);
    }

    private record Issued(String token, String id) {}

    private static Issued issue(UUID to, Role role, Duration life) {
        String id = UUID.randomUUID().toString();
        return new Issued(
                new TokenIssuer(LiveService.SECRET)
                        .issue(new TokenClaims(
                                to,
                                Optional.empty(),
                                role,
                                Optional.of(id),
                                Instant.now().plus(life))),
                id);
    }

    private static RawSocket open(String token) throws Exception {
        RawSocket socket = RawSocket.open(service.sockets());
        socket.send("40/dashboard,{\"token\":\"" + token + "\"}");
        socket.await(frame -> frame.startsWith("40/dashboard,"));
        return socket;
    }

    private static String refusal(String token) throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.send("40/dashboard,{\"token\":\"" + token + "\"}");
            return socket.await(frame -> frame.startsWith("44/dashboard,"));
        }
    }

    private static void awaitNoOtherEvents(RawSocket socket) throws Exception {
        socket.awaitClosed();
        assertThat(socket.seen()).noneMatch(frame -> frame.contains("metrics:updated"));
    }

    @Test
    void aTokensEndIsToldThenEndsTheSession() throws Exception {
        Issued issued = issue(user, Role.TENANT, SHORT_LIFE);
        try (RawSocket socket = open(issued.token())) {
            assertThat(socket.awaitEvent("auth:expiring"))
                    .contains("\"expiresAt\":\"20", "\"revision\":0", "timestamp");
            socket.awaitClosed();
        }
        assertThat(refusal(issued.token())).contains("TOKEN_EXPIRED");
    }

    @Test
    void aRefreshedSessionStaysBeyondItsFirstTokensEnd() throws Exception {
        UUID business = service.createBusiness(user, "Stays");
        Issued first = issue(user, Role.TENANT, SHORT_LIFE);
        Instant afterItsEnd = Instant.now().plus(SHORT_LIFE).plusSeconds(1);
        try (RawSocket socket = open(first.token())) {
            socket.awaitEvent("auth:expiring");
            socket.send("42/dashboard,1[\"auth:refresh\",{\"token\":\""
                    + issue(user, Role.TENANT, Duration.ofHours(1)).token() + "\"}]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,1")))
                    .contains("\"ok\":true", "\"expiresAt\":\"");
            await().atMost(Duration.ofSeconds(30)).until(() -> Instant.now().isAfter(afterItsEnd));
            service.addViews(business, 1);
            socket.awaitEvent("metrics:updated");
        }
    }

    @Test
    void onlyAValidTokenOfTheSameUserRefreshes() throws Exception {
        try (RawSocket socket = open(LiveService.token(user))) {
            List<List<String>> refused = List.of(
                    List.of(LiveService.token(UUID.randomUUID()), "FORBIDDEN"),
                    List.of(LiveService.token(user, Role.ADMIN, Duration.ofHours(1)), "FORBIDDEN"),
                    List.of(LiveService.token(user, Role.TENANT, Duration.ofHours(-1)), "TOKEN_EXPIRED"),
                    List.of("nonsense", "TOKEN_INVALID"),
                    List.of("", "TOKEN_MISSING"));
            for (List<String> attempt : refused) {
                socket.send("42/dashboard,7[\"auth:refresh\",{\"token\":\"" + attempt.get(0) + "\"}]");
                assertThat(socket.await(frame -> frame.startsWith("43/dashboard,7")))
                        .contains("\"ok\":false", "\"code\":\"" + attempt.get(1) + "\"");
            }
            socket.send("42/dashboard,8[\"auth:refresh\"]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,8")))
                    .contains("TOKEN_MISSING");
        }
    }

    @Test
    void aRevokedTokensSocketsAreGoneAndItIsRefusedEverywhere() throws Exception {
        UUID business = service.createBusiness(user, "Revoked");
        Issued issued = issue(user, Role.TENANT, Duration.ofHours(1));
        try (RawSocket first = open(issued.token());
                RawSocket second = open(issued.token());
                RawSocket other = open(LiveService.token(user))) {
            Rest.Answer answer = admin.post("/api/tokens/revocations", "{\"tokenId\":\"" + issued.id() + "\"}");
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.data().path("kind").asText()).isEqualTo("token");
            service.addViews(business, 1);
            awaitNoOtherEvents(first);
            awaitNoOtherEvents(second);
            other.awaitEvent("metrics:updated");
        }
        assertThat(refusal(issued.token())).contains("TOKEN_REVOKED");
        Rest revoked = Rest.withToken(service.api(), issued.token());
        assertThat(revoked.get("/api/dashboard/tenant/kpis").status()).isEqualTo(401);
        assertThat(revoked.get("/api/dashboard/tenant/kpis").text()).contains("TOKEN_REVOKED");
    }

    @Test
    void revokingAUserEndsAllTokensIssuedBefore() throws Exception {
        Issued issued = issue(user, Role.TENANT, Duration.ofHours(1));
        try (RawSocket socket = open(issued.token());
                RawSocket bystander = open(LiveService.token(UUID.randomUUID()))) {
            assertThat(admin.post("/api/tokens/revocations", "{\"userId\":\"" + user + "\"}")
                            .status())
                    .isEqualTo(200);
            socket.awaitClosed();
            bystander.send("42/dashboard,1[\"request:current-state\"]");
            bystander.await(frame -> frame.startsWith("43/dashboard,1"));
        }
        assertThat(refusal(issued.token())).contains("TOKEN_REVOKED");
        // A token's iat is in whole seconds: one of the next second is a new one.
        awaitLetIn();
    }

    private void awaitLetIn() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (RawSocket socket = RawSocket.open(service.sockets())) {
                socket.send("40/dashboard,{\"token\":\"" + LiveService.token(user) + "\"}");
                assertThat(socket.await(frame -> frame.startsWith("4"))).startsWith("40/dashboard,");
            }
        });
    }

    @Test
    void aRowWrittenByHandRevokesTooOnEveryNode() throws Exception {
        Issued issued = issue(user, Role.TENANT, Duration.ofHours(1));
        try (LiveService node = LiveService.onSharedParts().sharing(service).start();
                RawSocket here = open(issued.token());
                RawSocket there = RawSocket.open(node.sockets())) {
            there.send("40/dashboard,{\"token\":\"" + issued.token() + "\"}");
            there.await(frame -> frame.startsWith("40/dashboard,"));
            service.sql("INSERT INTO live.revocation (kind, subject) VALUES ('token', '" + issued.id() + "')");
            here.awaitClosed();
            there.awaitClosed();
        }
    }

    @Test
    void anEndedSessionsClientStaysAwayAndARevokedOnesIsToldWhy() throws Exception {
        Issued issued = issue(user, Role.TENANT, Duration.ofHours(1));
        try (JsClient client = JsClient.dashboard(service, issued.token(), "default", "websocket")) {
            client.await("connect");
            Rest.Answer ended = admin.delete("/api/sessions/" + user);
            assertThat(ended.status()).as(ended.text()).isEqualTo(200);
            assertThat(ended.data().path("disconnected").asInt()).isEqualTo(1);
            assertThat(client.await("disconnect").path("reason").asText()).isEqualTo("io server disconnect");
            client.send(java.util.Map.of("do", "reconnect"));
            client.await("connect");
            admin.post("/api/tokens/revocations", "{\"tokenId\":\"" + issued.id() + "\"}");
            assertThat(client.await("disconnect").path("reason").asText()).isEqualTo("transport close");
            JsonNode refused = client.await("connect_error");
            assertThat(refused.path("data").path("code").asText()).isEqualTo("TOKEN_REVOKED");
        }
    }

    @Test
    void aClientWhoseTokenEndedComesBackByItselfWithANewOne() throws Exception {
        try (JsClient client = JsClient.dashboard(service, LiveService.token(user), "default", "websocket")) {
            client.await("connect");
            // Only now, since node takes its time to start.
            connectsNextWith(client, issue(user, Role.TENANT, SHORT_LIFE).token());
            client.cut();
            client.await("disconnect");
            client.await("connect");
            client.awaitEvent("auth:expiring");
            connectsNextWith(client, LiveService.token(user));
            assertThat(client.await("disconnect").path("reason").asText()).isEqualTo("transport close");
            assertThat(client.await("connect").path("recovered").asBoolean()).isTrue();
        }
    }

    private static void connectsNextWith(JsClient client, String token) {
        client.send(java.util.Map.of("do", "auth", "auth", java.util.Map.of("token", token)));
    }

    @Test
    void badInputAndTheWrongRoleRevokeNothing() throws Exception {
        Rest tenant = new Rest(service.api(), user);
        String good = "{\"userId\":\"" + user + "\"}";
        assertThat(tenant.post("/api/tokens/revocations", good).status()).isEqualTo(403);
        assertThat(tenant.delete("/api/sessions/" + user).status()).isEqualTo(403);
        String before = service.queried("SELECT count(*) FROM live.revocation");
        List<String> bodies = List.of(
                "{}",
                "[]",
                "{\"tokenId\":\"\"}",
                "{\"tokenId\":7}",
                "{\"tokenId\":\"" + "x".repeat(300) + "\"}",
                "{\"userId\":\"me\"}",
                "{\"userId\":\"" + user + "\",\"tokenId\":\"x\"}",
                "{\"userId\":\"" + user + "\",\"expiresAt\":\"2030-01-01T00:00:00Z\"}",
                "{\"tokenId\":\"x\",\"expiresAt\":\"2001-01-01T00:00:00Z\"}",
                "{\"tokenId\":\"x\",\"expiresAt\":\"tomorrow\"}",
                "{\"everybody\":true}");
        for (String body : bodies) {
            assertThat(admin.post("/api/tokens/revocations", body).status())
                    .as(body)
                    .isIn(400, 422);
        }
        assertThat(admin.delete("/api/sessions/me").status()).isEqualTo(400);
        assertThat(service.queried("SELECT count(*) FROM live.revocation")).isEqualTo(before);
    }

    @Test
    void aUserHasOnlySoManySockets() throws Exception {
        List<RawSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                sockets.add(open(LiveService.token(user)));
            }
            assertThat(refusal(LiveService.token(user))).contains("TOO_MANY_CONNECTIONS");
            sockets.remove(0).close();
            awaitLetIn();
        } finally {
            sockets.forEach(RawSocket::close);
        }
    }
}
