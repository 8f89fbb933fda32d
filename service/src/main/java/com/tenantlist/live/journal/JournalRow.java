package com.tenantlist.live.journal;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code live.dashboard_event} as texts, however it was read: by a query or from the WAL. It holds what a payload is
 * made of; the payload is made here.
 */
@FunctionalInterface
public interface JournalRow {
    /** The columns that {@link #event} reads, without the time. */
    List<String> COLUMNS = List.of(
            "user_id",
            "revision",
            "type",
            "business_id",
            "name",
            "category",
            "status",
            "is_verified",
            "views_count",
            "clicks_count",
            "property_invites_count",
            "declined_count",
            "messages_count",
            "qfps_submitted_count",
            "active_businesses",
            "landlord_views",
            "messages_total",
            "invites_total");

    /** JSON of an empty text. */
    String EMPTY = "\"\"";

    /** The text of a column, as Postgres writes it; null if it is null, or there is none of that name. */
    @Nullable
    String find(String column);

    /**
     * The event that the row is.
     *
     * @throws IllegalArgumentException if it is none: no trigger wrote it
     */
    default JournalEvent event(Instant createdAt) {
        EventType type = EventType.ofWireName(get("type"));
        return new JournalEvent(
                UUID.fromString(get("user_id")),
                number("revision"),
                type,
                payload(type),
                new KpiSums(
                        number("active_businesses"),
                        number("landlord_views"),
                        number("messages_total"),
                        number("invites_total")),
                createdAt);
    }

    private String payload(EventType type) {
        return switch (type) {
            case BUSINESS_CREATED, BUSINESS_UPDATED ->
                "{\"business\":{\"id\":\"" + UUID.fromString(get("business_id")) + "\",\"user_id\":\""
                        + UUID.fromString(get("user_id")) + "\",\"name\":" + quoted("name", EMPTY) + ",\"category\":"
                        + quoted("category", "null") + ",\"status\":" + quoted("status", EMPTY) + ",\"is_verified\":"
                        + "t".equals(get("is_verified")) + "}}";
            case BUSINESS_DELETED -> "{\"businessId\":\"" + UUID.fromString(get("business_id")) + "\"}";
            case METRICS_UPDATED ->
                "{\"businessId\":\"" + UUID.fromString(get("business_id")) + "\",\"metrics\":{\"views_count\":"
                        + number("views_count") + ",\"clicks_count\":" + number("clicks_count")
                        + ",\"property_invites_count\":" + number("property_invites_count") + ",\"declined_count\":"
                        + number("declined_count") + ",\"messages_count\":" + number("messages_count")
                        + ",\"qfps_submitted_count\":" + number("qfps_submitted_count") + "}}";
            case KPI_UPDATE, STATE_RESET -> "{}";
            case RECONNECTED -> throw new IllegalArgumentException("a journal row is of type " + type.wireName());
        };
    }

    private String get(String column) {
        String text = find(column);
        if (text == null) {
            throw new IllegalArgumentException("a journal row has no " + column);
        }
        return text;
    }

    private long number(String column) {
        return Long.parseLong(get(column));
    }

    /** The text as JSON; what stands for null is what REST has in its place. */
    private String quoted(String column, String absent) {
        String text = find(column);
        return text == null
                ? absent
                : '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
