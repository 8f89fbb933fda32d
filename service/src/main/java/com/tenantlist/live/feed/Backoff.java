package com.tenantlist.live.feed;

import java.util.concurrent.ThreadLocalRandom;

/** Waits between attempts: each twice as long as the one before, up to a limit, and less by up to half at random. One thread. */
final class Backoff {
    private final long firstMillis;
    private final long longestMillis;
    private long nextMillis;

    Backoff(long firstMillis, long longestMillis) {
        this.firstMillis = firstMillis;
        this.longestMillis = longestMillis;
        this.nextMillis = firstMillis;
    }

    /** How long to wait now. */
    long nextMillis() {
        long bound = Math.min(nextMillis, longestMillis);
        nextMillis = Math.min(2 * bound, longestMillis);
        return ThreadLocalRandom.current().nextLong(bound / 2, bound + 1);
    }

    /** An attempt went well: the next failure is a first one. */
    void reset() {
        nextMillis = firstMillis;
    }
}
