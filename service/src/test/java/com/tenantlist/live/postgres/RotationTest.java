package com.tenantlist.live.postgres;

import static com.tenantlist.live.postgres.Platform.ANNA;
import static com.tenantlist.live.postgres.Platform.CAFE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.tenantlist.live.postgres.Platform.Place;
import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RotationTest {
    private static final String ADD_A_VIEW =
            "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = '" + CAFE
                    + "' AND metric_date = '2026-12-31'";
    private static final String ROTATE = "SELECT live.rotate_journal(interval '0')";

    static List<Place> places() {
        return Platform.places();
    }

    @ParameterizedTest
    @MethodSource("places")
    void whatIsYoungerThanTheAgeIsThere(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(ADD_A_VIEW);
            assertThat(platform.rows("SELECT live.rotate_journal(interval '1 hour')"))
                    .containsExactly("f");
            // What stands is what a crash leaves: nothing of the sequence is written ahead.
            assertThat(platform.rows("SELECT last_value, is_called, log_cnt FROM live.journal_part"))
                    .containsExactly("0 t 0");
            // A part is written for an eighth of the age: nine turns later the first is emptied.
            for (int turn = 0; turn < 9; turn++) {
                platform.sql("UPDATE live.journal_rotation SET since = since - interval '8 minutes'");
                assertThat(platform.rows("SELECT live.rotate_journal(interval '1 hour')"))
                        .containsExactly("t");
                assertThat(platform.rows("SELECT last_value, log_cnt FROM live.journal_part"))
                        .containsExactly((turn + 1) + " 0");
                assertThat(platform.rows(
                                "SELECT min(revision) FROM live.dashboard_event WHERE user_id = '" + ANNA + "'"))
                        .containsExactly("1");
                platform.sql(ADD_A_VIEW);
            }
            long last = platform.revision(ANNA);
            platform.sql("UPDATE live.journal_rotation SET since = since - interval '8 minutes'");
            assertThat(platform.rows("SELECT live.rotate_journal(interval '1 hour')"))
                    .containsExactly("t");
            assertThat(platform.rows("SELECT count(*) FROM live.dashboard_event WHERE user_id = '" + ANNA + "'"))
                    .containsExactly("9");
            assertThat(platform.rows("SELECT max(revision) FROM live.dashboard_event WHERE user_id = '" + ANNA + "'"))
                    .containsExactly(String.valueOf(last));
        }
    }

    /** All who write would wait for the part that it holds. */
    @ParameterizedTest
    @MethodSource("places")
    void aStandbyThatIsAwayIsNotWaitedFor(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection pruner = platform.connect();
                Statement statement = pruner.createStatement()) {
            statement.execute("SET synchronous_commit = on");
            try {
                platform.loseStandby();
                assertTimeoutPreemptively(Duration.ofSeconds(20), () -> statement.execute(ROTATE));
                platform.sql(ADD_A_VIEW);
                assertThat(platform.rows("SELECT DISTINCT part FROM live.dashboard_event WHERE user_id = '" + ANNA
                                + "' ORDER BY 1"))
                        .containsExactly("0", "1");
            } finally {
                platform.needNoStandby();
            }
            Rollup.check(platform.connection());
        }
    }

    /** Whoever looks for changes finds the crash, and would not look again before the standby is back. */
    @ParameterizedTest
    @MethodSource("places")
    void norWhenACrashIsRemembered(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place);
                Connection node = platform.connect();
                Statement statement = node.createStatement()) {
            platform.sql("DELETE FROM live.crash_marker");
            statement.execute("SET synchronous_commit = on");
            try {
                platform.loseStandby();
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20), () -> statement.execute("SELECT live.remember_crash()"));
                assertThat(platform.rows("SELECT crashes FROM live.epoch")).containsExactly("1");
            } finally {
                platform.needNoStandby();
            }
        }
    }

    /** Who writes would wait for the locks that make triggers. */
    @ParameterizedTest
    @MethodSource("places")
    void norByAMigration(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            platform.sql(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$");
            platform.sql(
                    "DROP TRIGGER live_updated ON business_metrics; CREATE TABLE theirs (n int UNIQUE DEFERRABLE)");
            try {
                platform.loseStandby();
                assertTimeoutPreemptively(Duration.ofSeconds(60), () -> Parts.migrate(platform.url()));
            } finally {
                platform.needNoStandby();
            }
            assertThat(platform.rows("SELECT said FROM live.guard()")).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void anOpenWriterIsNotWaitedForAndDoesNotWait(Place place) throws SQLException {
        try (Platform platform = Platform.withTwoTenants(place)) {
            String id = platform.url();
            // Its event is in the part that is written.
            platform.sql("BEGIN;" + ADD_A_VIEW + "; PREPARE TRANSACTION '" + id + "'");
            platform.sql("SET lock_timeout = '2s'");
            for (int turn = 0; turn < 9; turn++) {
                platform.sql(ROTATE);
            }
            platform.sql("UPDATE business_metrics SET views_count = 3 WHERE business_id <> '" + CAFE + "'");
            platform.sql("COMMIT PREPARED '" + id + "'");
            platform.sql("RESET lock_timeout");
            Rollup.checkTotals(platform.connection());
        }
    }

    /** A reader gets a tenant's events without a hole, while parts are emptied beside it; what is missing is missing at the front. */
    @ParameterizedTest
    @MethodSource("places")
    void readersFindNoHole(Place place) throws Exception {
        try (Platform platform = Platform.withTwoTenants(place)) {
            ExecutorService threads = Executors.newFixedThreadPool(2);
            AtomicBoolean done = new AtomicBoolean();
            try {
                Future<?> writer = threads.submit(() -> {
                    try (Connection own = platform.connect();
                            Statement statement = own.createStatement()) {
                        while (!done.get()) {
                            statement.execute(ADD_A_VIEW);
                        }
                    }
                    return null;
                });
                Future<?> rotation = threads.submit(() -> {
                    try (Connection own = platform.connect();
                            Statement statement = own.createStatement()) {
                        while (!done.get()) {
                            statement.execute(ROTATE);
                        }
                    }
                    return null;
                });
                for (int i = 0; i < 300; i++) {
                    assertThat(platform.rows("""
                                    SELECT k.revision, count(*), max(e.revision), max(e.revision) - min(e.revision) + 1
                                    FROM live.tenant_kpis k LEFT JOIN live.dashboard_event e USING (user_id) WHERE k.user_id = '%s'
                                    GROUP BY k.revision HAVING count(e.revision) > 0 AND (max(e.revision) <> k.revision
                                        OR count(*) <> max(e.revision) - min(e.revision) + 1)""".formatted(ANNA))).isEmpty();
                }
                done.set(true);
                writer.get();
                rotation.get();
            } finally {
                done.set(true);
                threads.shutdownNow();
            }
        }
    }
}
