package com.tenantlist.live.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A TCP line to a port that fails in the ways in which lines fail. What a fault has swallowed is lost: a connection that it touched never
 * passes anything again, as a real one would not. Two threads a connection.
 */
public final class FaultyLine implements AutoCloseable {
    /** How it is. */
    public enum Fault {
        /** It passes all. */
        NONE,
        /** Open connections are closed, once; new ones pass. */
        CLOSE,
        /** Open connections are reset, once; new ones pass. */
        RESET,
        /** Nothing passes, in neither direction, and nobody says so; new connections are let in and are as mute. */
        MUTE,
        /** What the server sends is swallowed; what the client sends passes. */
        HALF_OPEN,
        /** Of each new connection the handshake passes, and then nothing. */
        SWALLOWED_AFTER_HANDSHAKE,
        /** Each piece is held back. */
        SLOW
    }

    private static final int PIECE = 16 * 1024;
    private static final int HANDSHAKE_BYTES = 600;
    private static final long SLOW_MILLIS = 150;

    private final ServerSocket entry;
    private final int target;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private volatile Fault fault = Fault.NONE;

    public FaultyLine(int target) throws IOException {
        this.target = target;
        this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("entry", this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + entry.getLocalPort());
    }

    /** Begins a fault, or ends the one before. */
    public void is(Fault now) {
        fault = now;
        if (now == Fault.CLOSE || now == Fault.RESET) {
            pairs.forEach(pair -> pair.end(now == Fault.RESET));
        }
    }

    private void accept() {
        while (!entry.isClosed()) {
            try {
                Socket client = entry.accept();
                Socket server = new Socket();
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
                Pair pair = new Pair(client, server);
                pairs.add(pair);
                start("up", () -> pair.pump(client, server, true));
                start("down", () -> pair.pump(server, client, false));
            } catch (IOException e) {
                // Closed, or nobody is there.
            }
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "faulty-line-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private final class Pair {
        private final Socket client;
        private final Socket server;
        private final boolean bornSwallowing = fault == Fault.SWALLOWED_AFTER_HANDSHAKE;
        private volatile boolean swallows;
        private long passed;

        private Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        private void pump(Socket from, Socket to, boolean up) {
            byte[] piece = new byte[PIECE];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                    if (fault == Fault.SLOW) {
                        TimeUnit.MILLISECONDS.sleep(SLOW_MILLIS);
                    }
                    if (passes(up, read)) {
                        out.write(piece, 0, read);
                    }
                }
            } catch (IOException e) {
                // Whichever end it was, the other one follows.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!swallows) {
                end(false);
            }
        }

        private synchronized boolean passes(boolean up, int bytes) {
            if (fault == Fault.MUTE || (fault == Fault.HALF_OPEN && !up)) {
                swallows = true;
            }
            if (!up && bornSwallowing) {
                passed += bytes;
                swallows |= passed > HANDSHAKE_BYTES;
            }
            return !swallows || (up && fault == Fault.HALF_OPEN);
        }

        private void end(boolean byReset) {
            pairs.remove(this);
            try {
                if (byReset) {
                    client.setSoLinger(true, 0);
                }
                client.close();
                server.close();
            } catch (IOException e) {
                // It is closed.
            }
        }
    }

    @Override
    public void close() throws IOException {
        entry.close();
        pairs.forEach(pair -> pair.end(true));
    }
}
