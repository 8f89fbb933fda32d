package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.postgres.Snapshot;

/**
 * A tenant's state as of one moment, read in one statement.
 *
 * @param snapshot what could be seen at that moment
 * @param beingChanged whether a transaction in progress may have a newer revision of the tenant
 * @param businessesJson a JSON array
 */
public record CurrentState(
        String epoch, Snapshot snapshot, KpiSnapshot kpis, boolean beingChanged, String businessesJson) {
    Position position() {
        return new Position(epoch, kpis.revision());
    }
}
