package com.tenantlist.live.socketio.packet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.ExtensionTypeHeader;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * {@code socket.io-msgpack-parser} 3: a packet is a MessagePack map of {@code type}, {@code nsp}, {@code id} and
 * {@code data}; other members are for the sender's own use. Extension type 0 is JavaScript's: a date (8 bytes), bytes, or
 * undefined (1 byte), which is read as null, and whole members with it as absent.
 */
final class MsgPackParser {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int EXTENSION_JAVASCRIPT = 0;

    private final MessageUnpacker in;
    private final long size;

    private MsgPackParser(byte[] message) {
        in = MessagePack.newDefaultUnpacker(message);
        size = message.length;
    }

    // ---- reading

    static SocketPacket parse(byte[] message) throws MalformedPacketException {
        MsgPackParser parser = new MsgPackParser(message);
        try {
            JsonNode packet = parser.value(0);
            if (parser.in.getTotalReadBytes() != message.length) {
                throw new MalformedPacketException("bytes after the packet");
            }
            return packet(packet);
        } catch (IOException | MessagePackException e) {
            throw new MalformedPacketException("not MessagePack");
        }
    }

    private static SocketPacket packet(@Nullable JsonNode packet) throws MalformedPacketException {
        if (packet == null || !packet.isObject()) {
            throw new MalformedPacketException("a packet must be a map");
        }
        JsonNode type = packet.path("type");
        JsonNode namespace = packet.path("nsp");
        JsonNode id = packet.get("id");
        if (!type.isInt()) {
            throw new MalformedPacketException("packet without a type");
        }
        if (!namespace.isTextual()) {
            throw new MalformedPacketException("packet without a namespace");
        }
        OptionalLong ackId = OptionalLong.empty();
        if (id != null) {
            if (!id.isIntegralNumber()
                    || !id.canConvertToLong()
                    || id.longValue() < 0
                    || id.longValue() > SocketPacket.MAX_ACK_ID) {
                throw new MalformedPacketException("acknowledgement id is not one of 0 to " + SocketPacket.MAX_ACK_ID);
            }
            ackId = OptionalLong.of(id.longValue());
        }
        return new SocketPacket(SocketPacket.Type.of(type.intValue()), namespace.textValue(), ackId, packet.get("data"))
                .checked();
    }

    /** The next value; null is JavaScript's undefined. */
    private @Nullable JsonNode value(int depth) throws IOException, MalformedPacketException {
        if (depth > TextParser.MAX_DEPTH) {
            throw new MalformedPacketException("nested too deeply");
        }
        return switch (in.getNextFormat().getValueType()) {
            case NIL -> {
                in.unpackNil();
                yield NODES.nullNode();
            }
            case BOOLEAN -> NODES.booleanNode(in.unpackBoolean());
            case INTEGER -> integer(in.unpackBigInteger());
            case FLOAT -> NODES.numberNode(in.unpackDouble());
            case STRING -> NODES.textNode(string());
            case BINARY -> NODES.binaryNode(bytes(in.unpackBinaryHeader()));
            case ARRAY -> array(depth);
            case MAP -> map(depth);
            case EXTENSION -> extension();
        };
    }

    private static JsonNode integer(BigInteger value) {
        if (value.bitLength() < Integer.SIZE) {
            return NODES.numberNode(value.intValue());
        }
        return value.bitLength() < Long.SIZE ? NODES.numberNode(value.longValue()) : NODES.numberNode(value);
    }

    private String string() throws IOException, MalformedPacketException {
        return new String(bytes(in.unpackRawStringHeader()), StandardCharsets.UTF_8);
    }

    /** Nothing is reserved for what a header merely claims. */
    private byte[] bytes(int length) throws IOException, MalformedPacketException {
        require(length);
        return in.readPayload(length);
    }

    private void require(long count) throws MalformedPacketException {
        if (count < 0 || count > size - in.getTotalReadBytes()) {
            throw new MalformedPacketException("a length beyond the end");
        }
    }

    private JsonNode array(int depth) throws IOException, MalformedPacketException {
        int count = in.unpackArrayHeader();
        require(count);
        ArrayNode array = NODES.arrayNode();
        for (int i = 0; i < count; i++) {
            JsonNode value = value(depth + 1);
            array.add(value == null ? NODES.nullNode() : value);
        }
        return array;
    }

    private JsonNode map(int depth) throws IOException, MalformedPacketException {
        int count = in.unpackMapHeader();
        require(count * 2L);
        ObjectNode map = NODES.objectNode();
        for (int i = 0; i < count; i++) {
            JsonNode key = value(depth + 1);
            if (key == null || !key.isTextual()) {
                throw new MalformedPacketException("a key that is no string");
            }
            JsonNode value = value(depth + 1);
            if (value != null) {
                map.set(key.textValue(), value);
            }
        }
        return map;
    }

    private @Nullable JsonNode extension() throws IOException, MalformedPacketException {
        ExtensionTypeHeader header = in.unpackExtensionTypeHeader();
        byte[] value = bytes(header.getLength());
        if (header.getType() != EXTENSION_JAVASCRIPT) {
            throw new MalformedPacketException("an extension type that is not JavaScript's");
        }
        return switch (value.length) {
            case 1 -> null;
            case Long.BYTES ->
                NODES.textNode(
                        Instant.ofEpochMilli(new BigInteger(value).longValue()).toString());
            default -> NODES.binaryNode(value);
        };
    }

    // ---- writing

    static byte[] encode(SocketPacket packet) {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            JsonNode data = packet.data();
            out.packMapHeader(2 + (packet.ackId().isPresent() ? 1 : 0) + (data == null ? 0 : 1));
            out.packString("type").packInt(packet.type().number());
            out.packString("nsp").packString(packet.namespace());
            if (packet.ackId().isPresent()) {
                out.packString("id").packLong(packet.ackId().getAsLong());
            }
            if (data != null) {
                out.packString("data");
                write(out, data);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
    }

    private static void write(MessageBufferPacker out, JsonNode node) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                out.packMapHeader(node.size());
                for (Map.Entry<String, JsonNode> member : node.properties()) {
                    out.packString(member.getKey());
                    write(out, member.getValue());
                }
            }
            case ARRAY -> {
                out.packArrayHeader(node.size());
                for (JsonNode child : node) {
                    write(out, child);
                }
            }
            case STRING -> out.packString(node.textValue());
            case BOOLEAN -> out.packBoolean(node.booleanValue());
            case NUMBER -> {
                if (node.isIntegralNumber() && node.canConvertToLong()) {
                    out.packLong(node.longValue());
                } else {
                    out.packDouble(node.doubleValue());
                }
            }
            case BINARY -> {
                byte[] bytes = TextParser.bytes(node);
                out.packBinaryHeader(bytes.length).addPayload(bytes);
            }
            case POJO -> write(out, parsed(((POJONode) node).getPojo()));
            default -> out.packNil();
        }
    }

    /** JSON that was ready as text. */
    private static JsonNode parsed(Object value) throws JsonProcessingException {
        return value instanceof RawValue raw
                ? TextParser.JSON.readTree(String.valueOf(raw.rawValue()))
                : TextParser.JSON.valueToTree(value);
    }
}
