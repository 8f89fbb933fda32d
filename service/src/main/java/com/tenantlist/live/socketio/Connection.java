package com.tenantlist.live.socketio;

import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import java.time.Duration;
import java.util.concurrent.Future;

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

    /** Runs a task on this connection's event loop after a delay, in milliseconds' precision; it can be cancelled. Any thread. */
    Future<?> schedule(Duration delay, Runnable task);

    /** Joins a room. Call it on the event loop. */
    void join(String room);

    /**
     * Goes on under the id of an earlier connection, which this one recovers. Call it before the connection is accepted.
     */
    void takeOver(String earlierId);

    /** Leaves the namespace by a DISCONNECT packet: official clients stay away until they are told to connect. Any thread. */
    void disconnect(String reason);

    /** Closes the transport: official clients come back by themselves. Any thread. */
    void close(String reason);
}
