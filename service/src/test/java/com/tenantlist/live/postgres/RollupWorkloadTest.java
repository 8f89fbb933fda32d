package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Platform.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random transactions of every kind from 8 connections at once, with {@code live.rebuild} among them. No deadlock is tolerated:
 * each connection has businesses of its own, whose owners are all connections', and takes its locks on tables first and in one order.
 * So without us none of them would ever wait for another but for a TRUNCATE, and who deadlocks does so on our rows.
 */
class RollupWorkloadTest {
    private static final int CONNECTIONS = 8;
    private static final int TRANSACTIONS = 60; // each: 480 in all
    private static final int TENANTS = 6;

    /** Of those that see one snapshot alone: another transaction of their tenant committed since. See docs/operations.md. */
    private static final String SERIALIZATION_FAILURE = "40001";

    static Stream<Arguments> places() {
        return Platform.places().stream()
                .flatMap(place -> Stream.of(1L, 2L, 20261124L).map(seed -> Arguments.of(place, seed)));
    }

    @ParameterizedTest
    @MethodSource("places")
    void rollupIsRecomputationAfterAnyMixOfSql(Place place, long seed) throws Exception {
        try (Platform platform = Platform.at(place)) {
            if (place.partitioned()) {
                platform.sql(
                        "ALTER TABLE business_metrics DROP CONSTRAINT business_metrics_business_id_fkey;"
                                + "ALTER TABLE business_metrics ADD CONSTRAINT later FOREIGN KEY (business_id) REFERENCES businesses (id)"
                                + " ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED; SELECT live.order_apply()");
            }
            AtomicInteger committed = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
            try {
                List<Future<?>> writers = new ArrayList<>();
                for (int i = 0; i < CONNECTIONS; i++) {
                    Writer writer = new Writer(i, new Random(seed * 1000 + i), place.partitioned());
                    writers.add(threads.submit(() -> {
                        try (Connection connection = platform.connect()) {
                            try (Statement statement = connection.createStatement()) {
                                statement.execute("SET deadlock_timeout = '20ms'");
                            }
                            connection.setAutoCommit(false);
                            for (int n = 0; n < TRANSACTIONS; n++) {
                                committed.addAndGet(writer.transaction(connection) ? 1 : 0);
                            }
                        }
                        return null;
                    }));
                }
                for (Future<?> writer : writers) {
                    writer.get();
                }
            } finally {
                threads.shutdownNow();
            }
            assertThat(committed.get()).isGreaterThan(CONNECTIONS * TRANSACTIONS / 2);
            assertThat(platform.deadlocks()).isZero();
            Rollup.check(platform.connection());
            assertThat(Rollup.rebuild(platform.connection())).containsExactly("0", "0");
        }
    }

    private static final String[] IMMEDIATE = {
        "SET CONSTRAINTS ALL IMMEDIATE",
        " set constraints all\nimmediate ;",
        "DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; END $$",
    };

    /** One connection's; the ids of its businesses end with its number. */
    private record Writer(int number, Random random, boolean deferred) {
        /** True if it committed. */
        boolean transaction(Connection connection) throws SQLException {
            boolean snapshot = random.nextInt(10) == 0;
            connection.setTransactionIsolation(
                    snapshot ? Connection.TRANSACTION_REPEATABLE_READ : Connection.TRANSACTION_READ_COMMITTED);
            try (Statement statement = connection.createStatement()) {
                if (!snapshot && random.nextInt(12) == 0) {
                    statement.execute("SELECT live.rebuild(%s)".formatted(tenant()));
                    connection.commit();
                    return true;
                }
                boolean truncates = !snapshot && random.nextInt(25) == 0;
                statement.execute("LOCK TABLE businesses, business_metrics IN "
                        + (truncates ? "ACCESS EXCLUSIVE" : "ROW EXCLUSIVE") + " MODE");
                for (int i = random.nextInt(4); i >= 0; i--) {
                    if (random.nextInt(6) == 0) {
                        Savepoint savepoint = connection.setSavepoint();
                        statement.execute(statement());
                        connection.rollback(savepoint);
                    }
                    if (random.nextInt(6) == 0) {
                        statement.execute(IMMEDIATE[random.nextInt(IMMEDIATE.length)]);
                    }
                    if (deferred || random.nextInt(8) == 0) {
                        statement.execute("SET CONSTRAINTS ALL DEFERRED");
                    }
                    statement.execute(statement());
                    if (truncates && random.nextBoolean()) {
                        // Postgres truncates no table with checks that are due.
                        statement.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED");
                        statement.execute(
                                random.nextBoolean() ? "TRUNCATE business_metrics" : "TRUNCATE businesses CASCADE");
                    }
                }
                if (random.nextInt(8) == 0) {
                    connection.rollback();
                    return false;
                }
                connection.commit();
                return true;
            } catch (SQLException e) {
                connection.rollback();
                if (snapshot && SERIALIZATION_FAILURE.equals(e.getSQLState())) {
                    return false;
                }
                throw e;
            }
        }

        private String tenant() {
            return "'00000000-0000-4000-8000-%012x'::uuid".formatted(1 + random.nextInt(TENANTS));
        }

        private String business() {
            return "'00000000-0000-4000-9000-%011x%x'::uuid".formatted(random.nextInt(10), number);
        }

        private String statement() {
            String mine = "%s::text LIKE '%%" + number + "'";
            String ours = mine.formatted("business_id");
            String tenant = tenant();
            String one = business();
            int n = random.nextInt(40);
            return switch (random.nextInt(20)) {
                case 0, 1, 2, 3 ->
                    "INSERT INTO businesses (id, user_id, name, status) VALUES (%s, %s, 'b%d', '%s') ON CONFLICT (id) DO UPDATE SET name = excluded.name || '+', user_id = excluded.user_id"
                            .formatted(one, tenant, n, n % 2 == 0 ? "active" : "stealth_mode");
                case 4, 5, 6 ->
                    "INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count, property_invites_count, clicks_count)"
                            + " SELECT id, date '2026-12-15' + %1$d, %1$d, %1$d %% 7, %1$d %% 5, 1 FROM businesses WHERE %2$s"
                                    .formatted(n, mine.formatted("id"));
                case 7 ->
                    "UPDATE business_metrics SET views_count = views_count + 1, declined_count = declined_count + 1 WHERE "
                            + ours;
                case 8, 9, 10 ->
                    "UPDATE business_metrics SET messages_count = messages_count + 1, metric_date = metric_date + 1 WHERE business_id = "
                            + one;
                case 11 ->
                    "UPDATE businesses SET user_id = " + tenant + ", name = name || '!' WHERE " + mine.formatted("id");
                case 12 -> "UPDATE businesses SET status = 'active', is_verified = NOT is_verified WHERE id = " + one;
                case 13 -> "DELETE FROM businesses WHERE id = " + one;
                case 14 -> "DELETE FROM business_metrics WHERE metric_date = date '2026-12-15' + " + n + " AND " + ours;
                case 15 ->
                    "UPDATE business_metrics SET business_id = " + one + " WHERE " + ours
                            + " AND EXISTS (SELECT FROM businesses WHERE id = " + one + ")";
                case 16 ->
                    "WITH d AS (DELETE FROM business_metrics WHERE " + ours
                            + " RETURNING *) INSERT INTO business_metrics (business_id, metric_date, views_count)"
                            + " SELECT business_id, metric_date, views_count + 1 FROM d";
                case 17 ->
                    "MERGE INTO businesses b USING (SELECT %s AS id) s ON b.id = s.id WHEN MATCHED AND b.status = 'active' THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'm' WHEN NOT MATCHED THEN INSERT (id, user_id, name) VALUES (s.id, %s, 'm')"
                            .formatted(one, tenant);
                // Without the key's deferral these would be refused.
                case 18 ->
                    deferred
                            ? "INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (%1$s, '2026-12-31', 3); INSERT INTO businesses (id, user_id, name) VALUES (%1$s, %2$s, 'late') ON CONFLICT DO NOTHING"
                                    .formatted(one, tenant)
                            : "WITH m AS (INSERT INTO business_metrics (business_id, metric_date, views_count) VALUES (%1$s, '2026-12-31', 3)) INSERT INTO businesses (id, user_id, name) VALUES (%1$s, %2$s, 'late') ON CONFLICT DO NOTHING"
                                    .formatted(one, tenant);
                default ->
                    "DO $$ BEGIN UPDATE businesses SET name = 'x' WHERE id = %1$s; UPDATE business_metrics SET qfps_submitted_count = %2$d WHERE business_id = %1$s; IF %2$d %% 3 = 0 THEN RAISE 'no'; END IF; EXCEPTION WHEN raise_exception THEN NULL; END $$"
                            .formatted(one, n);
            };
        }
    }
}
