package com.tenantlist.live.delivery;

import io.dropwizard.util.Duration;

/**
 * For how long a client has waited for a revision that it says it holds and this node has never seen: another node may have
 * shown it before queries do. It is waited for, but not for ever: a client may say anything. Not for several threads at once.
 */
final class UnknownRevision {
    private final Workers workers;
    private final long limitNanos;
    private boolean awaited;
    private long since;

    UnknownRevision(Duration limit, Workers workers) {
        this.workers = workers;
        this.limitNanos = limit.toNanoseconds();
    }

    /** The database does not show it in answer to what was asked at that time, as of {@link Workers#nanoTime}. */
    boolean isWorthWaiting(long askedAt) {
        if (!awaited) {
            awaited = true;
            since = workers.nanoTime();
        }
        return askedAt - since < limitNanos;
    }

    /** It is there, or no longer asked for. */
    void over() {
        awaited = false;
    }
}
