package com.tenantlist.live.kpi;

/** A tenant's sums as of a revision. A tenant without rows has revision 0 and zeros. */
public record KpiSnapshot(long revision, KpiSums sums) {
    public static final KpiSnapshot EMPTY = new KpiSnapshot(0, KpiSums.ZERO);
}
