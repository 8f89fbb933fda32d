package com.tenantlist.live.delivery;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Epoch;
import java.time.Instant;
import java.util.UUID;

/** The payloads that do not stand in the journal. */
final class Payloads {
    private Payloads() {}

    static String kpiUpdate(KpiSums sums, long revision, Instant time) {
        return "{\"kpis\":" + sums.json() + "," + JournalEvent.stamp(revision, time) + "}";
    }

    /** {@code reconnected} after exactly the missed events; the epoch as clients are told. */
    static String recovered(UUID userId, String told, KpiSums sums, long revision) {
        return reconnected(true, userId, told, sums) + "," + JournalEvent.stamp(revision, Instant.now()) + "}";
    }

    /** {@code reconnected} with full state. */
    static String fullState(UUID userId, CurrentState all) {
        KpiState state = all.tenant();
        return reconnected(
                        false,
                        userId,
                        Epoch.told(state.epoch(), userId),
                        state.kpis().sums())
                + ",\"businesses\":" + all.businessesJson() + ","
                + JournalEvent.stamp(state.kpis().revision(), Instant.now()) + "}";
    }

    private static String reconnected(boolean recovered, UUID userId, String told, KpiSums sums) {
        return "{\"recovered\":" + recovered + ",\"userId\":\"" + userId + "\",\"epoch\":\"" + told + "\",\"kpis\":"
                + sums.json();
    }
}
