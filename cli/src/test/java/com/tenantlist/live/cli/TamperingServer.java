package com.tenantlist.live.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A server that is broken on purpose: the real one, but for a few websocket frames that are dropped, sent twice or sent in the
 * wrong order on their way to the client.
 */
final class TamperingServer implements AutoCloseable {
    /**
     * What is done to the second change of each connection: where a connection ends before the next change, nothing is missed, for the
     * client asks for both on its next.
     */
    enum Fault {
        DROP,
        REPEAT,
        SWAP_WITH_NEXT
    }

    private static final int VICTIM = 2;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private final URI target;
    private final Fault fault;
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    TamperingServer(URI target, Fault fault) throws IOException {
        this.target = target;
        this.fault = fault;
        start(() -> {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(target.getHost(), target.getPort());
                start(() -> {
                    try (client;
                            server) {
                        client.getInputStream().transferTo(server.getOutputStream());
                    }
                });
                start(() -> {
                    try (client;
                            server) {
                        down(server.getInputStream(), client.getOutputStream());
                    }
                });
            }
        });
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort());
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // The connection ended, or the test.
                    }
                },
                "tampering-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void down(InputStream from, OutputStream to) throws IOException {
        DataInputStream in = new DataInputStream(from);
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(in.readByte());
        }
        to.write(head.toByteArray());
        int changes = 0;
        byte[] kept = null;
        while (true) {
            byte[] frame = frame(in);
            boolean change = new String(frame, StandardCharsets.UTF_8).contains("[\"metrics:updated\"");
            changes += change ? 1 : 0;
            boolean victim = change && changes == VICTIM;
            if (victim && fault == Fault.SWAP_WITH_NEXT) {
                kept = frame;
            } else if (kept != null && change) {
                for (byte[] late : List.of(frame, kept)) {
                    to.write(late);
                }
                kept = null;
            } else if (!victim || fault == Fault.REPEAT) {
                to.write(frame);
                if (victim) {
                    to.write(frame);
                }
            }
            to.flush();
        }
    }

    /** A whole frame of a server: it has no mask. */
    private static byte[] frame(DataInputStream in) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(in.readByte());
        int length = in.readByte();
        frame.write(length);
        long size = length;
        if (length == LENGTH_16 || length == LENGTH_64) {
            byte[] extended = in.readNBytes(length == LENGTH_16 ? 2 : 8);
            frame.write(extended);
            size = 0;
            for (byte b : extended) {
                size = size << 8 | (b & 0xff);
            }
        }
        frame.write(in.readNBytes(Math.toIntExact(size)));
        return frame.toByteArray();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
