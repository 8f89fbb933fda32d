package com.tenantlist.live.socketio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.socketio.engine.EngineView;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.testing.RawHttp;
import io.dropwizard.util.Duration;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Engine.IO v4 and Socket.IO v5, case by case as their documents say it, on both transports. */
class ConformanceTest {
    private static final String PLACEHOLDER_0 = "{\"_placeholder\":true,\"num\":0}";
    private static final String PLACEHOLDER_1 = "{\"_placeholder\":true,\"num\":1}";

    private static final MetricRegistry METRICS = new MetricRegistry();

    /** As the suites want it. */
    private static SocketServer quick;

    /** Asks for pongs as often, and waits for them. */
    private static SocketServer patient;

    /** Closes soon who is in no namespace, and nobody else. */
    private static SocketServer strict;

    /** Closes nobody for being slow. */
    private static SocketServer server;

    @BeforeAll
    static void start() throws Exception {
        quick = started(new MetricRegistry(), config -> {});
        patient = started(new MetricRegistry(), config -> {
            config.pingTimeout = Duration.seconds(10);
            config.connectTimeout = Duration.minutes(1);
        });
        strict = started(new MetricRegistry(), config -> {
            config.pingInterval = Duration.minutes(1);
            config.connectTimeout = Duration.seconds(3);
        });
        server = started(METRICS, config -> {
            config.pingInterval = Duration.seconds(25);
            config.pingTimeout = Duration.seconds(20);
            config.connectTimeout = Duration.minutes(1);
            config.eventRate = 1000;
            config.eventBurst = 1000;
        });
    }

    private static SocketServer started(MetricRegistry metrics, Consumer<SocketServerConfiguration> settings)
            throws Exception {
        SocketServerConfiguration config = ConformanceServer.configuration(0);
        settings.accept(config);
        SocketServer started = ConformanceServer.create(config, metrics);
        started.start();
        return started;
    }

    @AfterAll
    static void stop() {
        Stream.of(quick, patient, strict, server).forEach(SocketServer::stop);
    }

    /** Whatever a case did, no session is left that it closed, and none stays for ever. */
    @AfterEach
    void noSessionIsLeftInANamespace() {
        await().pollDelay(java.time.Duration.ZERO)
                .untilAsserted(() -> assertThat(
                                METRICS.getCounters().get("socket.connected").getCount())
                        .isZero());
    }

    private static URI endpoint(SocketServer of, String path) {
        return URI.create("http://127.0.0.1:" + of.port() + path);
    }

    private static URI endpoint() {
        return endpoint(server, "/socket.io/");
    }

    private static Wire opened(Wire.Transport transport) throws Exception {
        return opened(transport, server);
    }

    private static Wire opened(Wire.Transport transport, SocketServer of) throws Exception {
        Wire wire = Wire.open(transport, endpoint(of, "/socket.io/"));
        assertThat(wire.next()).startsWith("0{");
        return wire;
    }

    private static Wire connected(Wire.Transport transport) throws Exception {
        return connected(transport, server);
    }

    private static Wire connected(Wire.Transport transport, SocketServer of) throws Exception {
        return opened(transport, of).connect("40", "42[\"auth\"");
    }

    /** Ends a session that a case is done with, on either transport. */
    private static void end(Wire wire) throws Exception {
        wire.send("1");
        wire.close();
    }

    // ---- Engine.IO

    @ParameterizedTest
    @EnumSource
    void theOpenPacketHasTheSessionsParameters(Wire.Transport transport) throws Exception {
        try (Wire wire = Wire.open(transport, endpoint(quick, "/socket.io/"))) {
            JsonNode open = new ObjectMapper().readTree(wire.next().substring(1));
            assertThat(open.propertyStream().map(java.util.Map.Entry::getKey))
                    .containsExactlyInAnyOrder("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload");
            assertThat(open.path("sid").asText()).hasSizeGreaterThan(20);
            assertThat(open.path("upgrades").toString())
                    .isEqualTo(transport == Wire.Transport.POLLING ? "[\"websocket\"]" : "[]");
            assertThat(open.path("pingInterval").asInt()).isEqualTo(300);
            assertThat(open.path("pingTimeout").asInt()).isEqualTo(200);
            assertThat(open.path("maxPayload").asInt()).isEqualTo(1_000_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoAnswersPingsStays(Wire.Transport transport) throws Exception {
        // A second ping comes after the first one's pong.
        try (Wire wire = Wire.open(transport, endpoint(patient, "/engine.io/")).leavingPings()) {
            assertThat(wire.next()).startsWith("0");
            for (int i = 0; i < 3; i++) {
                assertThat(wire.next()).isEqualTo("2");
                wire.send("3");
            }
            wire.answerPings();
            wire.send("4still here");
            assertThat(wire.next()).isEqualTo("4still here");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoDoesNotIsClosed(Wire.Transport transport) throws Exception {
        try (Wire wire = Wire.open(transport, endpoint(quick, "/engine.io/")).leavingPings()) {
            wire.awaitClosed();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientMayCloseTheTransport(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send("1");
            wire.awaitClosed();
        }
    }

    @ParameterizedTest
    @EnumSource
    void textAndBinaryComeBackAsTheyWent(Wire.Transport transport) throws Exception {
        try (Wire wire = Wire.open(transport, endpoint(server, "/engine.io/"))) {
            wire.next();
            List<String> packets = List.of("4hello", "4\u20ac \ud83d\ude00 \u0000", "bAQIDBA==", "4", "b", "4last");
            wire.send(packets.toArray(String[]::new));
            for (String packet : packets) {
                assertThat(wire.next()).isEqualTo(packet);
            }
            end(wire);
        }
    }

    static Stream<Arguments> badEnginePackets() {
        return both("", "abc", "0{}", "2", "2probe", "3probe", "5", "6", "7", "9", "\u001e\u001e");
    }

    private static Stream<Arguments> both(String... inputs) {
        return Stream.of(inputs)
                .flatMap(input -> Stream.of(Wire.Transport.values()).map(transport -> Arguments.of(transport, input)));
    }

    @ParameterizedTest
    @MethodSource("badEnginePackets")
    void whatIsNoEnginePacketCloses(Wire.Transport transport, String packet) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send(packet);
            wire.awaitClosed();
        }
    }

    // ---- namespaces

    @ParameterizedTest
    @EnumSource
    void namespacesAreJoinedByConnectWithItsPayload(Wire.Transport transport) throws Exception {
        try (Wire wire = opened(transport)) {
            wire.send("40", "40/custom,{\"token\":\"abc\"}");
            assertThat(wire.next()).matches("40\\{\"sid\":\"[^\"]+\"}");
            assertThat(wire.next()).matches("40/custom,\\{\"sid\":\"[^\"]+\"}");
            assertThat(List.of(wire.next(), wire.next()))
                    .containsExactlyInAnyOrder("42[\"auth\",{}]", "42/custom,[\"auth\",{\"token\":\"abc\"}]");
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNamespacesSidIsNotTheTransports(Wire.Transport transport) throws Exception {
        try (Wire wire = Wire.open(transport, endpoint())) {
            String transportSid = wire.next().replaceAll(".*\"sid\":\"([^\"]+)\".*", "$1");
            wire.send("40");
            assertThat(wire.next()).doesNotContain(transportSid);
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownNamespaceIsRefusedAndTheSessionGoesOn(Wire.Transport transport) throws Exception {
        try (Wire wire = opened(transport)) {
            wire.send("40/random");
            assertThat(wire.next()).isEqualTo("44/random,{\"message\":\"Invalid namespace\"}");
            wire.connect("40/custom?query=is-not-part-of-it,", "42/custom,[\"auth\"");
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingGoesBeforeConnectAndTheMainNamespaceIsNotJoinedByItself(Wire.Transport transport) throws Exception {
        try (Wire wire = opened(transport)) {
            wire.send("42[\"message\",1]");
            wire.awaitClosed();
        }
        try (Wire wire = opened(transport).connect("40/custom,", "42/custom")) {
            wire.send("42[\"message\",1]");
            wire.awaitClosed();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSecondConnectCloses(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send("40");
            wire.awaitClosed();
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavingOneNamespaceLeavesTheOther(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.connect("40/custom,", "42/custom");
            wire.send("41/custom,", "42[\"message\",\"main\"]");
            assertThat(wire.next()).isEqualTo("42[\"message-back\",\"main\"]");
            wire.connect("40/custom,", "42/custom");
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoIsInNoNamespaceIsClosedAfterTheConnectTimeout(Wire.Transport transport) throws Exception {
        try (Wire wire = opened(transport, strict)) {
            wire.awaitClosed();
        }
        try (Wire wire = connected(transport, strict)) {
            wire.send("41");
            wire.awaitClosed();
        }
    }

    // ---- events

    static Stream<Arguments> events() {
        return both(
                "42[\"message\"]",
                "42[\"message\",1,\"2\",{\"3\":[true,null]},1.5,-7,12345678901234567890]",
                "42[\"message\",\"\u20ac \ud83d\ude00 \\n\\u0000\"]",
                "42[\"message\",{\"_placeholder\":true,\"num\":0}]");
    }

    @ParameterizedTest
    @MethodSource("events")
    void anEventsArgumentsComeBack(Wire.Transport transport, String event) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send(event);
            assertThat(wire.next()).isEqualTo(event.replace("message", "message-back"));
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void attachmentsGoBothWays(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport)) {
            String args = "[\"message\"," + PLACEHOLDER_0 + ",{\"in\":[" + PLACEHOLDER_1 + "]}]";
            wire.send("452-" + args, "bAQID", "b");
            assertThat(wire.next()).isEqualTo("452-" + args.replace("message", "message-back"));
            assertThat(wire.next()).isEqualTo("bAQID");
            assertThat(wire.next()).isEqualTo("b");
            wire.send("450-[\"message\",1]");
            assertThat(wire.next()).as("no attachment after all").isEqualTo("42[\"message-back\",1]");
            end(wire);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPingBetweenAnEventAndItsAttachmentsDisturbsNothing(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport, patient)) {
            wire.send("451-[\"message\"," + PLACEHOLDER_0 + "]");
            wire.leavingPings();
            assertThat(wire.next()).isEqualTo("2");
            wire.send("3", "bAQID");
            wire.answerPings();
            assertThat(wire.next()).startsWith("451-[\"message-back\"");
            assertThat(wire.next()).isEqualTo("bAQID");
        }
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgementsCarryTheIdAndTheArguments(Wire.Transport transport) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]");
            assertThat(wire.next()).isEqualTo("43456[1,\"2\",{\"3\":[false]}]");
            wire.send("420[\"message-with-ack\"]", "429007199254740991[\"message-with-ack\"]");
            assertThat(wire.next()).isEqualTo("430[]");
            assertThat(wire.next()).isEqualTo("439007199254740991[]");
            wire.send("452-789[\"message-with-ack\"," + PLACEHOLDER_0 + "," + PLACEHOLDER_1 + "]", "bAQID", "bBAUG");
            assertThat(wire.next()).isEqualTo("462-789[" + PLACEHOLDER_0 + "," + PLACEHOLDER_1 + "]");
            assertThat(wire.next()).isEqualTo("bAQID");
            assertThat(wire.next()).isEqualTo("bBAUG");
            wire.connect("40/custom,", "42/custom");
            wire.send("4312[]", "461-13[" + PLACEHOLDER_0 + "]", "bAQID", "42[\"message\"]");
            assertThat(wire.next()).as("answers to no question are nothing").isEqualTo("42[\"message-back\"]");
            end(wire);
        }
    }

    static Stream<Arguments> badPackets() {
        return both(
                "4",
                "4abc",
                "47[\"message\"]",
                "4-1",
                "42",
                "42{}",
                "42[]",
                "42[null]",
                "42[{}]",
                "42[\"message\"",
                "42[\"message\"]]",
                "42[\"message\"] x",
                "42abc[\"message-with-ack\"]",
                "42-1[\"message\"]",
                "429007199254740992[\"message\"]",
                "4299999999999999999999[\"message\"]",
                "42[\"connect\"]",
                "42[\"disconnect\"]",
                "42[\"disconnecting\"]",
                "42[\"newListener\"]",
                "42" + "[".repeat(100),
                "40[]",
                "40\"x\"",
                "40null",
                "401{}",
                "41{}",
                "411",
                "43[]",
                "431{}",
                "44{\"message\":\"x\"}",
                "42/other,[\"message\"]",
                "45[\"message\"]",
                "45-[\"message\"]",
                "45x-[\"message\"]",
                "451[\"message\"]",
                "4511-[\"message\"]",
                "45999999999-[\"message\"]",
                "4599999999999999999999-[\"message\"]",
                "451-[\"message\"," + PLACEHOLDER_1 + "]\u001ebAQID",
                "451-[\"message\",{\"_placeholder\":true,\"num\":-1}]\u001ebAQID",
                "451-[\"message\",{\"_placeholder\":true,\"num\":\"0\"}]\u001ebAQID",
                "451-[\"message\",{\"_placeholder\":true}]\u001ebAQID",
                "450-[\"message\"," + PLACEHOLDER_0 + "]",
                "451-[\"message\"," + PLACEHOLDER_0 + "]\u001e42[\"message\"]",
                "bAQID");
    }

    @ParameterizedTest
    @MethodSource("badPackets")
    void whatIsNoSocketIoPacketCloses(Wire.Transport transport, String packets) throws Exception {
        try (Wire wire = connected(transport)) {
            wire.send(packets.split("\u001e"));
            wire.awaitClosed();
        }
    }

    // ---- polling

    private static Wire.Polls polling() throws Exception {
        Wire.Polls wire = new Wire.Polls(endpoint());
        wire.next();
        return wire;
    }

    @Test
    void packetsArriveInBatches() throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"))) {
            HttpResponse<String> posted = wire.post("4test1\u001e4test2\u001ebAQIDBA==");
            assertThat(posted.statusCode()).isEqualTo(200);
            assertThat(posted.body()).isEqualTo("ok");
            HttpResponse<String> polled = Wire.Polls.get(wire.session());
            assertThat(polled.body()).isEqualTo("4test1\u001e4test2\u001ebAQIDBA==");
            assertThat(polled.headers().firstValue("content-type")).hasValue("text/plain; charset=UTF-8");
            assertThat(polled.headers().firstValue("cache-control")).hasValue("no-store");
            end(wire);
        }
    }

    @Test
    void badBatchesAreAnsweredBy400AndCloseTheSession() throws Exception {
        for (String body : List.of("abc", "4hi\u001eabc", "b!!", "4\u001e\u001e4")) {
            try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"))) {
                assertThat(wire.post(body).statusCode()).as(body).isEqualTo(400);
                assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
            }
        }
    }

    @Test
    void aWaitingPollEndsWithNoopWhenTheClientCloses() throws Exception {
        try (Wire.Polls wire = polling()) {
            CompletableFuture<HttpResponse<String>> poll = Wire.CLIENT.sendAsync(
                    HttpRequest.newBuilder(wire.session()).build(), HttpResponse.BodyHandlers.ofString());
            wire.post("40");
            assertThat(poll.get().body()).startsWith("40");
            Wire.Polls.get(wire.session());
            CompletableFuture<HttpResponse<String>> last = Wire.CLIENT.sendAsync(
                    HttpRequest.newBuilder(wire.session()).build(), HttpResponse.BodyHandlers.ofString());
            await().until(() -> waiting(wire));
            wire.post("1");
            assertThat(last.get().body()).isEqualTo("6");
            assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
        }
    }

    private static boolean waiting(Wire.Polls wire) {
        return EngineView.hasPoll(server.engine(), wire.session().toString().replaceAll(".*sid=", ""));
    }

    @Test
    void twoPollsAtOnceCloseTheSession() throws Exception {
        try (Wire.Polls wire = polling()) {
            CompletableFuture<HttpResponse<String>> first = Wire.CLIENT.sendAsync(
                    HttpRequest.newBuilder(wire.session()).build(), HttpResponse.BodyHandlers.ofString());
            await().until(() -> waiting(wire));
            assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
            assertThat(first.get().body()).isEqualTo("1");
            assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void twoPostsAtOnceCloseTheSession() throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"));
                RawHttp half = new RawHttp(server.port())) {
            String path = wire.session().getRawPath() + "?" + wire.session().getRawQuery();
            half.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n40");
            // A pong that nobody asked for is taken, as long as the first POST is not seen.
            await().untilAsserted(() -> assertThat(wire.post("3").statusCode()).isEqualTo(400));
            assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aPollWhoseConnectionGoesAwayClosesTheSession() throws Exception {
        try (Wire.Polls wire = polling()) {
            try (RawHttp poll = new RawHttp(server.port())) {
                poll.send("GET " + wire.session().getRawPath() + "?"
                        + wire.session().getRawQuery() + " HTTP/1.1\r\nHost: x\r\n\r\n");
                await().until(() -> waiting(wire));
            }
            await().until(() -> Wire.Polls.get(wire.session()).statusCode() == 400);
        }
    }

    @Test
    void oneConnectionServesManyRequests() throws Exception {
        try (RawHttp http = new RawHttp(server.port())) {
            for (int i = 0; i < 3; i++) {
                http.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
                String response = http.response();
                assertThat(response)
                        .startsWith("HTTP/1.1 200")
                        .contains("\"sid\"")
                        .doesNotContain("connection: close");
            }
        }
    }

    @Test
    void anyOriginMeansNoCredentials() throws Exception {
        try (RawHttp http = new RawHttp(server.port())) {
            http.send(
                    "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\n\r\n");
            assertThat(http.response())
                    .contains("access-control-allow-origin: *")
                    .doesNotContain("allow-credentials");
        }
    }

    // ---- upgrade

    @Test
    void aSessionMovesToItsWebsocketWithWhatWaited() throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"));
                Wire upgrade = Wire.offer(wire)) {
            upgrade.send("2probe");
            assertThat(upgrade.next()).isEqualTo("3probe");
            assertThat(Wire.Polls.get(wire.session()).body()).isEqualTo("6");
            wire.post("4waits");
            upgrade.send("5");
            assertThat(upgrade.next()).isEqualTo("4waits");
            assertThat(Wire.Polls.get(wire.session()).statusCode()).isEqualTo(400);
            assertThat(wire.post("4late").statusCode()).isEqualTo(400);
            upgrade.send("4hello");
            assertThat(upgrade.next()).isEqualTo("4hello");
            upgrade.send("1");
        }
    }

    @Test
    void aWaitingPollIsEndedByTheProbe() throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"));
                Wire upgrade = Wire.offer(wire)) {
            CompletableFuture<HttpResponse<String>> poll = Wire.CLIENT.sendAsync(
                    HttpRequest.newBuilder(wire.session()).build(), HttpResponse.BodyHandlers.ofString());
            await().until(() -> waiting(wire));
            upgrade.send("2probe");
            assertThat(poll.get().body()).isEqualTo("6");
            upgrade.send("5", "1");
        }
    }

    @Test
    void onlyOneWebsocketAtATimeMayTakeASession() throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"));
                Wire upgrade = Wire.offer(wire)) {
            upgrade.send("2probe");
            assertThat(upgrade.next()).isEqualTo("3probe");
            try (Wire second = Wire.offer(wire)) {
                assertThat(second.next()).isEqualTo(Wire.CLOSED);
            }
            upgrade.send("5", "4mine");
            assertThat(upgrade.next()).isEqualTo("4mine");
            try (Wire late = Wire.offer(wire)) {
                assertThat(late.next()).as("let in and closed").isEqualTo(Wire.CLOSED);
            }
            upgrade.send("4still mine");
            assertThat(upgrade.next()).isEqualTo("4still mine");
            upgrade.send("1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4hello", "5", "2", "3probe", ""})
    void aWebsocketThatDoesNotProbeIsClosedAndTheSessionStays(String packet) throws Exception {
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"))) {
            try (Wire upgrade = Wire.offer(wire)) {
                upgrade.send(packet);
                assertThat(upgrade.next()).isEqualTo(Wire.CLOSED);
            }
            try (Wire upgrade = Wire.offer(wire)) {
                upgrade.send("2probe");
                assertThat(upgrade.next()).isEqualTo("3probe");
            }
            wire.next();
            wire.post("4here");
            assertThat(wire.next()).isEqualTo("4here");
            end(wire);
        }
    }

    @Test
    void binaryIsBase64OnlyOnPolling() throws Exception {
        String encoded = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3, 4});
        try (Wire.Polls wire = new Wire.Polls(endpoint(server, "/engine.io/"))) {
            assertThat(wire.next()).startsWith("0");
            wire.post("b" + encoded);
            assertThat(Wire.Polls.get(wire.session()).body()).isEqualTo("b" + encoded);
            end(wire);
        }
    }
}
