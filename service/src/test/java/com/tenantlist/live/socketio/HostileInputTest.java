package com.tenantlist.live.socketio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.socketio.packet.MalformedPacketException;
import com.tenantlist.live.socketio.packet.PacketReader;
import com.tenantlist.live.socketio.packet.Parser;
import com.tenantlist.live.socketio.packet.SocketPacket;
import com.tenantlist.live.testing.Footprint;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.RawPolling;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Generated hostile input, on the wire and to the parsers: nothing is thrown but what says that a packet is malformed,
 * nobody but the sender is affected, and nothing is left. How much is set by {@code -Dhostile.inputs}; a seed that fails
 * is in the failure's text and repeats by {@code -Dhostile.seed}.
 */
class HostileInputTest {
    private static final int INPUTS = Integer.getInteger("hostile.inputs", 1_000_000);

    /** Of them, this share goes over the wire: frames, polling bodies, requests. */
    private static final int WIRE_SHARE = 20;

    private static final long SEED = Long.getLong("hostile.seed", System.nanoTime());

    private static final MetricRegistry METRICS = new MetricRegistry();
    private static final AtomicLong UNCAUGHT = new AtomicLong();
    private static SocketServer server;

    @BeforeAll
    static void start() throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> UNCAUGHT.incrementAndGet());
        SocketServerConfiguration config = new SocketServerConfiguration();
        config.port = 0;
        config.eventRate = 1_000_000;
        config.eventBurst = 1_000_000;
        config.maxHandshakes = 1_000_000;
        // Some input is good by chance: its sessions end by these.
        config.connectTimeout = io.dropwizard.util.Duration.seconds(2);
        config.pingInterval = io.dropwizard.util.Duration.seconds(5);
        config.pingTimeout = io.dropwizard.util.Duration.seconds(10);
        server = ConformanceServer.create(config, METRICS);
        server.start();
    }

    @AfterAll
    static void stop() {
        Thread.setDefaultUncaughtExceptionHandler(null);
        server.stop();
    }

    @Test
    void theParsersThrowNothingElse() {
        Random random = new Random(SEED);
        long malformed = 0;
        long accepted = 0;
        int count = INPUTS - INPUTS / WIRE_SHARE;
        for (int i = 0; i < count; i++) {
            long seed = random.nextLong();
            HostileInput input = new HostileInput(new Random(seed));
            try {
                PacketReader reader = new PacketReader(10, 65536);
                int packets = input.below(3) + 1;
                for (int n = 0; n < packets; n++) {
                    SocketPacket packet =
                            input.below(3) == 0 ? reader.binary(input.binary()) : reader.text(input.packet());
                    if (packet != null) {
                        accepted++;
                        // What was accepted can be sent.
                        packet.eventArgs();
                        Parser.TEXT.encode(packet);
                        Parser.MSGPACK.encode(packet);
                    }
                }
            } catch (MalformedPacketException e) {
                malformed++;
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("input " + seed + " of run " + SEED, e);
            }
        }
        assertThat(malformed).as("malformed").isGreaterThan(count / 3L);
        assertThat(accepted).as("but not at once seen to be").isGreaterThan(count / 50L);
    }

    @Test
    void onTheWireNobodyElseIsAffectedAndNothingIsLeft() throws Exception {
        Random random = new Random(SEED);
        int count = INPUTS / WIRE_SHARE;
        try (Wire websocket = bystander(Wire.Transport.WEBSOCKET);
                Wire polling = bystander(Wire.Transport.POLLING)) {
            List<Wire> bystanders = List.of(websocket, polling);
            attack(random, count / 10, bystanders);
            Footprint before = settled(bystanders);
            attack(random, count, bystanders);
            for (Wire bystander : bystanders) {
                bystander.send("421[\"message-with-ack\",\"well?\"]");
                assertThat(bystander.next()).isEqualTo("431[\"well?\"]");
            }
            before.assertBackAt(() -> settled(bystanders), 16 << 20);
            assertThat(UNCAUGHT).as("run " + SEED).hasValue(0);
            websocket.send("1");
            polling.send("1");
        }
        await().untilAsserted(() -> assertThat(server.sessions()).isZero());
    }

    private static Wire bystander(Wire.Transport transport) throws Exception {
        Wire wire = Wire.open(transport, URI.create("http://127.0.0.1:" + server.port() + "/socket.io/"));
        return wire.connect("40", "42[\"auth\"");
    }

    /** When all that the attack opened is closed. */
    private static Footprint settled(List<Wire> bystanders) {
        await().atMost(java.time.Duration.ofSeconds(60)).untilAsserted(() -> {
            stay(bystanders);
            assertThat(server.sessions()).isEqualTo(bystanders.size());
        });
        return Footprint.now();
    }

    /** A pong is taken whether or not the ping was read yet. */
    private static void stay(List<Wire> bystanders) throws Exception {
        for (Wire bystander : bystanders) {
            bystander.send("3");
        }
    }

    private static void attack(Random random, int inputs, List<Wire> bystanders) throws Exception {
        int done = 0;
        for (int connection = 0; done < inputs; connection++) {
            if (connection % 100 == 0) {
                stay(bystanders);
            }
            long seed = random.nextLong();
            HostileInput input = new HostileInput(new Random(seed));
            try {
                done += input.below(3) == 0 ? requests(input) : frames(input);
            } catch (IOException e) {
                // The server ended it, in the middle of what was written.
                done++;
            }
        }
    }

    private static int frames(HostileInput input) throws IOException {
        String[] headers =
                input.below(2) == 0 ? new String[] {"Sec-WebSocket-Extensions: permessage-deflate"} : new String[0];
        try (RawHttp http = RawHttp.webSocket(server.port(), "/socket.io/", headers)) {
            http.headers();
            if (input.below(3) > 0) {
                http.sendText("40");
            }
            int frames = 1 + input.below(20);
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            for (int i = 0; i < frames; i++) {
                batch.writeBytes(input.frame());
            }
            http.send(batch.toByteArray());
            drain(http);
            return frames;
        }
    }

    private static int requests(HostileInput input) throws IOException {
        try (RawPolling polling = new RawPolling(server.port())) {
            RawHttp http = polling.http();
            int sent = 0;
            int requests = 1 + input.below(4);
            for (; sent < requests; sent++) {
                http.send(input.request(polling.sid()));
                http.socket().setSoTimeout(50);
                try {
                    http.response();
                } catch (SocketTimeoutException e) {
                    break;
                }
            }
            return sent + 1;
        }
    }

    /** Reads what comes for a moment: some attackers do. */
    private static void drain(RawHttp http) throws IOException {
        http.socket().setSoTimeout(1);
        try {
            while (http.socket().getInputStream().read(new byte[4096]) >= 0) {}
        } catch (SocketTimeoutException e) {
            // Enough.
        }
    }
}
