package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.RawPolling;
import com.tenantlist.live.testing.RawSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Where tokens and session ids may not go, and from where pages may not come. */
class SecretsTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts().with("frontendUrl", "https://app.example.com");

    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Logger ours = (Logger) LoggerFactory.getLogger("com.tenantlist.live");
    private final Logger netty = (Logger) LoggerFactory.getLogger("io.netty");
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage() + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        for (Logger logger : List.of(ours, netty)) {
            logger.setLevel(Level.DEBUG);
            logger.addAppender(appender);
        }
    }

    @AfterEach
    void stop() {
        for (Logger logger : List.of(ours, netty)) {
            logger.setLevel(Level.WARN);
            logger.detachAppender(appender);
        }
    }

    @Test
    void noTokenNorSessionIdIsLogged() throws Exception {
        UUID user = UUID.randomUUID();
        String good = LiveService.token(user);
        String bad = good.substring(0, good.length() - 6) + "AAAAAA";
        List<String> secrets = new ArrayList<>(List.of(good, bad, "hidden-in-a-packet", LiveService.SECRET));
        try (RawSocket socket = RawSocket.open(service.sockets(), "Cookie", "accessToken=" + bad)) {
            secrets.add(socket.await(frame -> frame.startsWith("0")).replaceAll(".*\"sid\":\"([^\"]+)\".*", "$1"));
            socket.send("40/dashboard,{\"token\":\"" + bad + "\"}");
            socket.await(frame -> frame.startsWith("44"));
            socket.send("40/dashboard,{\"token\":\"" + good + "\",\"pid\":\"hidden-in-a-packet\"}");
            String answer = socket.await(frame -> frame.startsWith("40"));
            secrets.add(answer.replaceAll(".*\"pid\":\"([^\"]+)\".*", "$1"));
            socket.send(
                    "42/dashboard,1[\"auth:refresh\",{\"token\":\"" + LiveService.token(UUID.randomUUID()) + "\"}]");
            socket.await(frame -> frame.startsWith("43"));
            socket.send("42/dashboard,[\"hidden-in-a-packet\",{\"token\":\"" + good + "\"");
            socket.awaitClosed();
        }
        for (String path : List.of(
                "/socket.io/?EIO=4&transport=wrong&token=" + good,
                "/socket.io/?EIO=4&transport=polling&sid=" + good,
                "/" + good,
                "/socket.io/?EIO=4&transport=polling&%%" + good)) {
            try (RawHttp http = new RawHttp(service.sockets().getPort())) {
                http.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + good + "\r\n\r\n");
                assertThat(http.response()).startsWith("HTTP/1.1 4").doesNotContain(good);
            }
        }
        assertThat(lines)
                .anyMatch(line -> line.contains("dashboard opened"))
                .anyMatch(line -> line.contains("malformed"));
        for (String secret : secrets) {
            assertThat(lines).noneMatch(line -> line.contains(secret));
        }
    }

    @Test
    void aTokenInTheUrlLetsNobodyIn() throws Exception {
        String token = LiveService.token(UUID.randomUUID());
        String query = "&token=" + token + "&auth=" + token + "&accessToken=" + token;
        try (RawPolling polling = new RawPolling(service.sockets().getPort(), query)) {
            polling.post("40/dashboard,");
            assertThat(polling.get()).contains("TOKEN_MISSING");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, https://app.example.com, 200",
        "OPTIONS, https://app.example.com, 204",
        "GET, https://evil.example.com, 403",
        "OPTIONS, https://evil.example.com, 403",
        "POST, https://evil.example.com, 403",
        "GET, null, 403",
        "GET, https://app.example.com.evil.example, 403",
        "GET, http://app.example.com, 403",
        "GET, *, 403",
    })
    void pollingIsForAllowedOriginsAndTheyAloneHaveCredentials(String method, String origin, int status)
            throws Exception {
        try (RawHttp http = new RawHttp(service.sockets().getPort())) {
            http.send(method + " /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: " + origin
                    + "\r\nCookie: accessToken=x\r\n\r\n");
            String response = http.response();
            assertThat(response).startsWith("HTTP/1.1 " + status).doesNotContain("allow-origin: *");
            if (status == 403) {
                assertThat(response).doesNotContain("access-control-allow", "\"sid\"");
            } else {
                assertThat(response)
                        .contains(
                                "access-control-allow-origin: " + origin,
                                "access-control-allow-credentials: true",
                                "vary: Origin");
            }
        }
    }
}
