package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Between a real socket and a real server's. */
class ReplicationSocketsTest {
    private final ExecutorService reader = Executors.newSingleThreadExecutor();
    private ServerSocket server;
    private Socket socket;
    private Socket peer;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        socket = new ReplicationSockets("").createSocket();
        socket.connect(server.getLocalSocketAddress());
        peer = server.accept();
    }

    @AfterEach
    void close() throws IOException {
        reader.shutdownNow();
        socket.close();
        peer.close();
        server.close();
    }

    @Test
    void whoAsksIsAnsweredAtOnceThatNothingHasCome() throws Exception {
        socket.setSoTimeout(ReplicationSockets.ASKS_MILLIS);
        InputStream in = socket.getInputStream();
        assertThatThrownBy(() -> in.read(new byte[8], 0, 8))
                .isInstanceOf(SocketTimeoutException.class)
                .as("not the socket's own, which comes after its limit")
                .hasMessage("nothing has come yet");
    }

    @Test
    void whoAsksGetsWhatHasCome() throws Exception {
        peer.getOutputStream().write(new byte[] {1, 2, 3});
        await().until(() -> socket.getInputStream().available() == 3);
        socket.setSoTimeout(ReplicationSockets.ASKS_MILLIS);
        byte[] got = new byte[8];
        assertThat(socket.getInputStream().read(got, 2, 6)).isEqualTo(3);
        assertThat(got).containsExactly(0, 0, 1, 2, 3, 0, 0, 0);
    }

    @Test
    void whoReadsWaits() throws Exception {
        socket.setSoTimeout(ReplicationSockets.ASKS_MILLIS);
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
        InputStream in = socket.getInputStream();
        Future<Integer> read = reader.submit(() -> in.read(new byte[8], 0, 8));
        assertThatThrownBy(() -> read.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        peer.getOutputStream().write(7);
        assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void theEndIsTheEndForWhoReads() throws Exception {
        peer.close();
        assertThat(socket.getInputStream().read(new byte[8], 0, 8)).isEqualTo(-1);
    }
}
