package com.tenantlist.live.socketio.packet;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one client's packets. Its first message tells which parser it uses: the default parser begins with text, MessagePack
 * is binary. Not thread-safe.
 */
public final class PacketReader {
    private final int maxAttachments;
    private final long maxBytes;
    private @Nullable Parser parser;

    /** A binary event whose attachments have not all come. */
    private TextParser.@Nullable Incomplete incomplete;

    private final List<byte[]> attachments = new ArrayList<>(0);
    private long attachedBytes;

    /** Refuses packets of more attachments, or with more bytes in their attachments. */
    public PacketReader(int maxAttachments, long maxBytes) {
        this.maxAttachments = maxAttachments;
        this.maxBytes = maxBytes;
    }

    /** The client's parser; the default one as long as it has said nothing. */
    public Parser parser() {
        return parser == null ? Parser.TEXT : parser;
    }

    /** A text message: a packet, or null if it is not complete yet. */
    public @Nullable SocketPacket text(String message) throws MalformedPacketException {
        if (parser == Parser.MSGPACK) {
            throw new MalformedPacketException("text from a client that speaks MessagePack");
        }
        parser = Parser.TEXT;
        if (incomplete != null) {
            throw new MalformedPacketException("text where an attachment is due");
        }
        TextParser.Incomplete packet = TextParser.parse(message);
        if (packet.attachments() > maxAttachments) {
            throw new MalformedPacketException("more than " + maxAttachments + " attachments");
        }
        if (packet.attachments() == 0) {
            return packet.complete(List.of());
        }
        incomplete = packet;
        return null;
    }

    /** A binary message: a packet, or null if it is not complete yet. */
    public @Nullable SocketPacket binary(byte[] message) throws MalformedPacketException {
        if (parser == null) {
            parser = Parser.MSGPACK;
        }
        if (parser == Parser.MSGPACK) {
            return MsgPackParser.parse(message);
        }
        TextParser.Incomplete packet = incomplete;
        if (packet == null) {
            throw new MalformedPacketException("an attachment that no packet announced");
        }
        attachedBytes += message.length;
        if (attachedBytes > maxBytes) {
            throw new MalformedPacketException("attachments of more than " + maxBytes + " bytes");
        }
        attachments.add(message);
        if (attachments.size() < packet.attachments()) {
            return null;
        }
        SocketPacket complete = packet.complete(attachments);
        incomplete = null;
        attachments.clear();
        attachedBytes = 0;
        return complete;
    }
}
