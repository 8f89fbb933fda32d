package com.tenantlist.live.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.socketio.engine.EngineView;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.socketio.packet.EnginePacket;
import com.tenantlist.live.testing.RawHttp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes to many, and what goes out together, on real sockets. */
class FanOutTest {
    private final List<RawHttp> clients = new ArrayList<>();
    private SocketServer server;

    @BeforeEach
    void start() throws IOException {
        SocketServerConfiguration config = new SocketServerConfiguration();
        config.port = 0;
        config.threads = 1;
        server = ConformanceServer.create(config, new MetricRegistry());
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        for (RawHttp client : clients) {
            client.close();
        }
        server.stop();
    }

    private void connect(int count, String... headers) throws IOException {
        for (int i = 0; i < count; i++) {
            RawHttp client = RawHttp.webSocket(server.port(), "/engine.io/", headers);
            clients.add(client);
            assertThat(client.headers()).startsWith("HTTP/1.1 101");
            assertThat(client.readFrame().text()).startsWith("0{");
        }
    }

    @Test
    void whatGoesOutTogetherIsFlushedOnce() throws Exception {
        connect(2);
        List<EngineView.Line> lines = EngineView.watch(server.engine());
        EngineView.inOneTurn(server.engine(), session -> {
            for (int i = 0; i < 20; i++) {
                session.write(EnginePacket.message("event " + i));
            }
        });
        for (RawHttp client : clients) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.readFrame().text()).isEqualTo("4event " + i);
            }
        }
        assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line.flushes).hasValue(1));
    }

    @Test
    void aFrameForAllIsOneBuffer() throws Exception {
        connect(10);
        List<EngineView.Line> lines = EngineView.watch(server.engine());
        EnginePacket packet = EnginePacket.message("to all of you");
        EngineView.inOneTurn(server.engine(), session -> session.write(packet));
        for (RawHttp client : clients) {
            assertThat(client.readFrame().text()).isEqualTo("4to all of you");
        }
        List<EngineView.Written> direct = direct(lines);
        assertThat(direct).as("all but the first").hasSize(9);
        assertThat(direct.stream().map(EngineView.Written::address).distinct()).hasSize(1);
    }

    private static List<EngineView.Written> direct(List<EngineView.Line> lines) {
        return lines.stream()
                .flatMap(line -> line.written.stream())
                .filter(EngineView.Written::direct)
                .toList();
    }

    @Test
    void whatIsCompressedIsCompressedOnceForAll() throws Exception {
        connect(5, "Sec-WebSocket-Extensions: permessage-deflate");
        connect(1);
        String text = "a long event ".repeat(500);
        EnginePacket packet = EnginePacket.message(text);
        List<EngineView.Line> lines = EngineView.watch(server.engine());
        EngineView.inOneTurn(server.engine(), session -> session.write(packet));
        for (RawHttp client : clients.subList(0, 5)) {
            RawHttp.Frame frame = client.readFrame();
            assertThat(frame.isCompressed()).isTrue();
            byte[] shared = packet.deflatedFrame();
            assertThat(shared).hasSizeLessThan(300).endsWith(frame.payload());
        }
        assertThat(clients.get(5).readFrame().text()).isEqualTo("4" + text);
        assertThat(direct(lines).stream().map(EngineView.Written::address).distinct())
                .as("places of the compressed frame")
                .hasSize(1);
    }
}
