package com.tenantlist.live.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import com.tenantlist.live.socketio.packet.EnginePacket;
import com.tenantlist.live.socketio.packet.Parser;
import com.tenantlist.live.socketio.packet.SocketPacket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event for clients of one namespace, encoded once a parser for all who get it. Immutable. */
public final class OutgoingEvent {
    private final List<EnginePacket> text;
    private final SocketPacket packet;
    private volatile @Nullable List<EnginePacket> msgpack;

    private OutgoingEvent(List<EnginePacket> text, SocketPacket packet) {
        this.text = text;
        this.packet = packet;
    }

    /**
     * Encodes an event.
     *
     * @param namespace for example {@code /dashboard}
     * @param name the event's name
     * @param args its arguments; binary nodes may be anywhere in them
     */
    public static OutgoingEvent of(String namespace, String name, List<JsonNode> args) {
        SocketPacket packet = SocketPacket.event(namespace, name, args);
        return new OutgoingEvent(Parser.TEXT.encode(packet), packet);
    }

    /**
     * Encodes an event of one JSON value.
     *
     * @param namespace for example {@code /dashboard}
     * @param name the event's name
     * @param payload one JSON value, as text
     * @param offset the place in the stream that a client holds with this event, which it names when it comes back
     *     (connection state recovery); null for an event that has none
     */
    public static OutgoingEvent of(String namespace, String name, String payload, @Nullable String offset) {
        List<JsonNode> args = new ArrayList<>(2);
        args.add(JsonNodeFactory.instance.rawValueNode(new RawValue(payload)));
        if (offset != null) {
            args.add(JsonNodeFactory.instance.textNode(offset));
        }
        return of(namespace, name, args);
    }

    /** The Engine.IO messages for clients of that parser. Threads may race to make the same. */
    List<EnginePacket> packets(Parser parser) {
        if (parser == Parser.TEXT) {
            return text;
        }
        List<EnginePacket> made = msgpack;
        if (made == null) {
            made = parser.encode(packet);
            msgpack = made;
        }
        return made;
    }
}
