package com.tenantlist.live.socketio;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.tenantlist.live.socketio.engine.EngineProtocol;
import com.tenantlist.live.socketio.engine.EngineSession;
import com.tenantlist.live.socketio.engine.OriginPolicy;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.socketio.packet.EnginePacket;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The server that the public suites of the Engine.IO v4 and Socket.IO v5 protocols want to talk to, as their documents
 * describe it: {@code /engine.io/} sends back what it gets; {@code /socket.io/} has the namespaces {@code /} and
 * {@code /custom}.
 */
public final class ConformanceServer {
    private static final int DEFAULT_PORT = 3000;

    private ConformanceServer() {}

    /** {@code [port]}, 3000 by default, on the loopback address, until the process ends. */
    public static void main(String[] args) throws IOException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_PORT;
        SocketServer server = create(port);
        server.start();
        System.out.println("conformance server listening on 127.0.0.1:" + server.port());
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    }

    static SocketServerConfiguration configuration(int port) {
        SocketServerConfiguration config = new SocketServerConfiguration();
        config.port = port;
        // Requests that the suite sends at the same moment are answered in the order in which they come.
        config.threads = 1;
        config.pingInterval = Duration.milliseconds(300);
        config.pingTimeout = Duration.milliseconds(200);
        config.connectTimeout = Duration.seconds(1);
        config.maxPayload = DataSize.bytes(1_000_000);
        return config;
    }

    static SocketServer create(int port) {
        return create(configuration(port), new MetricRegistry());
    }

    static SocketServer create(SocketServerConfiguration config, MetricRegistry metrics) {
        SocketServer server = new SocketServer(config, OriginPolicy.ofAny(), metrics)
                .addNamespace("/", (connection, handshake) -> let(connection, handshake, "/"))
                .addNamespace("/custom", (connection, handshake) -> let(connection, handshake, "/custom"));
        server.engine().serve("/engine.io/", (session, opening) -> new Echo(session));
        return server;
    }

    private static CompletionStage<ConnectionHandler> let(
            Connection connection, Handshake handshake, String namespace) {
        JsonNode auth = handshake.auth().orElseGet(JsonNodeFactory.instance::objectNode);
        return CompletableFuture.completedStage(new Talker(connection, namespace, auth));
    }

    private record Talker(Connection connection, String namespace, JsonNode auth) implements ConnectionHandler {
        @Override
        public void connected() {
            // Not in the TCP segment of CONNECT's answer: the suite waits for one frame, then for the next, and would
            // miss
            // the second of two that its websocket library announces in one go.
            connection.schedule(
                    java.time.Duration.ofMillis(10),
                    () -> connection.send(OutgoingEvent.of(namespace, "auth", List.of(auth))));
        }

        @Override
        public void event(String name, List<JsonNode> args, Acknowledgement ack) {
            if (name.equals("message")) {
                connection.send(OutgoingEvent.of(namespace, "message-back", args));
            } else if (name.equals("message-with-ack")) {
                ack.send(args);
            }
        }

        @Override
        public void writable() {}

        @Override
        public void disconnected(String reason) {}
    }

    private record Echo(EngineSession session) implements EngineProtocol.Receiver {
        @Override
        public void opened() {
            session.handshakeEnded();
        }

        @Override
        public void text(String message) {
            session.write(EnginePacket.message(message));
        }

        @Override
        public void binary(byte[] message) {
            session.write(EnginePacket.message(message));
        }

        @Override
        public void writable() {}

        @Override
        public void closed(String reason) {}
    }
}
