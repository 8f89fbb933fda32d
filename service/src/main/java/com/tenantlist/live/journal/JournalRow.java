package com.tenantlist.live.journal;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.tenantlist.live.business.BusinessVersion;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
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
            "counts",
            "sums");

    /** The same in a query: arrays as Postgres writes them, which the driver does in another way once it transfers them in binary. */
    String SELECTED = COLUMNS.stream()
            .map(column -> column.equals("counts") || column.equals("sums")
                    ? "CAST(" + column + " AS text) AS " + column
                    : column)
            .collect(Collectors.joining(", "));

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
                UUID.fromString(get("user_id")), number("revision"), type, payload(type), sums(), createdAt);
    }

    private String payload(EventType type) {
        return switch (type) {
            case BUSINESS_CREATED, BUSINESS_UPDATED -> business();
            case BUSINESS_DELETED -> "{\"businessId\":\"" + UUID.fromString(get("business_id")) + "\"}";
            case METRICS_UPDATED -> {
                long[] counts = numbers("counts", 6);
                yield "{\"businessId\":\"" + UUID.fromString(get("business_id")) + "\",\"metrics\":{\"views_count\":"
                        + counts[0] + ",\"clicks_count\":" + counts[1] + ",\"property_invites_count\":" + counts[2]
                        + ",\"declined_count\":" + counts[3] + ",\"messages_count\":" + counts[4]
                        + ",\"qfps_submitted_count\":" + counts[5] + "}}";
            }
            // Of a rebuild: others repeat the revision of an event, and do not stand here.
            case KPI_UPDATE -> "{\"kpis\":" + sums().json() + ",\"rebuilt\":true}";
            case STATE_RESET -> "{}";
            case RECONNECTED -> throw new IllegalArgumentException("a journal row is of type " + type.wireName());
        };
    }

    /** What stands for null is what REST has in its place. */
    private String business() {
        String name = Objects.requireNonNullElse(find("name"), "");
        String category = find("category");
        String status = Objects.requireNonNullElse(find("status"), "");
        boolean isVerified = "t".equals(get("is_verified"));
        return "{\"business\":{\"id\":\"" + UUID.fromString(get("business_id")) + "\",\"user_id\":\""
                + UUID.fromString(get("user_id")) + "\",\"name\":" + quoted(name) + ",\"category\":"
                + (category == null ? "null" : quoted(category)) + ",\"status\":" + quoted(status)
                + ",\"is_verified\":" + isVerified + ",\"version\":\""
                + BusinessVersion.of(name, category, status, isVerified) + "\"}}";
    }

    private KpiSums sums() {
        long[] sums = numbers("sums", 4);
        return new KpiSums(sums[0], sums[1], sums[2], sums[3]);
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

    /** An array of that many numbers, as Postgres writes it: <code>{1,2}</code>. */
    private long[] numbers(String column, int count) {
        String text = get(column);
        if (text.startsWith("{") && text.endsWith("}")) {
            String[] elements = text.substring(1, text.length() - 1).split(",", -1);
            if (elements.length == count) {
                return Arrays.stream(elements).mapToLong(Long::parseLong).toArray();
            }
        }
        throw new IllegalArgumentException("a journal row's " + column + " are not " + count + " numbers: " + text);
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
