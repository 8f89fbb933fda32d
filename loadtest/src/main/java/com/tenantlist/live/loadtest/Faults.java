package com.tenantlist.live.loadtest;

/**
 * What must not be. None of it, and the run held.
 *
 * @param lost events that did not come, dashboards that were closed or never got in
 * @param duplicates events that came again
 * @param outOfOrder events that came after a later one
 * @param foreign frames and answers that name another owner
 * @param failed changes and requests that were refused or broke
 */
record Faults(long lost, long duplicates, long outOfOrder, long foreign, long failed) {
    static final Faults NONE = new Faults(0, 0, 0, 0, 0);

    static Faults lost(long lost) {
        return new Faults(lost, 0, 0, 0, 0);
    }

    static Faults failed(long failed) {
        return new Faults(0, 0, 0, 0, failed);
    }

    Faults plus(Faults other) {
        return new Faults(
                lost + other.lost,
                duplicates + other.duplicates,
                outOfOrder + other.outOfOrder,
                foreign + other.foreign,
                failed + other.failed);
    }

    boolean held() {
        return equals(NONE);
    }
}
