package com.tenantlist.live.journal;

import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.protocol.Timestamps;
import java.time.Instant;
import java.util.UUID;

/**
 * One row of {@code dashboard_event}.
 *
 * @param payload a JSON object, as Postgres writes {@code jsonb}
 * @param sums the tenant's sums after the statement that wrote the event
 */
public record JournalEvent(
        UUID userId, long revision, EventType type, String payload, KpiSums sums, Instant createdAt) {

    /** ISO-8601 in UTC with milliseconds. */
    public KpiSnapshot kpis() {
        return new KpiSnapshot(revision, sums);
    }

    /** The payload as it goes to clients: with {@code revision} and {@code timestamp}. */
    public String payloadJson() {
        String inner = payload.substring(1, payload.length() - 1);
        return "{" + inner + (inner.isBlank() ? "" : ",") + stamp(revision, createdAt) + "}";
    }

    /** The two members that every payload has, without braces. */
    public static String stamp(long revision, Instant time) {
        return "\"revision\":" + revision + ",\"timestamp\":\"" + Timestamps.format(time) + "\"";
    }
}
