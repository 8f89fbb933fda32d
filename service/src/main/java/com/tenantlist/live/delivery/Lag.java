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

    Lag(DeliveryConfiguration config, Workers workers) {
        this.workers = workers;
        this.limitNanos = config.rewoundAfter.toNanoseconds();
    }

    /** An answer came, and was behind or not. */
    void answered(boolean isBehind) {
        if (isBehind && !behind) {
            since = workers.nanoTime();
        }
        behind = isBehind;
    }

    /** Whether it is no moment any more. */
    boolean isRewind() {
        return behind && workers.nanoTime() - since >= limitNanos;
    }
}
