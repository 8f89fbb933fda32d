package com.tenantlist.live.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.testing.JsClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The official JavaScript client against the conformance server: values of all kinds there and back. */
class JsClientsTest {
    private static SocketServer server;

    @BeforeAll
    static void start() throws Exception {
        SocketServerConfiguration config = new SocketServerConfiguration();
        config.port = 0;
        server = ConformanceServer.create(config, new MetricRegistry());
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @ParameterizedTest
    @CsvSource({
        "websocket, default, /",
        "polling, default, /",
        "'polling,websocket', default, /",
        "websocket, msgpack, /",
        "polling, msgpack, /",
        "'polling,websocket', msgpack, /"
    })
    void valuesOfAllKindsGoThereAndBack(String transports, String parser, String namespace) throws Exception {
        try (JsClient client = new JsClient(Map.of(
                "url",
                "http://127.0.0.1:" + server.port() + namespace,
                "auth",
                Map.of("token", "123"),
                "parser",
                parser,
                "options",
                Map.of("transports", transports.split(","), "forceNew", true)))) {
            client.await("connect");
            assertThat(client.awaitEvent("auth").path("args").toString()).isEqualTo("[{\"token\":\"123\"}]");
            Map<String, Object> binary = Map.of("base64", "AQIDBA==");
            Object[] args = {
                1,
                -7,
                1.5,
                9007199254740991L,
                "\u20ac \ud83d\ude00",
                true,
                List.of(),
                Map.of("a", Map.of("b", List.of(1, "2"))),
                binary,
                List.of(Map.of("deep", binary), binary)
            };
            String expected = new ObjectMapper().valueToTree(args).toString();
            client.emit("message", args);
            assertThat(client.awaitEvent("message-back").path("args").toString())
                    .isEqualTo(expected);
            JsonNode answer = client.ask("message-with-ack", args);
            assertThat(answer.toString()).isEqualTo(expected);
            assertThat(client.ask("message-with-ack").toString()).isEqualTo("[]");
            String large = "x".repeat(40_000);
            assertThat(client.ask("message-with-ack", large).path(0).asText()).isEqualTo(large);
        }
    }
}
