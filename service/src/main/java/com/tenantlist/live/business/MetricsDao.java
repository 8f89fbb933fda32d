package com.tenantlist.live.business;

import com.tenantlist.live.protocol.MetricCounts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * SQL of a business's metrics by day. The platform may keep several rows a day, one a demand listing: reading adds them
 * up, writing goes to the day's row without a listing.
 */
final class MetricsDao {
    /** The counts, by the names of their columns. */
    static final List<String> COUNTS = List.of(
            "views_count",
            "clicks_count",
            "property_invites_count",
            "declined_count",
            "messages_count",
            "qfps_submitted_count");

    private MetricsDao() {}

    static List<MetricsDay> list(Handle handle, UUID businessId, Optional<LocalDate> from, Optional<LocalDate> to) {
        String sums =
                COUNTS.stream().map(count -> "sum(" + count + ") AS " + count).collect(Collectors.joining(", "));
        return handle.createQuery("SELECT metric_date, " + sums + """
                         FROM public.business_metrics
                        WHERE business_id = :businessId
                          AND (:from::date IS NULL OR metric_date >= :from) AND (:to::date IS NULL OR metric_date <= :to)
                        GROUP BY metric_date ORDER BY metric_date""")
                .bind("businessId", businessId)
                .bind("from", from.orElse(null))
                .bind("to", to.orElse(null))
                .map((row, context) -> day(row))
                .list();
    }

    /**
     * Takes the business for one writer at a time, so that a day's row is written once.
     *
     * @return false if the tenant has no such business
     */
    static boolean lock(Handle handle, UUID userId, UUID businessId) {
        return handle.createQuery(
                        "SELECT 1 FROM public.businesses WHERE id = :id AND user_id = :userId FOR NO KEY UPDATE")
                .bind("id", businessId)
                .bind("userId", userId)
                .mapTo(int.class)
                .findOne()
                .isPresent();
    }

    /** Sets the named counts of the day; those not named stay, or are 0 in a new row. */
    static MetricsDay set(Handle handle, UUID businessId, LocalDate date, Map<String, Integer> counts) {
        return write(handle, businessId, date, counts, "%1$s = :%1$s");
    }

    /** Adds to the named counts of the day. Overflow is an error of SQLSTATE 22003. */
    static MetricsDay add(Handle handle, UUID businessId, LocalDate date, Map<String, Integer> counts) {
        return write(handle, businessId, date, counts, "%1$s = coalesce(m.%1$s, 0) + :%1$s");
    }

    private static MetricsDay write(
            Handle handle, UUID businessId, LocalDate date, Map<String, Integer> counts, String assignment) {
        String assignments = counts.keySet().stream()
                .map(count -> assignment.formatted(count) + ", ")
                .collect(Collectors.joining());
        String names = String.join(", ", counts.keySet());
        String values = counts.keySet().stream().map(count -> ":" + count).collect(Collectors.joining(", "));
        String returning = " RETURNING metric_date, " + String.join(", ", COUNTS);
        Query update = handle.createQuery("UPDATE public.business_metrics m SET " + assignments + "updated_at = now()"
                + " WHERE id = (SELECT d.id FROM public.business_metrics d WHERE d.business_id = :businessId AND d.metric_date = :date"
                // A platform may do without that column.
                + " AND to_jsonb(d) ->> 'demand_listing_id' IS NULL ORDER BY d.created_at, d.id LIMIT 1)" + returning);
        return bind(update, businessId, date, counts)
                .map((row, context) -> day(row))
                .findOne()
                .orElseGet(() -> bind(
                                handle.createQuery("INSERT INTO public.business_metrics (business_id, metric_date, "
                                        + names + ") VALUES (:businessId, :date, " + values + ")" + returning),
                                businessId,
                                date,
                                counts)
                        .map((row, context) -> day(row))
                        .one());
    }

    private static Query bind(Query query, UUID businessId, LocalDate date, Map<String, Integer> counts) {
        query.bind("businessId", businessId).bind("date", date);
        counts.forEach(query::bind);
        return query;
    }

    private static MetricsDay day(ResultSet row) throws SQLException {
        return new MetricsDay(row.getObject("metric_date", LocalDate.class), counts(row));
    }

    /** The six counts of a row; those that are null are 0. */
    static MetricCounts counts(ResultSet row) throws SQLException {
        return new MetricCounts(
                row.getLong("views_count"),
                row.getLong("clicks_count"),
                row.getLong("property_invites_count"),
                row.getLong("declined_count"),
                row.getLong("messages_count"),
                row.getLong("qfps_submitted_count"));
    }
}
