package com.tenantlist.live.journal;

import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.protocol.Timestamps;
import java.time.Instant;
import java.util.UUID;

/**
 * One row of {@code live.dashboard_event}.
 *
 * @param payload a JSON object
 * @param sums the tenant's sums after the statement that wrote the event
 */
public record JournalEvent(
        UUID userId, long revision, EventType type, String payload, KpiSums sums, Instant createdAt) {

    private static final Instant FIRST_TIME = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant AFTER_LAST_TIME = Instant.parse("+10000-01-01T00:00:00Z");

    /** @throws IllegalArgumentException if clients could not read it: a row that no trigger wrote */
    public JournalEvent {
        if (createdAt.isBefore(FIRST_TIME) || !createdAt.isBefore(AFTER_LAST_TIME)) {
            throw new IllegalArgumentException(
                    "the time of revision " + revision + " of " + userId + " has no four-digit year: " + createdAt);
        }
    }

    /** The tenant's KPIs after it. */
    public KpiSnapshot kpis() {
        return new KpiSnapshot(revision, sums);
    }

    /** The payload as it goes to clients: with {@code revision} and {@code timestamp}. */
    public String payloadJson() {
        String inner = payload.substring(1, payload.length() - 1);
        return "{" + inner + (inner.isBlank() ? "" : ",") + stamp(revision, createdAt) + "}";
    }

    /** The two members that every payload has, without braces; the time as ISO-8601 in UTC with milliseconds. */
    public static String stamp(long revision, Instant time) {
        return "\"revision\":" + revision + ",\"timestamp\":\"" + Timestamps.format(time) + "\"";
    }
}
