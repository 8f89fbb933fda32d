package com.tenantlist.live.cli.line;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on a free loopback port. Any thread; each connection has two threads of its own, which end with it.
 */
public final class Line implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    /** Of a connection of a {@link Cut#DYING} line. */
    private static final long LIFE_MS = 500;

    private static final long LATE_MS = 200;

    private final InetSocketAddress target;
    private final int port;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private @Nullable ServerSocket door;
    private volatile @Nullable Cut cut;

    private Line(InetSocketAddress target, ServerSocket door) {
        this.target = target;
        this.door = door;
        this.port = door.getLocalPort();
    }

    /**
     * Opens a line.
     *
     * @param target where it leads; its host and port count
     * @throws UncheckedIOException if no port can be had
     */
    public static Line to(URI target) {
        int port = target.getPort() >= 0 ? target.getPort() : "https".equals(target.getScheme()) ? 443 : 80;
        try {
            Line line = new Line(new InetSocketAddress(target.getHost(), port), listen(0));
            line.accept();
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port at which it is entered; stays the same through cuts. */
    public int port() {
        return port;
    }

    /** The address at which it is entered. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Connections that stand now. */
    public int connections() {
        return pairs.size();
    }

    /** Cuts it, until {@link #restore}. A line that is cut already is cut this way from now on. */
    public synchronized void cut(Cut kind) {
        cut = kind;
        if (kind.closesDoor()) {
            closeDoor();
        } else if (door == null) {
            openDoor();
        }
        if (kind != Cut.BLACKHOLE) {
            pairs.forEach(pair -> pair.end(kind != Cut.CLOSE));
        }
    }

    /** Mends it; does nothing when it is whole. */
    public synchronized void restore() {
        Cut was = cut;
        if (was != null && was.swallows()) {
            pairs.forEach(pair -> pair.end(true));
        }
        cut = null;
        if (was != null && door == null) {
            openDoor();
        }
    }

    @Override
    public synchronized void close() {
        closeDoor();
        pairs.forEach(pair -> pair.end(false));
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return server;
    }

    private void openDoor() {
        try {
            door = listen(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        accept();
    }

    private void closeDoor() {
        ServerSocket open = door;
        door = null;
        quietly(open);
    }

    private void accept() {
        ServerSocket entrance = door;
        if (entrance == null) {
            return;
        }
        start("accept", () -> {
            while (true) {
                Socket client = entrance.accept();
                start("connect", () -> connect(client));
            }
        });
    }

    private void connect(Socket client) throws IOException {
        Socket server = new Socket();
        Pair pair = new Pair(client, server);
        pairs.add(pair);
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(target, CONNECT_TIMEOUT_MS);
            Cut now = cut;
            if (now != null && now.closesDoor()) {
                pair.end(now == Cut.RESET);
            } else if (now == Cut.DYING) {
                start("death", () -> {
                    pause(LIFE_MS);
                    if (cut == Cut.DYING) {
                        pair.end(true);
                    }
                });
            }
        } catch (IOException e) {
            pair.end(true);
            throw e;
        }
        start("up", () -> pair.pump(client, server));
        pair.pump(server, client);
    }

    private final class Pair {
        private final Socket client;
        private final Socket server;

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to) throws IOException {
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (cut == Cut.DYING && from == server) {
                        pause(LATE_MS);
                    }
                    Cut now = cut;
                    if (now == null || !now.swallows()) {
                        out.write(buffer, 0, read);
                    }
                }
            } finally {
                end(false);
            }
        }

        void end(boolean reset) {
            pairs.remove(this);
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    if (reset) {
                        // Closing with a linger of zero sends RST.
                        socket.setSoLinger(true, 0);
                    }
                } catch (IOException e) {
                    // It is closed already.
                }
                quietly(socket);
            }
        }
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    /** A socket's end is how its thread learns that it is not needed any more. */
    private void start(String role, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // The socket was closed, by us or by a peer: the other half is closed too.
                    }
                },
                "line-" + port + "-" + role);
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(@Nullable AutoCloseable socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (Exception e) {
                // Nothing of it is needed any more.
            }
        }
    }
}
