package com.tenantlist.live.loadtest;

import java.util.HashSet;
import java.util.Set;

/**
 * Whether one dashboard has every number of its tenant once, in order, and nothing of anyone else. The numbers are revisions, or, of a
 * server that has none, those that the load test itself gave its changes. Not safe for many threads.
 */
final class Order {
    /** So many lost numbers are remembered, to tell one that comes late from one that comes twice. */
    private static final int REMEMBERED = 10_000;

    private final Set<Long> missing = new HashSet<>();
    private long held = -1;
    private long lost;
    private long duplicates;
    private long outOfOrder;
    private long foreign;

    /** State came: what counts is what follows that number. */
    void state(long number) {
        held = number;
    }

    /** An event came that moves the dashboard on. */
    void event(long number) {
        if (held < 0) {
            return;
        }
        if (number <= held) {
            if (missing.remove(number)) {
                lost--;
                outOfOrder++;
            } else {
                duplicates++;
            }
            return;
        }
        lost += number - held - 1;
        for (long skipped = held + 1; skipped < number && missing.size() < REMEMBERED; skipped++) {
            missing.add(skipped);
        }
        held = number;
    }

    /** An event came that repeats the number before it. */
    void repeated(long number) {
        if (number < held) {
            outOfOrder++;
        }
    }

    /** Something of another owner came. */
    void foreign() {
        foreign++;
    }

    Faults faults() {
        return new Faults(lost, duplicates, outOfOrder, foreign, 0);
    }
}
