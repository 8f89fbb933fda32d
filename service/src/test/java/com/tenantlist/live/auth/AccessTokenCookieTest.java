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

/** Whose call it is when a cookie speaks, by REST and by the socket alike. */
class AccessTokenCookieTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts().with("frontendUrl", "https://app.example.com");

    private final UUID one = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();

    private static Rest.Answer get(String path, String... headers) throws Exception {
        return Rest.send(HttpRequest.newBuilder(service.api().resolve(path))
                .headers(headers)
                .build());
    }

    /** The first that the socket's server says to CONNECT. */
    private static String connect(String cookies) throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets(), "Cookie", cookies)) {
            socket.send("40/dashboard,");
            return socket.await(frame -> frame.startsWith("40/dashboard,") || frame.startsWith("44/dashboard,"));
        }
    }

    /** One that can be revoked alone. */
    private static String named(UUID user) {
        return LiveService.token(user, Role.TENANT, Duration.ofMinutes(10), Optional.of("of " + user));
    }

    @Test
    void thoseOfTwoUsersAreNobodysWhicheverComesFirst() throws Exception {
        String first = "accessToken=" + LiveService.token(one);
        String second = "accessToken=" + LiveService.token(other);
        for (String cookies : new String[] {first + "; " + second, second + "; theme=dark; " + first}) {
            Rest.Answer answer = get("/api/dashboard/tenant", "Cookie", cookies);
            assertThat(answer.errorCode()).isEqualTo("TOKEN_INVALID");
            assertThat(answer.text()).contains("cookies of two users");
            assertThat(connect(cookies)).contains("TOKEN_INVALID").contains("cookies of two users");
        }
    }

    /** What an old sign-out, an expired session or a neighbour of the domain left behind locks nobody out. */
    @Test
    void whatIsNotValidDoesNotCountBesideWhatIs() throws Exception {
        String good = "accessToken=" + LiveService.token(one);
        String expired = "accessToken=" + LiveService.token(other, Role.TENANT, Duration.ofMinutes(-5));
        for (String cookies : new String[] {
            good + "; " + good,
            good + "; accessToken=" + named(one),
            "accessToken=; " + good,
            "accessToken=\"\"; " + good,
            expired + "; " + good,
            good + "; accessToken=nonsense",
            "theme=dark, " + good,
            "xaccessToken=x; accessToken=\"" + LiveService.token(one) + "\""
        }) {
            assertThat(get("/api/dashboard/tenant", "Cookie", cookies)
                            .data()
                            .path("userId")
                            .asText())
                    .as(cookies)
                    .isEqualTo(one.toString());
            assertThat(connect(cookies)).as(cookies).startsWith("40/dashboard,{");
        }
        assertThat(get("/api/dashboard/tenant", "Cookie", expired + "; accessToken=nonsense")
                        .errorCode())
                .as("as the first says")
                .isEqualTo("TOKEN_EXPIRED");
        assertThat(get("/api/dashboard/tenant", "Cookie", "accessToken=; theme=dark")
                        .errorCode())
                .isEqualTo("TOKEN_MISSING");
    }

    @Test
    void whoIsSignedOutIsSignedOutOfBoth() throws Exception {
        String first = named(one);
        String second = named(other);
        Rest.Answer ended = Rest.send(HttpRequest.newBuilder(service.api().resolve("/api/session/end"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .headers(
                        "Origin",
                        "https://app.example.com",
                        "Cookie",
                        "accessToken=" + first + "; accessToken=" + second)
                .build());
        assertThat(ended.status()).isEqualTo(204);
        for (String token : new String[] {first, second}) {
            assertThat(Rest.withToken(service.api(), token)
                            .get("/api/businesses")
                            .errorCode())
                    .isEqualTo("TOKEN_REVOKED");
        }
    }

    @Test
    void whatIsMeantForOneIsNotDoneAsAnother() throws Exception {
        UUID business = service.createBusiness(one, "One's");
        String cookie = "accessToken=" + LiveService.token(one);
        assertThat(get(
                                "/api/businesses/" + business,
                                "Cookie",
                                cookie,
                                "X-Live-User",
                                one.toString().toUpperCase())
                        .status())
                .isEqualTo(200);
        Rest.Answer refused = new Rest(service.api(), one)
                .call("DELETE", "/api/businesses/" + business, null, "X-Live-User", other.toString());
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.errorCode()).isEqualTo("USER_MISMATCH");
        assertThat(service.queried("SELECT count(*) FROM businesses WHERE id = '" + business + "'"))
                .isEqualTo("1");
    }
}
