package com.tenantlist.live.delivery;

/**
 * What delivery needs of a socket.
 *
 * @param <F> an encoded event
 */
public interface Sink<F> {
    /** Sends; never blocks. Called on the sink's thread. */
    void send(F event);

    /** Whether it takes more at once; when it does again, {@link Session#wake()} is called. Any thread. */
    boolean writable();

    /** Runs a task on the sink's thread, after those given before. Any thread. */
    void execute(Runnable task);
}
