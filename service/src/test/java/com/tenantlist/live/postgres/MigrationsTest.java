package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class MigrationsTest {
    @Test
    void thePlatformsDatabaseIsTakenAsItIs() throws Exception {
        String name = Parts.newName();
        String url = Parts.database().create(name);
        try (Connection connection = Parts.database().connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TYPE business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
                    CREATE TABLE businesses (id uuid PRIMARY KEY, user_id uuid NOT NULL, name varchar(255) NOT NULL,
                        logo_url varchar(500), category varchar(100), status business_status NOT NULL DEFAULT 'pending_verification',
                        is_verified boolean DEFAULT false, stealth_mode_enabled boolean DEFAULT false, own_column text,
                        created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
                    CREATE TABLE business_metrics (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                        business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE, demand_listing_id uuid,
                        metric_date date NOT NULL, views_count int DEFAULT 0, clicks_count int DEFAULT 0,
                        property_invites_count int DEFAULT 0, declined_count int DEFAULT 0, messages_count int DEFAULT 0,
                        qfps_submitted_count int DEFAULT 0, created_at timestamptz DEFAULT now(),
                        updated_at timestamptz DEFAULT now());
                    INSERT INTO businesses (id, user_id, name, status)
                    SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'b' || n, 'active'
                    FROM generate_series(1, 50) AS n;
                    INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, current_date, 3 FROM businesses;
                    """);
            assertThat(Parts.migrate(url)).isEqualTo(5);
            assertThat(Rollup.rows(
                            connection, "SELECT active_businesses, landlord_views, revision FROM live.tenant_kpis"))
                    .containsExactly(List.of("50", "150", "0"));
            statement.execute("UPDATE business_metrics SET views_count = 4");
            assertThat(Rollup.rows(connection, "SELECT landlord_views, revision FROM live.tenant_kpis"))
                    .containsExactly(List.of("200", "50"));
        }
        assertThat(Parts.migrate(url)).as("a second run finds nothing to do").isZero();
    }
}
