package com.tenantlist.live.kpi;

/**
 * A tenant's sums as they were read.
 *
 * @param epoch the history of the database that their revision counts in
 */
public record KpiReading(String epoch, KpiSnapshot snapshot) {
    public long revision() {
        return snapshot.revision();
    }

    boolean isOfHistory(KpiReading other) {
        return epoch.equals(other.epoch);
    }
}
