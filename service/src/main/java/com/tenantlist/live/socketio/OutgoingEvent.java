package com.tenantlist.live.socketio;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/** An event for clients of one namespace, encoded once for all who get it. Immutable. */
public final class OutgoingEvent {
    private final byte[] text;

    private OutgoingEvent(byte[] text) {
        this.text = text;
    }

    /**
     * Encodes an event.
     *
     * @param namespace for example {@code /dashboard}
     * @param name the event's name
     * @param payload one JSON value, UTF-8 text
     */
    public static OutgoingEvent of(String namespace, String name, String payload) {
        String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(name));
        String start = "42" + SocketPacket.prefix(namespace) + "[\"";
        return new OutgoingEvent((start + quoted + "\"," + payload + "]").getBytes(StandardCharsets.UTF_8));
    }

    /** The Engine.IO message of the default parser. */
    byte[] text() {
        return text;
    }
}
