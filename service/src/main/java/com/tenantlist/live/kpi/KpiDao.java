package com.tenantlist.live.kpi;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** SQL of the KPIs. */
final class KpiDao {
    private KpiDao() {}

    /** A row for each of the last days, oldest first, today last; days without metrics have zeros. A day is UTC's. */
    static List<TrendDay> trends(Handle handle, UUID userId, int days) {
        return handle.createQuery("""
                        SELECT day::date AS day,
                               coalesce(sum(m.views_count::bigint), 0) AS views, coalesce(sum(m.messages_count::bigint), 0) AS messages,
                               coalesce(sum(m.property_invites_count::bigint), 0) AS invites,
                               (SELECT count(*) FROM public.businesses b
                                WHERE b.user_id = :userId AND b.status::text COLLATE "C" = 'active'
                                  AND b.created_at < (day + interval '1 day') AT TIME ZONE 'UTC') AS active
                        FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS today) now_utc
                        CROSS JOIN LATERAL
                             generate_series(today - (:days - 1) * interval '1 day', today, interval '1 day') AS day
                        LEFT JOIN (public.business_metrics m
                                   JOIN public.businesses b ON b.id = m.business_id AND b.user_id = :userId)
                               ON m.metric_date = day::date
                        GROUP BY day ORDER BY day""")
                .bind("userId", userId)
                .bind("days", days)
                .map((row, context) -> new TrendDay(
                        row.getObject("day", LocalDate.class),
                        new KpiSums(
                                        row.getLong("active"),
                                        row.getLong("views"),
                                        row.getLong("messages"),
                                        row.getLong("invites"))
                                .values()))
                .list();
    }
}
