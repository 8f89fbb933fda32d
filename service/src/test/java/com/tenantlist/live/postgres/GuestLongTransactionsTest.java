package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.CAFE;
import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Platform.Place;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transactions of very many statements: what COMMIT does grows as they do, and not as their square. Told by the server's counts. */
class GuestLongTransactionsTest {
    private static final int FEW = 1_000;
    private static final int MANY = 8_000;

    /** Entries of its index that were looked at, dead ones too, and pages of both. */
    private static final String WORK = """
            SELECT (SELECT sum(s.idx_tup_read) + sum(s.idx_scan) FROM pg_stat_user_indexes s
                    WHERE s.schemaname = 'live' AND s.relname IN ('pending', 'pending_change')),
                   (SELECT sum(i.heap_blks_hit + i.heap_blks_read + i.idx_blks_hit + i.idx_blks_read) FROM pg_statio_user_tables i
                    WHERE i.schemaname = 'live' AND i.relname IN ('pending', 'pending_change'))""";

    private record Work(long entries, long pages) {}

    static List<Place> places() {
        return Platform.plainPlaces();
    }

    private static Work counted(Platform platform) throws SQLException {
        platform.sql("SELECT pg_stat_force_next_flush()");
        platform.sql("SELECT pg_stat_clear_snapshot()");
        String[] counts = platform.rows(WORK).get(0).split(" ");
        return new Work(Long.parseLong(counts[0]), Long.parseLong(counts[1]));
    }

    /** What a transaction of as many statements of one row each does to the notes. */
    private static Work of(Platform platform, int statements) throws SQLException {
        Work before = counted(platform);
        platform.sql("""
                DO $$ BEGIN
                    FOR n IN 1..%d LOOP
                        INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('%s', '2026-12-31', 1);
                    END LOOP;
                END $$""".formatted(statements, CAFE));
        Work after = counted(platform);
        return new Work(after.entries - before.entries, after.pages - before.pages);
    }

    private static void growsAsItsStatements(Platform platform) throws SQLException {
        Work few = of(platform, FEW);
        Work many = of(platform, MANY);
        assertThat(few.entries).isGreaterThanOrEqualTo(FEW);
        assertThat((double) many.entries / few.entries).as("entries").isLessThan(2.0 * MANY / FEW);
        assertThat((double) many.pages / few.pages).as("pages").isLessThan(2.0 * MANY / FEW);
        Rollup.check(platform.connection());
    }

    @ParameterizedTest
    @MethodSource("places")
    void theWorkOfACommitGrowsAsItsStatements(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            growsAsItsStatements(platform);
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void soItDoesWhereChecksOfThePlatformComeFirst(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql("CREATE TABLE plan (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); SELECT live.order_apply()");
            growsAsItsStatements(platform);
        }
    }
}
