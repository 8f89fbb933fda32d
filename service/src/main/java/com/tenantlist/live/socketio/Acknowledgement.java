package com.tenantlist.live.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.List;

/** Answers a client's event. */
@FunctionalInterface
public interface Acknowledgement {
    /** Sends the answer's arguments; binary nodes may be anywhere in them. Only the first call has an effect. Any thread. */
    void send(List<JsonNode> args);

    /** Sends one JSON value, given as text. */
    default void sendJson(String json) {
        send(List.of(JsonNodeFactory.instance.rawValueNode(new RawValue(json))));
    }
}
