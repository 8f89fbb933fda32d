package com.tenantlist.live.socketio.packet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The default parser (Socket.IO protocol v5, "packet encoding"): a type digit, {@code n-} where n attachments follow,
 * {@code /namespace,}, an acknowledgement id, JSON. Where a binary value belongs the JSON has a placeholder.
 */
final class TextParser {
    /** Nesting beyond this is an attack, not an event. */
    static final int MAX_DEPTH = 32;

    static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int BINARY_EVENT = 5;
    private static final int BINARY_ACK = 6;
    private static final String PLACEHOLDER = "_placeholder";
    private static final String NUMBER = "num";

    private TextParser() {}

    /** A packet whose attachments, if any, are not in their places yet. */
    record Incomplete(SocketPacket packet, int attachments, boolean binary) {
        SocketPacket complete(List<byte[]> values) throws MalformedPacketException {
            if (!binary || packet.data() == null) {
                return packet.checked();
            }
            return new SocketPacket(packet.type(), packet.namespace(), packet.ackId(), replaced(packet.data(), values))
                    .checked();
        }
    }

    // ---- reading

    static Incomplete parse(String text) throws MalformedPacketException {
        int at = 0;
        int number = text.isEmpty() ? -1 : text.charAt(at++) - '0';
        boolean binary = number == BINARY_EVENT || number == BINARY_ACK;
        SocketPacket.Type type = number == BINARY_EVENT
                ? SocketPacket.Type.EVENT
                : number == BINARY_ACK ? SocketPacket.Type.ACK : SocketPacket.Type.of(number);
        int attachments = 0;
        if (binary) {
            int end = endOfDigits(text, at);
            attachments = (int) number(text, at, end, Integer.MAX_VALUE, "attachment count");
            if (end == text.length() || text.charAt(end) != '-') {
                throw new MalformedPacketException("attachment count without its dash");
            }
            at = end + 1;
        }
        String namespace = SocketPacket.MAIN_NAMESPACE;
        if (at < text.length() && text.charAt(at) == '/') {
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() : comma;
            int query = text.indexOf('?', at);
            namespace = text.substring(at, query >= 0 && query < end ? query : end);
            at = comma < 0 ? end : comma + 1;
        }
        OptionalLong ackId = OptionalLong.empty();
        int end = endOfDigits(text, at);
        if (end > at) {
            ackId = OptionalLong.of(number(text, at, end, SocketPacket.MAX_ACK_ID, "acknowledgement id"));
            at = end;
        }
        JsonNode data = at < text.length() ? json(text.substring(at)) : null;
        return new Incomplete(new SocketPacket(type, namespace, ackId, data), attachments, binary);
    }

    private static int endOfDigits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    private static long number(String text, int from, int to, long max, String what) throws MalformedPacketException {
        if (to == from || to - from > 16) {
            throw new MalformedPacketException(what + " is missing or too long");
        }
        long value = Long.parseLong(text, from, to, 10);
        if (value > max) {
            throw new MalformedPacketException(what + " is over " + max);
        }
        return value;
    }

    private static JsonNode json(String text) throws MalformedPacketException {
        try {
            JsonNode node = JSON.readTree(text);
            if (node == null || node.isMissingNode()) {
                throw new MalformedPacketException("payload is empty");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new MalformedPacketException("payload is not JSON");
        }
    }

    private static JsonNode replaced(JsonNode node, List<byte[]> values) throws MalformedPacketException {
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, replaced(array.get(i), values));
            }
        } else if (node instanceof ObjectNode object) {
            if (object.path(PLACEHOLDER).booleanValue()) {
                JsonNode number = object.path(NUMBER);
                if (!number.isInt() || number.intValue() < 0 || number.intValue() >= values.size()) {
                    throw new MalformedPacketException("placeholder of an attachment that there is not");
                }
                return JsonNodeFactory.instance.binaryNode(values.get(number.intValue()));
            }
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                member.setValue(replaced(member.getValue(), values));
            }
        }
        return node;
    }

    // ---- writing

    /** How a packet names its namespace; the main one goes without saying. */
    static String prefix(String namespace) {
        return namespace.isEmpty() || namespace.equals(SocketPacket.MAIN_NAMESPACE) ? "" : namespace + ",";
    }

    static List<EnginePacket> encode(SocketPacket packet) {
        List<byte[]> attachments = new ArrayList<>(0);
        JsonNode data = packet.data();
        if (data != null && hasBinary(data)) {
            data = extracted(data, attachments);
        }
        int number = packet.type().number();
        StringBuilder text = new StringBuilder();
        if (attachments.isEmpty()) {
            text.append(number);
        } else {
            text.append(packet.type() == SocketPacket.Type.EVENT ? BINARY_EVENT : BINARY_ACK)
                    .append(attachments.size())
                    .append('-');
        }
        text.append(prefix(packet.namespace()));
        packet.ackId().ifPresent(text::append);
        if (data != null) {
            text.append(write(data));
        }
        List<EnginePacket> packets = new ArrayList<>(1 + attachments.size());
        packets.add(EnginePacket.message(text.toString()));
        attachments.forEach(bytes -> packets.add(EnginePacket.message(bytes)));
        return packets;
    }

    static String write(JsonNode data) {
        try {
            return JSON.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a JSON value: " + data.getClass(), e);
        }
    }

    private static boolean hasBinary(JsonNode node) {
        if (node.isBinary()) {
            return true;
        }
        for (JsonNode child : node) {
            if (hasBinary(child)) {
                return true;
            }
        }
        return false;
    }

    /** A copy with placeholders for binary values, which are added to {@code attachments}. */
    private static JsonNode extracted(JsonNode node, List<byte[]> attachments) {
        if (node.isBinary()) {
            attachments.add(bytes(node));
            return JsonNodeFactory.instance.objectNode().put(PLACEHOLDER, true).put(NUMBER, attachments.size() - 1);
        }
        if (node.isArray()) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode(node.size());
            node.forEach(child -> copy.add(extracted(child, attachments)));
            return copy;
        }
        if (node.isObject()) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            node.properties().forEach(member -> copy.set(member.getKey(), extracted(member.getValue(), attachments)));
            return copy;
        }
        return node;
    }

    static byte[] bytes(JsonNode binary) {
        try {
            byte @Nullable [] bytes = binary.binaryValue();
            return bytes == null ? new byte[0] : bytes;
        } catch (IOException e) {
            throw new IllegalStateException("a binary node has its bytes in memory", e);
        }
    }
}
