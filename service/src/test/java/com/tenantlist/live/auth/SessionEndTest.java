package com.tenantlist.live.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SessionEndTest {
    @RegisterExtension
    static final LiveService service =
            LiveService.onSharedParts().with("frontendUrl", "https://app.example.com,capacitor://localhost");

    private static final String APP = "https://app.example.com";

    private final UUID user = UUID.randomUUID();

    private String token(Duration life, Optional<String> id) {
        return LiveService.token(user, Role.TENANT, life, id);
    }

    private String token() {
        return token(Duration.ofHours(1), Optional.of(UUID.randomUUID().toString()));
    }

    private static Rest.Answer end(String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.api().resolve("/api/session/end"))
                .POST(HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return Rest.send(request.build());
    }

    private static String cookie(Rest.Answer answer) {
        return answer.response().headers().firstValue("Set-Cookie").orElse("none");
    }

    private String status(String token) throws Exception {
        return Rest.withToken(service.api(), token).get("/api/businesses").errorCode();
    }

    @Test
    void theCookieGoesAndItsTokenIsRevokedWithItsSockets() throws Exception {
        String token = token();
        String other = token();
        try (RawSocket socket = open(token);
                RawSocket stays = open(other)) {
            Rest.Answer ended = end("Origin", APP, "Cookie", "accessToken=" + token);
            assertThat(ended.status()).isEqualTo(204);
            assertThat(cookie(ended)).isEqualTo("accessToken=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=None");
            assertThat(ended.response().headers().firstValue("Access-Control-Allow-Origin"))
                    .contains(APP);
            socket.awaitClosed();
            assertThat(status(token)).isEqualTo("TOKEN_REVOKED");
            assertThat(status(other)).isEmpty();
            stays.send("42/dashboard,1[\"request:current-state\",{}]");
            stays.await(frame -> frame.startsWith("43/dashboard,1"));
        }
        assertThat(service.queried("SELECT max(expires_at) < now() + interval '61 minutes' FROM live.revocation"))
                .as("remembered for no longer than the token lives")
                .isEqualTo("t");
    }

    private static RawSocket open(String token) throws Exception {
        RawSocket socket = RawSocket.open(service.sockets());
        socket.send("40/dashboard,{\"token\":\"" + token + "\"}");
        socket.await(frame -> frame.startsWith("40/dashboard,"));
        return socket;
    }

    @Test
    void aBearersTokenIsRevokedAndSoIsTheCookiesBesideIt() throws Exception {
        String bearer = token();
        String cookie = token();
        assertThat(end("Authorization", "Bearer " + bearer, "Cookie", "accessToken=" + cookie)
                        .status())
                .isEqualTo(204);
        assertThat(status(bearer)).isEqualTo("TOKEN_REVOKED");
        assertThat(status(cookie)).isEqualTo("TOKEN_REVOKED");
    }

    @Test
    void whoHasNoTokenThatIsGoodIsSignedOutToo() throws Exception {
        String before = revocations();
        for (String token : new String[] {
            token(Duration.ofMinutes(-5), Optional.of("expired")),
            "nonsense",
            "",
            token(Duration.ofHours(1), Optional.empty())
        }) {
            Rest.Answer ended = end("Origin", APP, "Cookie", "accessToken=" + token);
            assertThat(ended.status()).as(token).isEqualTo(204);
            assertThat(cookie(ended)).startsWith("accessToken=; Path=/; Max-Age=0; HttpOnly");
        }
        assertThat(end("Origin", APP).status()).isEqualTo(204);
        assertThat(end("Authorization", "Basic x").status()).isEqualTo(204);
        assertThat(revocations()).isEqualTo(before);
    }

    @Test
    void twiceIsAsOnce() throws Exception {
        String token = token();
        end("Authorization", "Bearer " + token);
        String before = revocations();
        assertThat(end("Authorization", "Bearer " + token).status()).isEqualTo(204);
        assertThat(revocations()).isEqualTo(before);
    }

    @Test
    void aPageOfAnotherSignsNobodyOut() throws Exception {
        String token = token();
        for (String[] origin : new String[][] {
            {"Cookie", "accessToken=" + token},
            {"Cookie", "accessToken=" + token, "Origin", "https://evil.example.com"},
            {"Cookie", "accessToken=" + token, "Origin", "null"}
        }) {
            Rest.Answer refused = end(origin);
            assertThat(refused.errorCode()).isEqualTo("ORIGIN_NOT_ALLOWED");
            assertThat(cookie(refused)).isEqualTo("none");
        }
        assertThat(status(token)).isEmpty();
    }

    @Test
    void aBrowserTakesTheCookieWhereverThePageCameFrom() throws Exception {
        assertThat(cookie(end("Origin", "capacitor://localhost"))).endsWith("HttpOnly; Secure; SameSite=None");
        assertThat(cookie(end("Authorization", "Bearer x"))).endsWith("HttpOnly; SameSite=Lax");
    }

    @Test
    void whatCouldNotBeRevokedIsSaidAndTheCookieGoesAllTheSame() throws Exception {
        String token = token();
        service.sql("ALTER TABLE live.revocation RENAME TO away");
        Rest.Answer ended = end("Origin", APP, "Cookie", "accessToken=" + token);
        service.sql("ALTER TABLE live.away RENAME TO revocation");
        assertThat(ended.status()).isEqualTo(503);
        assertThat(ended.errorCode()).isEqualTo("SERVER_BUSY");
        assertThat(ended.response().headers().firstValue("Retry-After")).contains("1");
        assertThat(cookie(ended)).startsWith("accessToken=; ");
        assertThat(end("Authorization", "Bearer " + token).status()).isEqualTo(204);
        assertThat(status(token)).isEqualTo("TOKEN_REVOKED");
    }

    private static String revocations() throws Exception {
        return service.queried("SELECT count(*) FROM live.revocation");
    }
}
