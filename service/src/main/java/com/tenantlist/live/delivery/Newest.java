package com.tenantlist.live.delivery;

import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Snapshot;

/**
 * The newest revision of a tenant that is known to be committed, and how it is known. A tenant's transactions commit one
 * after another, so whatever else queries do not show yet was written by the same one.
 *
 * @param shown whether a query has shown it; else the WAL has
 * @param transaction who wrote it, if only the WAL has shown it
 * @param sums the tenant's sums after it, if only the WAL has shown it
 */
record Newest(Position position, boolean shown, int transaction, KpiSums sums) {
    static Newest shown(Position position) {
        return new Newest(position, true, 0, KpiSums.ZERO);
    }

    static Newest relayed(String epoch, CommittedEvent committed) {
        return new Newest(
                new Position(epoch, committed.event().revision()),
                false,
                committed.transaction(),
                committed.event().sums());
    }

    long revision() {
        return position.revision();
    }

    /** Whether what was found, by a query that was asked when this was known already, lacks it. */
    private boolean isLackedBy(Position found) {
        return position.epoch().equals(found.epoch()) && found.revision() < revision();
    }

    /** Whether it is only not shown yet: its commit waits, for instance for a synchronous standby. */
    boolean isPendingIn(Position found, Snapshot snapshot) {
        return isLackedBy(found) && !shown && snapshot.isInProgress(transaction);
    }

    /** Whether the database does not have it, and never will: it became one that has not come so far. */
    boolean isLostIn(Position found, Snapshot snapshot) {
        return isLackedBy(found) && !isPendingIn(found, snapshot);
    }
}
