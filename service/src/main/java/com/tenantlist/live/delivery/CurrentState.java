package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiState;

/**
 * All that a dashboard shows, as of one moment, read in one statement.
 *
 * @param businessesJson a JSON array
 */
public record CurrentState(KpiState tenant, String businessesJson) {}
