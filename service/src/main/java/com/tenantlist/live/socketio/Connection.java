package com.tenantlist.live.socketio;

/** One client in one namespace. */
public interface Connection {
    /** The public id of this connection, as the client knows it; not the transport's secret session id. */
    String id();

    /** Sends an event. Never blocks; what is sent to a closed connection is dropped. Call it on the event loop. */
    void send(OutgoingEvent event);

    /** Whether the connection takes more without queueing beyond {@link SocketServerConfiguration#sendBuffer}. Any thread. */
    boolean isWritable();

    /** Runs a task on this connection's event loop, after those given before. Any thread. */
    void execute(Runnable task);

    /** Joins a room. Call it on the event loop. */
    void join(String room);

    /** Closes the transport. Official clients come back by themselves. Any thread. */
    void close(String reason);
}
