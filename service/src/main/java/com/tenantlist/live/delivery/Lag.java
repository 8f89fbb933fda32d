package com.tenantlist.live.delivery;

/**
 * For how long queries have been behind what is known to be committed, as often as they were asked. The WAL shows a commit
 * a moment before queries do; a database that stays behind was rewound. Not for several threads at once.
 */
final class Lag {
    private final Workers workers;
    private final long limitNanos;
    private boolean behind;
    private long since;
    private boolean rewind;

    Lag(DeliveryConfiguration config, Workers workers) {
        this.workers = workers;
        this.limitNanos = config.rewoundAfter.toNanoseconds();
    }

    /** An answer came to what was asked at that time, as of {@link Workers#nanoTime}, and it was behind. */
    void behind(long askedAt) {
        if (!behind) {
            behind = true;
            since = workers.nanoTime();
        }
        rewind = askedAt - since >= limitNanos;
    }

    void notBehind() {
        behind = false;
        rewind = false;
    }

    /** Whether the database counts as rewound. */
    boolean isRewind() {
        return rewind;
    }
}
