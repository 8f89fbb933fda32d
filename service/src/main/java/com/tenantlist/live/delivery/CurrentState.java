package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiSnapshot;

/**
 * A tenant's state as of one moment, read in one transaction.
 *
 * @param businessesJson a JSON array
 */
public record CurrentState(String epoch, KpiSnapshot kpis, String businessesJson) {}
