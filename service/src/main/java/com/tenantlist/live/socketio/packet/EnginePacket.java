package com.tenantlist.live.socketio.packet;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.Deflater;

/**
 * An Engine.IO packet on its way to clients: text with its type digit, or binary. Immutable, and shared by all who get it: it
 * is its websocket frame from the beginning (RFC 6455, section 5.2; a server's frames are not masked), and is compressed once
 * (RFC 7692). That no compressor's context outlives a message makes the bytes the same for all.
 */
public final class EnginePacket {
    public static final EnginePacket CLOSE = text("1");
    public static final EnginePacket PING = text("2");
    public static final EnginePacket PROBE_ANSWER = text("3probe");
    public static final EnginePacket NOOP = text("6");

    private static final int FINAL = 0x80;
    private static final int COMPRESSED = 0x40;
    private static final int OPCODE_TEXT = 1;
    private static final int OPCODE_BINARY = 2;

    private static final int DEFLATE_LEVEL = 6;

    /** What flushing a compressor ends with, and RFC 7692 has left out. */
    private static final int FLUSH_TAIL = 4;

    private final boolean binary;
    private final byte[] frame;
    private final int header;
    private volatile byte[] deflatedFrame = {};

    private EnginePacket(boolean binary, byte[] payload) {
        this.binary = binary;
        this.frame = frame(binary ? FINAL | OPCODE_BINARY : FINAL | OPCODE_TEXT, payload, payload.length);
        this.header = frame.length - payload.length;
    }

    /** A text packet; its first character is its type. */
    public static EnginePacket text(String packet) {
        return new EnginePacket(false, packet.getBytes(StandardCharsets.UTF_8));
    }

    /** A text message. */
    public static EnginePacket message(String text) {
        return text("4" + text);
    }

    /** A binary message. */
    public static EnginePacket message(byte[] bytes) {
        return new EnginePacket(true, bytes);
    }

    public boolean isBinary() {
        return binary;
    }

    /** Of what it carries, uncompressed. */
    public int length() {
        return frame.length - header;
    }

    /** The whole websocket frame, always the same array. */
    public byte[] frame() {
        return frame;
    }

    /** The same, compressed. Threads may race to make the same bytes. */
    public byte[] deflatedFrame() {
        byte[] made = deflatedFrame;
        if (made.length == 0) {
            made = deflate();
            deflatedFrame = made;
        }
        return made;
    }

    private byte[] deflate() {
        Deflater deflater = new Deflater(DEFLATE_LEVEL, true);
        try {
            deflater.setInput(frame, header, length());
            byte[] out = new byte[length() / 2 + 64];
            int length = 0;
            while (true) {
                length += deflater.deflate(out, length, out.length - length, Deflater.SYNC_FLUSH);
                if (length < out.length) {
                    return frame((frame[0] & 0xff) | COMPRESSED, out, length - FLUSH_TAIL);
                }
                out = Arrays.copyOf(out, 2 * out.length);
            }
        } finally {
            deflater.end();
        }
    }

    private static byte[] frame(int first, byte[] payload, int length) {
        ByteBuffer out = ByteBuffer.allocate(length + (length < 126 ? 2 : length < 65536 ? 4 : 10));
        out.put((byte) first);
        if (length < 126) {
            out.put((byte) length);
        } else if (length < 65536) {
            out.put((byte) 126).putShort((short) length);
        } else {
            out.put((byte) 127).putLong(length);
        }
        return out.put(payload, 0, length).array();
    }

    /** Adds it to a polling body: binary as {@code b} and Base64. */
    public void writeTo(ByteBuf body) {
        if (binary) {
            byte[] payload = Arrays.copyOfRange(frame, header, frame.length);
            body.writeByte('b').writeBytes(Base64.getEncoder().encode(payload));
        } else {
            body.writeBytes(frame, header, length());
        }
    }
}
