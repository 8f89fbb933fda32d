package com.tenantlist.live.delivery;

import java.util.UUID;

/** What delivery runs on: its threads, its clock and its dice. Any thread may call it. */
public interface Workers {
    /** As {@link System#nanoTime}. */
    long nanoTime();

    /** A number between half the bound and the bound. */
    long jitter(long bound);

    /** Runs a task that does not block, one at a time, after a delay in nanoseconds. */
    void later(long delayNanos, Runnable task);

    /** Runs a pass of the sweep, one at a time, after a delay in nanoseconds. */
    void sweep(long delayNanos, Runnable pass);

    /** Runs a task that blocks, several at a time, tenants in turn; false if too many wait already, of all or of this one. */
    boolean read(UUID userId, Runnable task);

    /** Interrupts what runs, and runs nothing more. */
    void stop() throws InterruptedException;
}
