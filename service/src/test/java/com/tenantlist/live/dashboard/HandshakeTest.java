package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HandshakeTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("sockets.connectTimeout", "1s")
            .with("frontendUrl", "https://app.example.com/x");

    /** Which gives clients the time that they have by default. */
    @RegisterExtension
    static final LiveService patient = LiveService.onSharedParts();

    private static final UUID USER = UUID.randomUUID();

    private static boolean isConnected(String frame) {
        return frame.startsWith("40/dashboard,{\"sid\":");
    }

    @Test
    void aTokenInTheConnectPayloadIsLetIn() throws Exception {
        String token = LiveService.token(USER);
        try (RawSocket socket = RawSocket.open(patient.sockets())) {
            String open = socket.await(frame -> frame.startsWith("0{"));
            assertThat(open).contains("\"maxPayload\":65536", "\"pingInterval\":25000", "\"pingTimeout\":20000");
            socket.send("40/dashboard,{\"token\":\"" + token + "\"}");
            String connected = socket.await(HandshakeTest::isConnected);
            String transportSid = open.replaceAll(".*\"sid\":\"([^\"]+)\".*", "$1");
            assertThat(connected)
                    .as("the transport's id is a secret of its own")
                    .doesNotContain(transportSid);
        }
    }

    @Test
    void aTokenInTheCookieIsLetIn() throws Exception {
        try (RawSocket socket = RawSocket.open(
                patient.sockets(),
                "Cookie",
                "io=00000000-0000-0000-0000-000000000000; accessToken=" + LiveService.token(USER))) {
            assertThat(socket.await(frame -> frame.startsWith("0{")))
                    .as("a client does not choose its session id")
                    .doesNotContain("00000000-0000-0000-0000-000000000000");
            socket.send("40/dashboard,");
            socket.await(HandshakeTest::isConnected);
        }
    }

    @Test
    void aTokenInTheHeaderIsLetIn() throws Exception {
        try (RawSocket socket =
                RawSocket.open(patient.sockets(), "Authorization", "Bearer " + LiveService.token(USER))) {
            socket.send("40/dashboard");
            socket.await(HandshakeTest::isConnected);
        }
    }

    static Stream<Arguments> refusedTokens() throws Exception {
        Date later = Date.from(Instant.now().plusSeconds(600));
        var key = Keys.hmacShaKeyFor(LiveService.SECRET.getBytes(StandardCharsets.UTF_8));
        KeyPair rsa = Jwts.SIG.RS256.keyPair().build();
        String publicKey = Base64.getEncoder().encodeToString(rsa.getPublic().getEncoded());
        String id = USER.toString();
        String none = Jwts.builder()
                .subject(id)
                .claim("role", "tenant")
                .expiration(later)
                .compact();
        return Stream.of(
                Arguments.of("expired", LiveService.token(USER, Role.TENANT, Duration.ofSeconds(-6)), "TOKEN_EXPIRED"),
                Arguments.of("garbage", "a.b.c", "TOKEN_INVALID"),
                Arguments.of("empty", "", "TOKEN_MISSING"),
                Arguments.of("alg none", none, "TOKEN_INVALID"),
                Arguments.of(
                        "RS256 of a stranger",
                        Jwts.builder()
                                .subject(id)
                                .claim("role", "tenant")
                                .expiration(later)
                                .signWith(rsa.getPrivate())
                                .compact(),
                        "TOKEN_INVALID"),
                Arguments.of(
                        "HS256 keyed with a public key",
                        Jwts.builder()
                                .subject(id)
                                .claim("role", "tenant")
                                .expiration(later)
                                .signWith(
                                        Keys.hmacShaKeyFor(publicKey.getBytes(StandardCharsets.UTF_8)), Jwts.SIG.HS256)
                                .compact(),
                        "TOKEN_INVALID"),
                Arguments.of(
                        "no exp",
                        Jwts.builder()
                                .subject(id)
                                .claim("role", "tenant")
                                .signWith(key, Jwts.SIG.HS256)
                                .compact(),
                        "TOKEN_INVALID"),
                Arguments.of(
                        "userId and sub differ",
                        Jwts.builder()
                                .subject(id)
                                .claim("userId", UUID.randomUUID().toString())
                                .claim("role", "tenant")
                                .expiration(later)
                                .signWith(key, Jwts.SIG.HS256)
                                .compact(),
                        "TOKEN_INVALID"),
                Arguments.of(
                        "compressed",
                        Jwts.builder()
                                .subject(id)
                                .claim("role", "tenant")
                                .expiration(later)
                                .compressWith(Jwts.ZIP.DEF)
                                .signWith(key, Jwts.SIG.HS256)
                                .compact(),
                        "TOKEN_INVALID"),
                Arguments.of("too long", "x".repeat(5000), "TOKEN_INVALID"),
                Arguments.of("a landlord's", LiveService.token(USER, Role.LANDLORD, Duration.ofHours(1)), "FORBIDDEN"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedTokens")
    void aRefusedClientIsToldWhyAndStaysOut(String what, String token, String code) throws Exception {
        UUID business = service.createBusiness(USER, what);
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.send("40/dashboard,{\"token\":\"" + token + "\"}");
            assertThat(socket.await(frame -> frame.startsWith("44/dashboard,")))
                    .contains("\"data\":{\"code\":\"" + code + "\"}")
                    .doesNotContain(LiveService.SECRET);
            service.addViews(business, 1);
            socket.awaitClosed();
            assertThat(socket.seen()).as("nothing of the tenant's").noneMatch(frame -> frame.startsWith("42"));
        }
    }

    @Test
    void aConnectWithoutPayloadIsRefused() throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.send("40/dashboard,");
            assertThat(socket.await(frame -> frame.startsWith("44/dashboard,"))).contains("TOKEN_MISSING");
            socket.awaitClosed();
        }
    }

    @Test
    void aClientThatNeverConnectsIsClosed() throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            socket.awaitClosed();
        }
    }

    @Test
    void anUnknownNamespaceIsRefused() throws Exception {
        String token = LiveService.token(USER);
        try (RawSocket socket = RawSocket.open(patient.sockets())) {
            socket.send("40/other,{\"token\":\"" + token + "\"}");
            assertThat(socket.await(frame -> frame.startsWith("44")))
                    .isEqualTo("44/other,{\"message\":\"Invalid namespace\"}");
            socket.send("40{}");
            assertThat(socket.await(frame -> frame.startsWith("44")))
                    .isEqualTo("44{\"message\":\"Invalid namespace\"}");
        }
    }

    @Test
    void onlyAllowedOriginsOpen() {
        assertThatThrownBy(() -> RawSocket.open(service.sockets(), "Origin", "https://evil.example.com"))
                .hasStackTraceContaining("403");
        RawSocket.open(service.sockets(), "Origin", "https://app.example.com").close();
        RawSocket.open(service.sockets(), "Origin", service.api().toString()).close();
    }
}
