package com.tenantlist.live.socketio.packet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One Socket.IO packet, whichever parser carries it. Binary values are Jackson's binary nodes, so an event with
 * attachments is an event like any other.
 *
 * @param namespace {@code /} is the main one
 * @param ackId present when the sender asks for an answer, or answers; 0 to 2^53 - 1, as JavaScript counts
 * @param data absent, an object (CONNECT, CONNECT_ERROR), or an array (EVENT: its name, then its arguments; ACK)
 */
public record SocketPacket(
        Type type,
        String namespace,
        OptionalLong ackId,
        @Nullable JsonNode data) {

    /** Binary events and acknowledgements are events and acknowledgements. */
    public enum Type {
        CONNECT(0),
        DISCONNECT(1),
        EVENT(2),
        ACK(3),
        CONNECT_ERROR(4);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Type of(int number) throws MalformedPacketException {
            for (Type type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            throw new MalformedPacketException("unknown packet type");
        }
    }

    public static final String MAIN_NAMESPACE = "/";
    static final long MAX_ACK_ID = (1L << 53) - 1;

    /** Names that clients' and servers' libraries use for themselves. */
    private static final Set<String> RESERVED =
            Set.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener");

    public SocketPacket(Type type, String namespace, @Nullable JsonNode data) {
        this(type, namespace, OptionalLong.empty(), data);
    }

    public static SocketPacket event(String namespace, String name, List<JsonNode> args) {
        ArrayNode data = JsonNodeFactory.instance.arrayNode().add(name);
        data.addAll(args);
        return new SocketPacket(Type.EVENT, namespace, data);
    }

    public static SocketPacket ack(String namespace, long id, List<JsonNode> args) {
        ArrayNode data = JsonNodeFactory.instance.arrayNode();
        data.addAll(args);
        return new SocketPacket(Type.ACK, namespace, OptionalLong.of(id), data);
    }

    /** This packet, if a client may send it. */
    SocketPacket checked() throws MalformedPacketException {
        boolean valid = switch (type) {
            case CONNECT -> ackId.isEmpty() && (data == null || data.isObject());
            case DISCONNECT -> ackId.isEmpty() && data == null;
            case EVENT -> data != null && data.isArray() && isEventName(data.path(0));
            case ACK -> ackId.isPresent() && data != null && data.isArray();
            case CONNECT_ERROR -> false;
        };
        if (!valid) {
            throw new MalformedPacketException("payload does not fit a packet of type " + type);
        }
        return this;
    }

    private static boolean isEventName(JsonNode name) {
        return name.isNumber() || (name.isTextual() && !RESERVED.contains(name.textValue()));
    }

    public String eventName() {
        return data == null ? "" : data.path(0).asText();
    }

    public List<JsonNode> eventArgs() {
        List<JsonNode> args = new ArrayList<>();
        if (data != null) {
            for (int i = 1; i < data.size(); i++) {
                args.add(data.get(i));
            }
        }
        return args;
    }
}
