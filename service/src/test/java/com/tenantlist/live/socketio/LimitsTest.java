package com.tenantlist.live.socketio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.socketio.engine.EngineView;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.testing.RawHttp;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client may ask of the server, and how it is told that it was too much. */
class LimitsTest {
    private static final String PATH = "/socket.io/";
    private static final String ECHO = "/engine.io/";
    private static final String OPENING = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n";

    private final MetricRegistry metrics = new MetricRegistry();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private SocketServer server;

    private void start(Consumer<SocketServerConfiguration> limits) throws IOException {
        SocketServerConfiguration config = new SocketServerConfiguration();
        config.port = 0;
        limits.accept(config);
        server = ConformanceServer.create(config, metrics);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : opened) {
            closeable.close();
        }
        server.stop();
    }

    private RawHttp http() throws IOException {
        RawHttp http = new RawHttp(server.port());
        opened.add(http);
        return http;
    }

    private RawHttp webSocket(String path, String... headers) throws IOException {
        RawHttp http = RawHttp.webSocket(server.port(), path, headers);
        opened.add(http);
        assertThat(http.headers()).startsWith("HTTP/1.1 101");
        assertThat(http.readFrame().text()).startsWith("0{");
        return http;
    }

    private RawHttp connected() throws IOException {
        RawHttp http = webSocket(PATH);
        http.sendText("40");
        assertThat(http.readFrame().text()).startsWith("40");
        assertThat(http.readFrame().text()).startsWith("42[\"auth\"");
        return http;
    }

    private long limited(String limit) {
        return metrics.getCounters()
                .getOrDefault("socket.limited." + limit, new Counter())
                .getCount();
    }

    // ---- size

    @Test
    void aMessageOverTheLimitClosesWith1009OrIs413() throws Exception {
        start(config -> config.maxPayload = DataSize.bytes(1000));
        RawHttp fits = webSocket(ECHO);
        fits.sendText("4" + "x".repeat(999));
        assertThat(fits.readFrame().payload()).hasSize(1000);
        RawHttp frame = webSocket(ECHO);
        frame.sendText("4" + "x".repeat(1000));
        assertThat(frame.awaitClose()).isEqualTo(1009);
        RawHttp inTwo = webSocket(ECHO);
        inTwo.sendFrame(RawHttp.TEXT, "4he".getBytes(StandardCharsets.UTF_8));
        inTwo.sendFrame(0x80, "llo".getBytes(StandardCharsets.UTF_8));
        assertThat(inTwo.readFrame().text()).isEqualTo("4hello");
        RawHttp fragments = webSocket(ECHO);
        fragments.sendFrame(RawHttp.TEXT, ("4" + "x".repeat(599)).getBytes(StandardCharsets.UTF_8));
        fragments.sendFrame(0x80, "x".repeat(600).getBytes(StandardCharsets.UTF_8));
        assertThat(fragments.awaitClose()).isEqualTo(1009);
        try (Wire.Polls wire = new Wire.Polls(java.net.URI.create("http://127.0.0.1:" + server.port() + ECHO))) {
            assertThat(wire.post("4" + "x".repeat(1000)).statusCode()).isEqualTo(413);
        }
    }

    @Test
    void attachmentsTogetherAreAMessageToo() throws Exception {
        start(config -> config.maxPayload = DataSize.bytes(1000));
        RawHttp http = connected();
        http.sendText("452-[\"message\"]");
        http.sendFrame(0x80 | RawHttp.BINARY, new byte[600]);
        http.sendFrame(0x80 | RawHttp.BINARY, new byte[600]);
        assertThat(http.awaitClose()).isEqualTo(1000);
    }

    // ---- frames that break RFC 6455

    @Test
    void textThatIsNotUtf8ClosesWith1007() throws Exception {
        start(config -> {});
        RawHttp http = webSocket(ECHO);
        http.sendFrame(0x80 | RawHttp.TEXT, new byte[] {'4', (byte) 0xc3, 0x28});
        assertThat(http.awaitClose()).isEqualTo(1007);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xc1, 0xa1, 0x91, 0x80, 0x83, 0x8b, 0x09})
    void framesThatAreNoneCloseWith1002(int first) throws Exception {
        start(config -> config.compressFrom = DataSize.bytes(0));
        RawHttp http = webSocket(ECHO);
        http.sendFrame(first, "4x".getBytes(StandardCharsets.UTF_8));
        assertThat(http.awaitClose()).isEqualTo(1002);
    }

    @Test
    void anUnmaskedFrameClosesWith1002() throws Exception {
        start(config -> {});
        RawHttp http = webSocket(ECHO);
        http.send(new byte[] {(byte) 0x81, 2, '4', 'x'});
        assertThat(http.awaitClose()).isEqualTo(1002);
    }

    @Test
    void pingsAreAnsweredAndACloseIsToo() throws Exception {
        start(config -> {});
        RawHttp http = webSocket(ECHO);
        http.sendFrame(0x80 | RawHttp.PING, "hello".getBytes(StandardCharsets.UTF_8));
        RawHttp.Frame pong = http.readFrame();
        assertThat(pong.opcode()).isEqualTo(RawHttp.PONG);
        assertThat(pong.text()).isEqualTo("hello");
        http.sendFrame(0x80 | RawHttp.CLOSE, new byte[] {3, (byte) 0xe8});
        assertThat(http.awaitClose()).isEqualTo(1000);
    }

    // ---- compression

    private static byte[] deflated(byte[] message) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(message);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        int count;
        do {
            count = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
            out.write(buffer, 0, count);
        } while (count == buffer.length);
        deflater.end();
        byte[] bytes = out.toByteArray();
        return java.util.Arrays.copyOf(bytes, bytes.length - 4);
    }

    @Test
    void longMessagesAreCompressedWithoutContextForClientsThatOfferIt() throws Exception {
        start(config -> config.compressFrom = DataSize.bytes(1024));
        RawHttp http = RawHttp.webSocket(
                server.port(), ECHO, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
        opened.add(http);
        assertThat(http.headers())
                .contains("permessage-deflate", "server_no_context_takeover", "client_no_context_takeover");
        http.readFrame();
        String message = "4" + "long ".repeat(1000);
        http.sendFrame(0xc0 | RawHttp.TEXT, deflated(message.getBytes(StandardCharsets.UTF_8)));
        RawHttp.Frame echo = http.readFrame();
        assertThat(echo.isCompressed()).isTrue();
        assertThat(echo.payload().length).isLessThan(200);
        http.sendText("4short");
        assertThat(http.readFrame().isCompressed()).isFalse();
        RawHttp without = webSocket(ECHO);
        without.sendText(message);
        assertThat(without.readFrame().isCompressed()).isFalse();
    }

    @Test
    void aCompressedBombIsRefusedBeforeItIsInflated() throws Exception {
        start(config -> {});
        byte[] bomb = deflated(new byte[60_000_000]);
        assertThat(bomb.length).isLessThan(63_000);
        RawHttp http = RawHttp.webSocket(server.port(), ECHO, "Sec-WebSocket-Extensions: permessage-deflate");
        opened.add(http);
        http.headers();
        http.readFrame();
        long before = peakDirect();
        http.sendFrame(0xc0 | RawHttp.BINARY, bomb);
        assertThat(http.awaitClose()).isEqualTo(1009);
        assertThat(peakDirect() - before).isLessThan(20_000_000);
        assertThat(limited("maxPayload")).isEqualTo(1);
    }

    private static long peakDirect() {
        return io.netty.util.internal.PlatformDependent.usedDirectMemory();
    }

    // ---- rates

    @Test
    void whoSendsTooManyEventsIsToldAndWhoFloodsIsClosed() throws Exception {
        start(config -> {
            config.eventRate = 1;
            config.eventBurst = 5;
        });
        RawHttp http = connected();
        for (int i = 0; i < 6; i++) {
            http.sendText("42[\"message\"," + i + "]");
        }
        // CONNECT was the first of the five.
        for (int i = 0; i < 4; i++) {
            assertThat(http.readFrame().text()).isEqualTo("42[\"message-back\"," + i + "]");
        }
        // At once: what comes after it was closed would reset the connection, and the status be lost.
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int i = 0; i < 10; i++) {
            flood.writeBytes(RawHttp.frame(0x80 | RawHttp.TEXT, "42[\"message\"]".getBytes(StandardCharsets.UTF_8)));
        }
        http.send(flood.toByteArray());
        assertThat(http.awaitClose()).isEqualTo(1008);
        assertThat(limited("eventRate")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aClientThatPingsAndReadsNothingCostsNoMemory() throws Exception {
        start(config -> config.sendBuffer = DataSize.kibibytes(16));
        RawHttp http = webSocket(ECHO);
        byte[] ping = RawHttp.frame(0x80 | RawHttp.PING, new byte[125]);
        byte[] many = new byte[ping.length * 1000];
        for (int i = 0; i < 1000; i++) {
            System.arraycopy(ping, 0, many, i * ping.length, ping.length);
        }
        for (int i = 0; i < 200; i++) {
            http.send(many);
            assertThat(EngineView.pendingBytes(server.engine())).isLessThan(1_000_000);
        }
        // It still works.
        assertThat(http.readFrame().opcode()).isEqualTo(RawHttp.PONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "polling"})
    void aClientThatAsksAndReadsNothingIsClosed(String transport) throws Exception {
        start(config -> {
            config.eventRate = 1_000_000;
            config.eventBurst = 1_000_000;
            config.maxPayload = DataSize.kibibytes(64);
            config.sendLimit = DataSize.kibibytes(256);
        });
        String large = "4" + "x".repeat(60_000);
        if (transport.equals("websocket")) {
            RawHttp http = webSocket(ECHO);
            http.socket().setReceiveBufferSize(4096);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            http.sendText(large);
                        }
                    })
                    .isInstanceOf(IOException.class);
        } else {
            try (Wire.Polls wire = new Wire.Polls(java.net.URI.create("http://127.0.0.1:" + server.port() + ECHO))) {
                await().until(() -> wire.post(large).statusCode() == 400);
            }
        }
        await().untilAsserted(() -> assertThat(server.sessions()).isZero());
        assertThat(limited("sendLimit")).isEqualTo(1);
    }

    // ---- connections

    @Test
    void requestsThatDribbleAreEnded() throws Exception {
        start(config -> config.requestTimeout = Duration.seconds(3));
        RawHttp headers = http();
        RawHttp body = http();
        RawHttp silent = http();
        body.send("POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
        headers.send("GET /socket.io/ HTTP/1.1\r\n");
        assertThat(dribble(headers, "X-A: b\r\n")).isEqualTo(-1);
        assertThat(dribble(body, "x")).isEqualTo(-1);
        assertThat(silent.socket().getInputStream().read()).isEqualTo(-1);
        RawHttp second = http();
        second.send(OPENING + "\r\n");
        assertThat(second.response()).startsWith("HTTP/1.1 200");
        second.send("GET /");
        assertThat(dribble(second, "x"))
                .as("the second request of a connection, too")
                .isEqualTo(-1);
        assertThat(limited("requestTimeout")).isEqualTo(4);
    }

    /** Sends more and more, faster than any timeout, until the server ends it: -1. */
    private static int dribble(RawHttp http, String more) throws IOException {
        http.socket().setSoTimeout(20);
        while (true) {
            try {
                http.send(more);
                return http.socket().getInputStream().read();
            } catch (java.net.SocketTimeoutException e) {
                // Not yet.
            } catch (java.net.SocketException e) {
                return -1;
            }
        }
    }

    @Test
    void aConnectionOnWhichNothingHappensIsEnded() throws Exception {
        start(config -> {
            config.pingInterval = Duration.milliseconds(100);
            config.pingTimeout = Duration.milliseconds(100);
            config.idleTimeout = Duration.seconds(3);
        });
        RawHttp idle = http();
        idle.send(OPENING + "\r\n");
        assertThat(idle.response()).startsWith("HTTP/1.1 200");
        assertThat(idle.socket().getInputStream().read()).isEqualTo(-1);
        RawHttp halfOpen = webSocket(ECHO);
        assertThat(halfOpen.awaitClose()).as("no pong").isEqualTo(1000);
    }

    @Test
    void eachOfManySessionsIsPingedAndThoseThatGoLeaveNoHeartbeat() throws Exception {
        start(config -> {
            config.threads = 1;
            config.pingInterval = Duration.milliseconds(300);
        });
        List<RawHttp> sessions = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sessions.add(webSocket(ECHO));
        }
        for (int round = 0; round < 3; round++) {
            for (RawHttp session : sessions) {
                assertThat(session.readFrame().text()).isEqualTo("2");
                session.sendText("3");
            }
            List<RawHttp> gone = List.copyOf(sessions.subList(0, 60));
            for (RawHttp session : gone) {
                session.close();
            }
            sessions.removeAll(gone);
            await().untilAsserted(() ->
                    assertThat(EngineView.beating(server.engine())).isEqualTo(sessions.size()));
        }
        assertThat(server.sessions()).isEqualTo(20);
    }

    @Test
    void onlySoManySessionsAnAddressAndAServer() throws Exception {
        start(config -> config.maxSessionsPerAddress = 2);
        refusesTheThird("SESSIONS_PER_ADDRESS");
    }

    @Test
    void onlySoManySessions() throws Exception {
        start(config -> config.maxSessions = 2);
        refusesTheThird("SESSIONS");
    }

    @Test
    void onlySoManyHandshakesAtOnce() throws Exception {
        start(config -> config.maxHandshakes = 2);
        refusesTheThird("HANDSHAKES");
    }

    private void refusesTheThird(String limit) throws Exception {
        RawHttp first = webSocket(PATH);
        webSocket(PATH);
        RawHttp refused = http();
        refused.send(OPENING + "\r\n");
        assertThat(refused.response())
                .startsWith("HTTP/1.1 503")
                .containsPattern("retry-after: [1-5]\r\n")
                .contains("\"message\"");
        RawHttp refusedSocket = RawHttp.webSocket(server.port(), PATH);
        opened.add(refusedSocket);
        assertThat(refusedSocket.headers()).startsWith("HTTP/1.1 503").contains("retry-after");
        assertThat(limited(limit)).isEqualTo(2);
        first.close();
        await().untilAsserted(() -> {
            RawHttp next = http();
            next.send(OPENING + "\r\n");
            assertThat(next.response()).startsWith("HTTP/1.1 200");
        });
    }

    @Test
    void anAnsweredHandshakeMakesRoomForTheNext() throws Exception {
        start(config -> config.maxHandshakes = 1);
        for (int i = 0; i < 5; i++) {
            connected();
        }
        assertThat(server.sessions()).isEqualTo(5);
    }

    @Test
    void onlySoManyConnectionsAnAddress() throws Exception {
        start(config -> config.maxConnectionsPerAddress = 2);
        // Answered, so that both are counted before the third comes: event loops count side by side.
        for (int i = 0; i < 2; i++) {
            RawHttp admitted = http();
            admitted.send(OPENING + "\r\n");
            assertThat(admitted.response()).startsWith("HTTP/1.1 200");
        }
        RawHttp third = http();
        assertThatThrownBy(() -> {
                    third.send(OPENING + "\r\n");
                    third.response();
                })
                .isInstanceOfAny(EOFException.class, java.net.SocketException.class);
        assertThat(limited("CONNECTIONS_PER_ADDRESS")).isEqualTo(1);
    }

    @Test
    void behindAProxyTheAddressIsTheOneItForwards() throws Exception {
        start(config -> {
            config.trustedProxies = "127.0.0.1";
            config.maxSessionsPerAddress = 1;
            config.maxConnectionsPerAddress = 1;
        });
        List<String> outcomes = new ArrayList<>();
        for (String forwarded : List.of("10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.1, 10.0.0.3")) {
            RawHttp http = http();
            http.send(OPENING + "X-Forwarded-For: " + forwarded + "\r\n\r\n");
            outcomes.add(http.response().substring(9, 12));
        }
        assertThat(outcomes).containsExactly("200", "200", "503", "200");
    }

    @Test
    void aProxyThatIsNotTrustedForwardsNothing() throws Exception {
        start(config -> config.maxSessionsPerAddress = 1);
        List<String> outcomes = new ArrayList<>();
        for (String forwarded : List.of("10.0.0.1", "10.0.0.2")) {
            RawHttp http = http();
            http.send(OPENING + "X-Forwarded-For: " + forwarded + "\r\n\r\n");
            outcomes.add(http.response().substring(9, 12));
        }
        assertThat(outcomes).containsExactly("200", "503");
    }
}
