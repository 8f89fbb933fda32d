package com.tenantlist.live.socketio;

/** Answers a client's event. */
@FunctionalInterface
public interface Acknowledgement {
    /** Sends the answer, one JSON value; only the first call has an effect. Any thread. */
    void send(Object json);
}
