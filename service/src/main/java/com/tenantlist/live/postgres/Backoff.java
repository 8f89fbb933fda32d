package com.tenantlist.live.postgres;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before something is tried again: doubling from first to most, and of that a random part between half and
 * all, so that those who failed together do not come back together.
 *
 * @param firstMillis at least 1
 * @param mostMillis at least {@code firstMillis}
 */
public record Backoff(long firstMillis, long mostMillis) {
    private static final int MAX_DOUBLINGS = 30;

    public Backoff {
        if (firstMillis < 1 || mostMillis < firstMillis) {
            throw new IllegalArgumentException("a backoff from " + firstMillis + " ms to " + mostMillis + " ms");
        }
    }

    /**
     * The next wait, in milliseconds.
     *
     * @param failures how many tries have failed one after another; at least 1
     */
    public long millisAfter(int failures) {
        long doubled = firstMillis << Math.min(failures - 1, MAX_DOUBLINGS);
        long bound = doubled < firstMillis ? mostMillis : Math.min(doubled, mostMillis);
        return ThreadLocalRandom.current().nextLong((bound + 1) / 2, bound + 1);
    }
}
