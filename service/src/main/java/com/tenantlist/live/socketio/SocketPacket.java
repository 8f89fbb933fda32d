package com.tenantlist.live.socketio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One packet from a client, in the default parser's text form: type digit, {@code /namespace,}, acknowledgement id, JSON.
 * Binary packets (types 5 and 6) are not part of any of our namespaces and are refused.
 *
 * @param ackId present when the client asks for an answer; up to 2^53 - 1, as JavaScript counts
 */
record SocketPacket(
        Type type,
        String namespace,
        OptionalLong ackId,
        @Nullable JsonNode data) {

    enum Type {
        CONNECT,
        DISCONNECT,
        EVENT,
        ACK
    }

    /** Nesting beyond this is an attack, not an event. */
    private static final int MAX_JSON_DEPTH = 32;

    private static final long MAX_ACK_ID = (1L << 53) - 1;

    static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_JSON_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @throws MalformedPacketException if the text is not a packet that a client may send */
    static SocketPacket parse(String text) throws MalformedPacketException {
        if (text.isEmpty()) {
            throw new MalformedPacketException("empty packet");
        }
        Type type = switch (text.charAt(0)) {
            case '0' -> Type.CONNECT;
            case '1' -> Type.DISCONNECT;
            case '2' -> Type.EVENT;
            case '3' -> Type.ACK;
            default -> throw new MalformedPacketException("packet type is not 0, 1, 2 or 3");
        };
        int at = 1;
        String namespace = "/";
        if (at < text.length() && text.charAt(at) == '/') {
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() : comma;
            namespace = text.substring(at, end);
            int query = namespace.indexOf('?');
            if (query >= 0) {
                namespace = namespace.substring(0, query);
            }
            at = comma < 0 ? end : comma + 1;
        }
        int digits = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        OptionalLong ackId = OptionalLong.empty();
        if (at > digits) {
            if (at - digits > 16 || Long.parseLong(text, digits, at, 10) > MAX_ACK_ID) {
                throw new MalformedPacketException("acknowledgement id is over 2^53 - 1");
            }
            ackId = OptionalLong.of(Long.parseLong(text, digits, at, 10));
        }
        JsonNode data = at < text.length() ? json(text.substring(at)) : null;
        return new SocketPacket(type, namespace, ackId, data).checked();
    }

    private static JsonNode json(String text) throws MalformedPacketException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new MalformedPacketException("payload is not JSON");
        }
    }

    /** How a packet names its namespace; the main one goes without saying. */
    static String prefix(String namespace) {
        return namespace.isEmpty() || namespace.equals("/") ? "" : namespace + ",";
    }

    private SocketPacket checked() throws MalformedPacketException {
        boolean valid = switch (type) {
            case CONNECT -> ackId.isEmpty() && (data == null || data.isObject());
            case DISCONNECT -> ackId.isEmpty() && data == null;
            case EVENT -> data != null && data.isArray() && data.path(0).isTextual();
            case ACK -> ackId.isPresent() && data != null && data.isArray();
        };
        if (!valid) {
            throw new MalformedPacketException("payload does not fit a packet of type " + type);
        }
        return this;
    }

    String eventName() {
        return data == null ? "" : data.path(0).asText();
    }

    List<JsonNode> eventArgs() {
        List<JsonNode> args = new ArrayList<>();
        if (data != null) {
            for (int i = 1; i < data.size(); i++) {
                args.add(data.get(i));
            }
        }
        return args;
    }
}
