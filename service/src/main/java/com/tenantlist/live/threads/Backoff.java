package com.tenantlist.live.threads;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * How long to wait before something is tried again: doubling from first to longest, and of that a random part between half and
 * all ("equal jitter"), so that those who failed together do not come back together. It remembers nothing: who waits counts
 * its failures. In any one unit. Any thread.
 *
 * @param first the bound of the first wait, unless {@code longest} is less
 * @param longest the bound of all
 */
public record Backoff(long first, long longest) {
    public Backoff {
        if (first < 0 || longest < 0) {
            throw new IllegalArgumentException("a backoff from " + first + " to " + longest);
        }
    }

    /**
     * The next wait.
     *
     * @param failures how many tries have failed one after another; at least 1
     */
    public long after(int failures) {
        return after(failures, Backoff::jitter);
    }

    /** The same with dice of one's own, which say a part of a bound as {@link #jitter} does. */
    public long after(int failures, LongUnaryOperator jitter) {
        return jitter.applyAsLong(bound(failures));
    }

    private long bound(int failures) {
        int doublings = failures - 1;
        boolean fits = first == 0 || doublings < Long.numberOfLeadingZeros(first);
        return fits ? Math.min(first << doublings, longest) : longest;
    }

    /** Between half of a bound, rounded up, and all of it. */
    public static long jitter(long bound) {
        return ThreadLocalRandom.current().nextLong((bound + 1) / 2, bound + 1);
    }
}
