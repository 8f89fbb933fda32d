package com.tenantlist.live.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** What {@code bin/dev} shows: three tenants, their businesses, and a month of metrics. */
final class DemoData {
    private static final String SQL = """
            INSERT INTO businesses (id, user_id, name, category, status, is_verified, created_at)
            SELECT ('00000000-0000-4000-9000-' || lpad(to_hex((t.n - 1) * 8 + b.n), 12, '0'))::uuid,
                   ('00000000-0000-4000-8000-' || lpad(to_hex(t.n), 12, '0'))::uuid,
                   (ARRAY['Riverside Bakery', 'Northlight Yoga', 'Copper & Oak', 'The Paper Crane', 'Fern Street Books',
                          'Harbour Dental', 'Velo Workshop', 'Saffron Kitchen'])[b.n]
                       || CASE WHEN t.n = 1 THEN '' ELSE ' ' || t.n END,
                   (ARRAY['F&B', 'Wellness', 'Furniture', 'Retail', 'Retail', 'Healthcare', 'Services', 'F&B'])[b.n],
                   (CASE WHEN b.n % 4 = 0 THEN 'stealth_mode' WHEN b.n % 5 = 0 THEN 'pending_verification'
                         ELSE 'active' END)::business_status,
                   b.n % 3 <> 0,
                   now() - (40 - b.n) * interval '1 day'
            FROM generate_series(1, 3) AS t (n), generate_series(1, 8) AS b (n)
            ON CONFLICT DO NOTHING;
            INSERT INTO business_metrics (business_id, metric_date, views_count, clicks_count, property_invites_count,
                                          messages_count)
            SELECT b.id, d::date, 20 + (random() * 60)::int, 5 + (random() * 20)::int, 2 + (random() * 4)::int,
                   1 + (random() * 4)::int
            FROM businesses b, generate_series(current_date - 29, current_date, interval '1 day') AS d
            WHERE b.id::text LIKE '00000000-0000-4000-9000-%'
              AND NOT EXISTS (SELECT FROM business_metrics m WHERE m.business_id = b.id);""";

    private DemoData() {}

    static void load(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SQL);
        }
    }
}
