package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiState;

/**
 * A place in a tenant's stream of events: everything up to it was received.
 *
 * @param epoch the history of the database in which the revision counts; what clients say and are told, they call it as
 *     {@link com.tenantlist.live.postgres.Epoch#told}
 * @param revision 0 is before the first event
 */
public record Position(String epoch, long revision) {
    /** Where a tenant was found. */
    static Position of(KpiState state) {
        return new Position(state.epoch(), state.kpis().revision());
    }
}
