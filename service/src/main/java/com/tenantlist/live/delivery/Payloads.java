package com.tenantlist.live.delivery;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.KpiValues;
import java.time.Instant;

/** The payloads that do not stand in the journal. */
final class Payloads {
    private Payloads() {}

    static String kpiUpdate(KpiSums sums, long revision, Instant time) {
        return "{\"kpis\":" + kpis(sums) + "," + JournalEvent.stamp(revision, time) + "}";
    }

    /** {@code reconnected} after exactly the missed events. */
    static String recovered(String epoch, KpiSums sums, long revision) {
        return "{\"recovered\":true,\"epoch\":\"" + epoch + "\",\"kpis\":" + kpis(sums) + ","
                + JournalEvent.stamp(revision, Instant.now()) + "}";
    }

    /** {@code reconnected} with full state. */
    static String fullState(CurrentState state) {
        return "{\"recovered\":false,\"epoch\":\"" + state.epoch() + "\",\"kpis\":"
                + kpis(state.kpis().sums()) + ",\"businesses\":" + state.businessesJson() + ","
                + JournalEvent.stamp(state.kpis().revision(), Instant.now()) + "}";
    }

    private static String kpis(KpiSums sums) {
        KpiValues values = sums.values();
        return "{\"activeBusinesses\":" + values.activeBusinesses() + ",\"responseRate\":"
                + values.responseRate().toPlainString() + ",\"landlordViews\":" + values.landlordViews()
                + ",\"messagesTotal\":" + values.messagesTotal() + "}";
    }
}
