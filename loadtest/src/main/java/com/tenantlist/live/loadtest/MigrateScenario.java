package com.tenantlist.live.loadtest;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code migrate}: fills an empty database with the platform's tables and rows, and runs {@code db migrate} there while one
 * connection writes. Prints how many rows a second were taken over, and how long the writer had to wait at most, before and
 * during. The writer makes one-row updates one after another; a wait is from the statement to the end of its commit.
 */
@Command(
        name = "migrate",
        mixinStandardHelpOptions = true,
        description =
                "How long db migrate takes on an empty database that is filled first, and how long a writer waits meanwhile.")
final class MigrateScenario implements Callable<Integer> {
    private static final int BUSINESSES_A_TENANT = 5;
    private static final int CHUNK = 1_000_000;
    private static final Duration BEFORE = Duration.ofSeconds(5);

    @Option(
            names = "--database",
            required = true,
            description =
                    "A URL of a database that exists and is empty: postgresql://user:password@host:port/database.")
    private String database = "";

    @Option(names = "--rows", defaultValue = "10000000", description = "Metric rows. Default: ${DEFAULT-VALUE}.")
    private long rows = 10_000_000;

    @Option(
            names = "--rows-per-business",
            defaultValue = "100",
            description = "Metric rows of each business. Default: ${DEFAULT-VALUE}.")
    private int rowsPerBusiness = 100;

    @Option(
            names = "--service",
            defaultValue = "service/target/service-0.1.0-SNAPSHOT-all.jar",
            description = "The service's jar. Default: ${DEFAULT-VALUE}.")
    private Path service = Path.of("service");

    @Option(
            names = "--config",
            defaultValue = "config.yml",
            description = "The service's settings. Default: ${DEFAULT-VALUE}.")
    private Path config = Path.of("config.yml");

    @Override
    public Integer call() throws SQLException, IOException, InterruptedException {
        if (rows < rowsPerBusiness || rowsPerBusiness < 1) {
            System.err.println("migrate: --rows-per-business is at least 1, --rows at least that");
            return 2;
        }
        long businesses = rows / rowsPerBusiness;
        try (Connection connection = Database.connect(database)) {
            if (!isEmpty(connection)) {
                System.err.println(
                        "migrate: the database has tables in schema public, or a schema live; it must be empty");
                return 2;
            }
            fill(connection, businesses);
        }
        try (Connection connection = Database.connect(database)) {
            Writer writer = new Writer(connection);
            Thread thread = new Thread(writer, "writer");
            thread.start();
            TimeUnit.MILLISECONDS.sleep(BEFORE.toMillis());
            Histogram before = writer.next();
            long began = System.nanoTime();
            int code = migrate();
            double seconds = (System.nanoTime() - began) / 1e9;
            Histogram during = writer.stop(thread);
            if (code != 0) {
                System.err.println("migrate: db migrate ended with " + code);
                return 1;
            }
            System.out.printf(
                    Locale.ROOT,
                    "db migrate: %,d metric rows of %,d businesses in %.1f s, %,.0f rows/s%n",
                    businesses * rowsPerBusiness,
                    businesses,
                    seconds,
                    businesses * rowsPerBusiness / seconds);
            print("writer before", before);
            print("writer during", during);
        }
        return 0;
    }

    private static boolean isEmpty(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)
                           AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'live')""")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private void fill(Connection connection, long businesses) throws SQLException {
        long began = System.nanoTime();
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TYPE business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
                    CREATE TABLE businesses (id uuid PRIMARY KEY, user_id uuid NOT NULL, name varchar(255) NOT NULL,
                        category varchar(100), status business_status NOT NULL, is_verified boolean NOT NULL DEFAULT false,
                        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
                    CREATE TABLE business_metrics (id bigserial PRIMARY KEY, business_id uuid NOT NULL, metric_date date NOT NULL,
                        views_count int NOT NULL DEFAULT 0, clicks_count int NOT NULL DEFAULT 0,
                        property_invites_count int NOT NULL DEFAULT 0, declined_count int NOT NULL DEFAULT 0,
                        messages_count int NOT NULL DEFAULT 0, qfps_submitted_count int NOT NULL DEFAULT 0,
                        created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())""");
        }
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO businesses (id, user_id, name, status)
                SELECT lpad(to_hex(b), 32, '0')::uuid, lpad(to_hex(b / ? + 1), 32, '7')::uuid, 'Business ' || b, 'active'
                FROM generate_series(1, ?) AS b""")) {
            insert.setInt(1, BUSINESSES_A_TENANT);
            insert.setLong(2, businesses);
            insert.executeUpdate();
        }
        long businessesAChunk = Math.max(1, CHUNK / rowsPerBusiness);
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count, property_invites_count)
                SELECT lpad(to_hex(b), 32, '0')::uuid, date '2026-01-01' - d, 3, 1, 2
                FROM generate_series(1, ?) AS d, generate_series(?::bigint, ?::bigint) AS b""")) {
            for (long first = 1; first <= businesses; first += businessesAChunk) {
                insert.setInt(1, rowsPerBusiness);
                insert.setLong(2, first);
                insert.setLong(3, Math.min(businesses, first + businessesAChunk - 1));
                insert.executeUpdate();
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("VACUUM ANALYZE");
            statement.execute("CHECKPOINT");
        }
        System.out.printf(Locale.ROOT, "filled in %.0f s%n", (System.nanoTime() - began) / 1e9);
    }

    private int migrate() throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        service.toString(),
                        "db",
                        "migrate",
                        config.toString())
                .inheritIO();
        command.environment().put("DATABASE_URL", database);
        return command.start().waitFor();
    }

    private static void print(String who, Histogram waits) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d commits, p50 %.2f ms, p99 %.2f ms, longest %.1f ms%n",
                who,
                waits.getTotalCount(),
                waits.getValueAtPercentile(50) / 1e3,
                waits.getValueAtPercentile(99) / 1e3,
                waits.getMaxValue() / 1e3);
    }

    /** Updates one row after another, by itself until it is stopped. */
    private static final class Writer implements Runnable {
        private final Connection connection;
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicReference<@Nullable SQLException> failure = new AtomicReference<>();
        private volatile Histogram waits = histogram();

        Writer(Connection connection) {
            this.connection = connection;
        }

        /** In microseconds. */
        private static Histogram histogram() {
            return new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(10), 3);
        }

        @Override
        public void run() {
            try (PreparedStatement change = connection.prepareStatement("""
                    UPDATE business_metrics SET views_count = views_count + 1 WHERE id = ?""")) {
                for (long i = 0; !stopped.get(); i++) {
                    long began = System.nanoTime();
                    change.setLong(1, i % 10_000 + 1);
                    change.executeUpdate();
                    waits.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - began));
                }
            } catch (SQLException e) {
                failure.set(e);
            }
        }

        /** What was recorded; a new record begins. */
        Histogram next() {
            Histogram recorded = waits;
            waits = histogram();
            return recorded;
        }

        Histogram stop(Thread thread) throws InterruptedException, SQLException {
            stopped.set(true);
            thread.join();
            SQLException failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            return waits;
        }
    }
}
