package com.tenantlist.live.socketio.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * An Engine.IO packet on its way to clients: text with its type digit, or binary. Immutable, and shared by all who get it:
 * the websocket frame is made once (RFC 6455, section 5.2; a server's frames are not masked).
 */
public final class EnginePacket {
    public static final EnginePacket CLOSE = text("1");
    public static final EnginePacket PING = text("2");
    public static final EnginePacket PROBE_ANSWER = text("3probe");
    public static final EnginePacket NOOP = text("6");

    private static final int FINAL = 0x80;
    private static final int OPCODE_TEXT = 1;
    private static final int OPCODE_BINARY = 2;

    private final boolean binary;
    private final byte[] payload;
    private volatile byte[] frame = {};

    private EnginePacket(boolean binary, byte[] payload) {
        this.binary = binary;
        this.payload = payload;
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

    public int length() {
        return payload.length;
    }

    public ByteBuf payload() {
        return Unpooled.wrappedBuffer(payload);
    }

    /** The whole websocket frame. Threads may race to make the same bytes. */
    public ByteBuf frame() {
        byte[] made = frame;
        if (made.length == 0) {
            made = encodeFrame();
            frame = made;
        }
        return Unpooled.wrappedBuffer(made);
    }

    private byte[] encodeFrame() {
        int length = payload.length;
        ByteBuf out = Unpooled.buffer(length + 10);
        out.writeByte(FINAL | (binary ? OPCODE_BINARY : OPCODE_TEXT));
        if (length < 126) {
            out.writeByte(length);
        } else if (length < 65536) {
            out.writeByte(126).writeShort(length);
        } else {
            out.writeByte(127).writeLong(length);
        }
        out.writeBytes(payload);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    /** As it stands in a polling body: binary as {@code b} and Base64. */
    public byte[] polled() {
        return binary
                ? ("b" + Base64.getEncoder().encodeToString(payload)).getBytes(StandardCharsets.US_ASCII)
                : payload;
    }
}
