package com.tenantlist.live.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** A TCP connection on which requests and websocket frames are written byte by byte, also wrong ones. */
public final class RawHttp implements AutoCloseable {
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    /** A frame from the server; {@code first} is its first byte: FIN, reserved bits, opcode. */
    public record Frame(int first, byte[] payload) {
        public int opcode() {
            return first & 15;
        }

        public boolean isCompressed() {
            return (first & 0x40) != 0;
        }

        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The status of a close frame. */
        public int status() {
            return payload.length < 2 ? -1 : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        }
    }

    public RawHttp(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** A websocket session. */
    public static RawHttp webSocket(int port, String path, String... headers) throws IOException {
        RawHttp http = new RawHttp(port);
        byte[] key = new byte[16];
        ThreadLocalRandom.current().nextBytes(key);
        http.send("GET " + path + "?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                + Base64.getEncoder().encodeToString(key) + "\r\n"
                + String.join(
                        "",
                        java.util.Arrays.stream(headers)
                                .map(header -> header + "\r\n")
                                .toList())
                + "\r\n");
        return http;
    }

    public Socket socket() {
        return socket;
    }

    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Headers, as text. */
    public String headers() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            bytes.write(in.readUnsignedByte());
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Headers and body, as text. */
    public String response() throws IOException {
        String headers = headers();
        String lower = headers.toLowerCase(Locale.ROOT);
        int length = lower.contains("content-length:")
                ? Integer.parseInt(lower.replaceAll("(?s).*content-length: *(\\d+).*", "$1"))
                : 0;
        return headers + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** A masked frame. */
    public static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) payload.length >> shift));
            }
        }
        byte[] mask = {1, 2, 3, 4};
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i % 4]);
        }
        return frame.toByteArray();
    }

    public void sendFrame(int first, byte[] payload) throws IOException {
        send(frame(first, payload));
    }

    public void sendText(String text) throws IOException {
        sendFrame(0x80 | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The next frame; throws EOFException at the end. */
    public Frame readFrame() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = Math.toIntExact(in.readLong());
        }
        return new Frame(first, in.readNBytes(length));
    }

    /** The status of the close frame that comes next or later; -1 if the connection ends without one. */
    public int awaitClose() throws IOException {
        try {
            while (true) {
                Frame frame = readFrame();
                if (frame.opcode() == CLOSE) {
                    return frame.status();
                }
            }
        } catch (EOFException | java.net.SocketException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
