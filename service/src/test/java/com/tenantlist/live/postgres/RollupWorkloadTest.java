package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random transactions of every kind from 8 connections at once. Transactions that Postgres ends for a deadlock, a
 * serialization failure or a vanished business are repeated by nobody: what did not commit must not be counted.
 */
class RollupWorkloadTest {
    private static final int CONNECTIONS = 8;
    private static final int TRANSACTIONS = 80; // each: 640 in all
    private static final Set<String> ENDED_BY_POSTGRES = Set.of("40P01", "40001", "23503");

    private static final String TENANT = "('00000000-0000-4000-8000-' || lpad(to_hex(%d), 12, '0'))::uuid";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20261124})
    void rollupIsRecomputationAfterAnyMixOfSql(long seed) throws Exception {
        String name = Parts.newName();
        Parts.migrated(Parts.database(), name);
        AtomicInteger committed = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Random random = new Random(seed * 1000 + i);
                writers.add(threads.submit(() -> {
                    try (Connection connection = Parts.database().connect(name)) {
                        try (Statement statement = connection.createStatement()) {
                            statement.execute(
                                    "SET deadlock_timeout = '20ms'"); // many will: do not wait a second for each
                        }
                        connection.setAutoCommit(false);
                        for (int n = 0; n < TRANSACTIONS; n++) {
                            committed.addAndGet(transaction(connection, random) ? 1 : 0);
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
        try (Connection connection = Parts.database().connect(name)) {
            Rollup.check(connection);
            assertThat(Rollup.rebuild(connection)).containsExactly("0", "0");
        }
    }

    /** True if it committed. */
    private static boolean transaction(Connection connection, Random random) throws SQLException {
        connection.setTransactionIsolation(
                random.nextInt(10) == 0
                        ? Connection.TRANSACTION_REPEATABLE_READ
                        : Connection.TRANSACTION_READ_COMMITTED);
        try (Statement statement = connection.createStatement()) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                if (random.nextInt(6) == 0) {
                    Savepoint savepoint = connection.setSavepoint();
                    statement.execute(statement(random));
                    connection.rollback(savepoint);
                }
                statement.execute(statement(random));
            }
            if (random.nextInt(8) == 0) {
                connection.rollback();
                return false;
            }
            connection.commit();
            return true;
        } catch (SQLException e) {
            connection.rollback();
            if (ENDED_BY_POSTGRES.contains(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }

    private static String statement(Random random) {
        String tenant = TENANT.formatted(1 + random.nextInt(6));
        String other = TENANT.formatted(1 + random.nextInt(6));
        String some = "(SELECT id FROM businesses WHERE user_id = %s ORDER BY id OFFSET %d LIMIT 1)"
                .formatted(tenant, random.nextInt(4));
        int n = random.nextInt(50);
        return switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4 ->
                "INSERT INTO businesses (user_id, name, status) SELECT %s, 'b' || n, (ARRAY['active',".formatted(tenant)
                        + "'stealth_mode'])[1 + n %% 2]::business_status FROM generate_series(1, %d) AS n"
                                .formatted(1 + n % 4);
            case 5, 6, 7, 8, 9 ->
                "INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count,"
                        + " property_invites_count, clicks_count) SELECT id, current_date - %1$d, %1$d, %1$d %% 7, %1$d %% 5, 1"
                                .formatted(n)
                        + " FROM businesses WHERE user_id = " + tenant;
            case 10 -> "UPDATE business_metrics SET views_count = views_count + 1, declined_count = declined_count + 1";
            case 11, 12, 13, 14, 15 ->
                "UPDATE business_metrics SET messages_count = messages_count + 1 WHERE business_id = " + some;
            case 16, 17 -> "UPDATE businesses SET user_id = " + other + " WHERE id = " + some;
            case 18, 19, 20 -> "UPDATE businesses SET name = 'n%d' WHERE user_id = %s".formatted(n, tenant);
            case 21, 22, 23 ->
                "UPDATE businesses SET status = 'active', is_verified = NOT is_verified WHERE id = " + some;
            case 24, 25 -> "DELETE FROM businesses WHERE id = " + some;
            case 26, 27, 28 -> "DELETE FROM business_metrics WHERE metric_date = current_date - " + n;
            case 29 ->
                "UPDATE business_metrics SET business_id = coalesce(%s, business_id) WHERE metric_date = current_date - %d"
                        .formatted(some, n);
            case 30 -> n < 8 ? "TRUNCATE business_metrics" : "SELECT 1";
            case 31 -> n < 3 ? "TRUNCATE businesses CASCADE" : "SELECT 1";
            case 32 -> "DELETE FROM businesses WHERE user_id = " + tenant + " AND status = 'stealth_mode'";
            case 33 ->
                "UPDATE businesses SET user_id = CASE user_id WHEN %1$s THEN %2$s ELSE %1$s END WHERE user_id IN (%1$s, %2$s)"
                        .formatted(tenant, other);
            case 34 ->
                "INSERT INTO businesses SELECT * FROM businesses WHERE user_id = " + tenant
                        + " ON CONFLICT (id) DO UPDATE SET name = excluded.name || '+'";
            default ->
                "UPDATE business_metrics SET qfps_submitted_count = %d, views_count = views_count - 1 WHERE business_id = %s"
                        .formatted(n, some);
        };
    }
}
