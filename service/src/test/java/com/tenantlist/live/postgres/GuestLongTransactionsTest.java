package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.CAFE;
import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Platform.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions of very many statements, or businesses: what COMMIT does grows as they do, and not as their square. */
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

    // ---- by the processor's time of the server's process: what is done in its memory no count of the server's tells

    /** Of which four times as many are made; the double of their share is allowed. */
    private static final int SOME = 1_500;

    private static final double GROWTH = 2.0 * 4;

    private static void growsAsItsSize(
            Platform platform, Connection connection, IntFunction<String> before, IntFunction<String> sql)
            throws Exception {
        platform.sql(before.apply(SOME));
        double few = milliseconds(connection, sql.apply(SOME));
        platform.sql(before.apply(4 * SOME));
        double many = milliseconds(connection, sql.apply(4 * SOME));
        assertThat(many / few)
                .as("%.0f ms, and %.0f ms for four times as many", few, many)
                .isLessThan(GROWTH);
        Rollup.check(platform.connection());
    }

    /** How long the server worked on it. */
    private static double milliseconds(Connection connection, String sql) throws Exception {
        Path times = Path.of(
                "/proc",
                Rollup.rows(connection, "SELECT pg_backend_pid()").get(0).get(0),
                "stat");
        long before = ticks(times);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        return 10.0 * Math.max(1, ticks(times) - before);
    }

    /** Of a hundredth of a second: proc(5), the fields utime and stime, counted from the name's end. */
    private static long ticks(Path stat) throws IOException {
        String text = Files.readString(stat);
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** Of nine tenants, so that each has an event for every business. */
    private static String businesses(int number) {
        return """
                INSERT INTO businesses (user_id, name)
                SELECT ('00000000-0000-4000-8000-00000000000' || n %% 9)::uuid, 'gone' FROM generate_series(1, %d) n;
                INSERT INTO business_metrics (business_id, metric_date, views_count) SELECT id, '2026-12-31', 1 FROM businesses WHERE name = 'gone';
                """.formatted(number);
    }

    static List<String> removals() {
        return List.of("DELETE FROM businesses WHERE name = 'gone'", "TRUNCATE businesses CASCADE");
    }

    @ParameterizedTest
    @MethodSource("removals")
    void businessesThatGo(String removal) throws Exception {
        for (Place place : places()) {
            try (Platform platform = Platform.withTwoTenants(place)) {
                growsAsItsSize(
                        platform, platform.connection(), GuestLongTransactionsTest::businesses, number -> removal);
            }
        }
    }

    /** In one message, which our firings read: where a word makes them look, and where checks of the platform come first. */
    @ParameterizedTest
    @ValueSource(strings = {"constraints", "checks"})
    void aScript(String what) throws Exception {
        for (Place place : places()) {
            try (Platform platform = Platform.withTwoTenants(place);
                    Connection simple = platform.connectSimply()) {
                if (what.equals("checks")) {
                    platform.sql(
                            "CREATE TABLE plan (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); SELECT live.order_apply()");
                }
                String insert = "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES ('" + CAFE
                        + "', '2026-12-31', 1);";
                growsAsItsSize(
                        platform,
                        simple,
                        number -> "SELECT 1",
                        number -> "BEGIN; /* " + what + " */" + insert.repeat(number) + "COMMIT");
            }
        }
    }
}
