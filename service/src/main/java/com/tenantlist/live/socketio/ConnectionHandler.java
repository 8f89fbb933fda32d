package com.tenantlist.live.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/** What is done with one connection in one namespace. All calls come on the connection's event loop. */
public interface ConnectionHandler {
    /**
     * What the official client sends back as {@code pid} when it reconnects, so that its state may be recovered. If the
     * answer then names the same value, the client takes itself for recovered.
     */
    default Optional<String> recoveryId() {
        return Optional.empty();
    }

    /** The client was told that it is in. From here on events may be sent. */
    void connected();

    /** The client sent an event. {@code ack} may be called once or never; without effect if the client asked for none. */
    void event(String name, List<JsonNode> args, Acknowledgement ack);

    /**
     * The client sent an event above its rate: do not do what it asks, only say so. A client that goes on all the same is
     * closed.
     */
    default void tooManyEvents(String name, Acknowledgement ack) {}

    /** The connection can take more, after {@link Connection#isWritable()} was false. May also come without need. */
    void writable();

    /** The connection is gone; the last call. */
    void disconnected(String reason);
}
