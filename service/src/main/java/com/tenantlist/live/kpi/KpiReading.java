package com.tenantlist.live.kpi;

/**
 * A tenant's sums as they were read.
 *
 * @param epoch the history of the database that their revision counts in
 */
record KpiReading(String epoch, KpiSnapshot snapshot) {
    long revision() {
        return snapshot.revision();
    }
}
