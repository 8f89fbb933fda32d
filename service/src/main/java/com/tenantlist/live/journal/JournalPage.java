package com.tenantlist.live.journal;

import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import java.util.List;

/**
 * Some of a tenant's events, all as of one moment.
 *
 * @param epoch the history of the database that they belong to
 * @param newest the tenant's revision, and its sums then
 * @param events by revision and without a gap
 */
public record JournalPage(String epoch, KpiSnapshot newest, List<JournalEvent> events) {
    /** The tenant's revision. */
    public long revision() {
        return newest.revision();
    }

    /** The tenant's sums after the last event of the page; without any, the newest. */
    public KpiSums sumsAfter() {
        return events.isEmpty() ? newest.sums() : events.get(events.size() - 1).sums();
    }

    /** Whether the event after that revision existed and is gone. */
    public boolean isPruned(long after) {
        return events.isEmpty() ? revision() > after : events.get(0).revision() > after + 1;
    }
}
