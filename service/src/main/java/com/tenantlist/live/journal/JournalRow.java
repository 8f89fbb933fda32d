package com.tenantlist.live.journal;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.tenantlist.live.business.BusinessVersion;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code live.dashboard_event} as texts, however it was read: by a query or from the WAL. It holds what a payload is
 * made of; the payload is made here.
 */
public final class JournalRow {
    /** The columns that {@link #event} reads, without the time, in the order of a row's values. */
    public static final List<String> COLUMNS = List.of(
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
    static final String SELECTED = COLUMNS.stream()
            .map(column -> column.equals("counts") || column.equals("sums")
                    ? "CAST(" + column + " AS text) AS " + column
                    : column)
            .collect(Collectors.joining(", "));

    private static final int USER_ID = COLUMNS.indexOf("user_id");
    private static final int REVISION = COLUMNS.indexOf("revision");
    private static final int TYPE = COLUMNS.indexOf("type");
    private static final int BUSINESS_ID = COLUMNS.indexOf("business_id");
    private static final int NAME = COLUMNS.indexOf("name");
    private static final int CATEGORY = COLUMNS.indexOf("category");
    private static final int STATUS = COLUMNS.indexOf("status");
    private static final int IS_VERIFIED = COLUMNS.indexOf("is_verified");
    private static final int COUNTS = COLUMNS.indexOf("counts");
    private static final int SUMS = COLUMNS.indexOf("sums");

    private final @Nullable String[] values;

    /** @param values of {@link #COLUMNS}, as Postgres writes them, and what is not looked at after them; null where a column is null, or missing */
    public JournalRow(@Nullable String[] values) {
        this.values = values;
    }

    /**
     * The event that the row is.
     *
     * @throws IllegalArgumentException if it is none: no trigger wrote it
     */
    public JournalEvent event(Instant createdAt) {
        EventType type = EventType.ofWireName(get(TYPE));
        return new JournalEvent(
                UUID.fromString(get(USER_ID)), Long.parseLong(get(REVISION)), type, payload(type), sums(), createdAt);
    }

    private String payload(EventType type) {
        return switch (type) {
            case BUSINESS_CREATED, BUSINESS_UPDATED -> business();
            case BUSINESS_DELETED -> "{\"businessId\":\"" + UUID.fromString(get(BUSINESS_ID)) + "\"}";
            case METRICS_UPDATED -> {
                long[] counts = numbers(COUNTS, 6);
                yield "{\"businessId\":\"" + UUID.fromString(get(BUSINESS_ID))
                        + "\",\"metrics\":{\"views_count\":" + counts[0] + ",\"clicks_count\":" + counts[1]
                        + ",\"property_invites_count\":" + counts[2] + ",\"declined_count\":" + counts[3]
                        + ",\"messages_count\":" + counts[4] + ",\"qfps_submitted_count\":" + counts[5] + "}}";
            }
            // Of a rebuild: others repeat the revision of an event, and do not stand here.
            case KPI_UPDATE -> "{\"kpis\":" + sums().json() + ",\"rebuilt\":true}";
            case STATE_RESET -> "{}";
            case RECONNECTED -> throw new IllegalArgumentException("a journal row is of type " + type.wireName());
        };
    }

    /** What stands for null is what REST has in its place. */
    private String business() {
        String name = Objects.requireNonNullElse(find(NAME), "");
        String category = find(CATEGORY);
        String status = Objects.requireNonNullElse(find(STATUS), "");
        boolean isVerified = "t".equals(get(IS_VERIFIED));
        return "{\"business\":{\"id\":\"" + UUID.fromString(get(BUSINESS_ID)) + "\",\"user_id\":\""
                + UUID.fromString(get(USER_ID)) + "\",\"name\":" + quoted(name) + ",\"category\":"
                + (category == null ? "null" : quoted(category)) + ",\"status\":" + quoted(status)
                + ",\"is_verified\":" + isVerified + ",\"version\":\""
                + BusinessVersion.of(name, category, status, isVerified) + "\"}}";
    }

    private KpiSums sums() {
        long[] sums = numbers(SUMS, 4);
        return new KpiSums(sums[0], sums[1], sums[2], sums[3]);
    }

    private @Nullable String find(int column) {
        return values[column];
    }

    private String get(int column) {
        String text = find(column);
        if (text == null) {
            throw new IllegalArgumentException("a journal row has no " + COLUMNS.get(column));
        }
        return text;
    }

    /** An array of that many numbers, as Postgres writes it: <code>{1,2}</code>. */
    private long[] numbers(int column, int count) {
        String text = get(column);
        long[] numbers = new long[count];
        int end = text.length() - 1;
        int from = 1;
        for (int i = 0; i < count; i++) {
            int comma = i == count - 1 ? end : text.indexOf(',', from);
            if (comma <= from || text.charAt(0) != '{' || text.charAt(end) != '}') {
                throw new IllegalArgumentException(
                        "a journal row's " + COLUMNS.get(column) + " are not " + count + " numbers: " + text);
            }
            numbers[i] = Long.parseLong(text, from, comma, 10);
            from = comma + 1;
        }
        return numbers;
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
