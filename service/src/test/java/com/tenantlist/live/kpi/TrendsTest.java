package com.tenantlist.live.kpi;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.Parts;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrendsTest {
    private static final String NAME = Parts.newName();
    private static final Jdbi JDBI;

    static {
        Parts.migrated(Parts.database(), NAME);
        JDBI = Jdbi.create(() -> Parts.database().connect(NAME));
    }

    /** In sessions of that zone, which are not ours: the SQL stands by itself. */
    @ParameterizedTest
    @ValueSource(strings = {"UTC", "Africa/Cairo", "America/Santiago", "Pacific/Kiritimati", "Pacific/Pago_Pago"})
    void eachDayOfAYearIsThereOnceInAnyZone(String zone) {
        UUID user = UUID.randomUUID();
        UUID business = UUID.randomUUID();
        JDBI.useHandle(handle -> {
            handle.execute("SET timezone = '" + zone + "'");
            handle.execute(
                    "INSERT INTO businesses (id, user_id, name, status, created_at) VALUES (?, ?, 'Counted',"
                            + " 'active', (date_trunc('day', now() AT TIME ZONE 'UTC') - interval '100 days') AT TIME ZONE 'UTC')",
                    business,
                    user);
            handle.execute(
                    "INSERT INTO business_metrics (business_id, metric_date, views_count)"
                            + " SELECT ?, (now() AT TIME ZONE 'UTC')::date - n, n FROM generate_series(0, 400) AS n",
                    business);
            List<TrendDay> trend = KpiDao.trends(handle, user, 365);
            List<LocalDate> expected = new ArrayList<>();
            LocalDate today = handle.createQuery("SELECT (now() AT TIME ZONE 'UTC')::date")
                    .mapTo(LocalDate.class)
                    .one();
            for (int back = 364; back >= 0; back--) {
                expected.add(today.minusDays(back));
            }
            assertThat(trend).extracting(TrendDay::date).isEqualTo(expected);
            for (int i = 0; i < 365; i++) {
                assertThat(trend.get(i).kpis().landlordViews()).isEqualTo(364 - i);
                assertThat(trend.get(i).kpis().activeBusinesses())
                        .as("day %s", i)
                        .isEqualTo(i >= 264 ? 1 : 0);
            }
        });
    }

    @Test
    void oneDayIsToday() {
        List<TrendDay> days = JDBI.withHandle(handle -> KpiDao.trends(handle, UUID.randomUUID(), 1));
        assertThat(days).hasSize(1);
    }
}
