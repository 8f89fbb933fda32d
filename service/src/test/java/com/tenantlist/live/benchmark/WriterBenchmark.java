package com.tenantlist.live.benchmark;

import ch.qos.logback.classic.Level;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.logging.common.BootstrapLogging;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the platform's writers pay for us. {@code bin/writer-benchmark} runs it: pgbench against two databases of one server, with
 * the same rows, in turn: bare tables, and ours installed; then with the service live beside them. Prints medians and ratios.
 */
public final class WriterBenchmark {
    private static final int WRITERS = 8;
    private static final int BUSINESSES = 6000;
    private static final int DAYS = 30;
    private static final int WARM_UP_SECONDS = 40;

    /** As pgbench does by itself, each statement parsed and planned; and prepared once a connection. */
    private static final List<String> PROTOCOLS = List.of("simple", "prepared");

    private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");

    private static final String ROWS = """
            INSERT INTO businesses (id, user_id, name, category, status)
            SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
                   ('00000000-0000-4000-8000-' || lpad(to_hex((n - 1) / 3 + 1), 12, '0'))::uuid, 'Business ' || n, 'F&B', 'active'
            FROM generate_series(1, %1$d) n;
            INSERT INTO business_metrics (id, business_id, metric_date, views_count, property_invites_count, messages_count)
            SELECT ('00000000-0000-4000-a000-' || lpad(to_hex((n - 1) * %2$d + d + 1), 12, '0'))::uuid,
                   ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, current_date - d, 20, 3, 2
            FROM generate_series(1, %1$d) n, generate_series(0, %2$d - 1) d""".formatted(BUSINESSES, DAYS);

    private static final String ONE_ROW = """
            \\set n random(1, %d)
            UPDATE business_metrics SET views_count = views_count + 1, updated_at = now()
            WHERE id = ('00000000-0000-4000-a000-' || lpad(to_hex(:n::int), 12, '0'))::uuid;
            """.formatted(BUSINESSES * DAYS);

    private final Path pgbench;
    private final EmbeddedDatabase database;
    private final int rounds;
    private final int seconds;

    private WriterBenchmark(Path pgbench, EmbeddedDatabase database, int rounds, int seconds) {
        this.pgbench = pgbench;
        this.database = database;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws Exception {
        BootstrapLogging.bootstrap(Level.WARN);
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        try (EmbeddedDatabase database = EmbeddedDatabase.startTemporary(
                        Map.of("shared_buffers", "256MB", "max_wal_size", "4GB", "checkpoint_timeout", "30min"));
                EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            WriterBenchmark benchmark = new WriterBenchmark(Path.of(args[0]), database, rounds, seconds);
            String bare = benchmark.bare();
            LiveService service = LiveService.on(database, redis.url());
            benchmark.run("triggers alone", bare, benchmark.installed(bare));
            service.start();
            try (service) {
                service.awaitFeed();
                String live = Path.of(service.databaseUrl()).getFileName().toString();
                benchmark.fill(live);
                // A service is started once and runs for weeks: its code is to be compiled by then.
                benchmark.transactionsPerSecond(live, PROTOCOLS.get(0), WARM_UP_SECONDS);
                benchmark.run("with the service live, no dashboard open", bare, live);
            }
        }
        System.exit(0);
    }

    private String bare() throws SQLException {
        String name = Parts.newName();
        database.create(name);
        try (Connection connection = database.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(platformTables());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        fill(name);
        return name;
    }

    private static String platformTables() throws IOException {
        return Files.readString(Path.of("migrations/V001__platform_tables.sql"))
                + "CREATE INDEX ON businesses (user_id, created_at, id);"
                + "CREATE INDEX ON business_metrics (business_id, metric_date)";
    }

    /** The same rows, and ours: installed after them, as on a platform's database. */
    private String installed(String bare) throws SQLException {
        String name = Parts.newName();
        execute("postgres", "CREATE DATABASE " + name + " TEMPLATE " + bare);
        Parts.migrate(database.url(name));
        execute(name, "VACUUM ANALYZE");
        return name;
    }

    private void fill(String name) throws SQLException {
        execute(name, ROWS);
        execute(name, "VACUUM ANALYZE");
    }

    private void execute(String name, String sql) throws SQLException {
        try (Connection connection = database.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void run(String how, String bare, String ours) throws Exception {
        Map<String, Ratio> figures = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (String name : List.of(bare, ours)) {
                for (String protocol : PROTOCOLS) {
                    figures.computeIfAbsent(
                                    "one-row updates, " + WRITERS + " writers, " + protocol + ", per second",
                                    Ratio::new)
                            .add(name.equals(bare), transactionsPerSecond(name, protocol, seconds));
                }
                for (int rows : new int[] {20_000, 60_000}) {
                    figures.computeIfAbsent("one statement over " + rows + " rows, seconds", Ratio::new)
                            .add(name.equals(bare), bulkSeconds(name, rows));
                }
            }
        }
        System.out.println(how);
        figures.values().forEach(Ratio::print);
    }

    /** The same figure of the bare tables and of ours, over all rounds. */
    private record Ratio(String what, List<Double> bare, List<Double> ours) {
        Ratio(String what) {
            this(what, new ArrayList<>(), new ArrayList<>());
        }

        void add(boolean isBare, double value) {
            (isBare ? bare : ours).add(value);
        }

        void print() {
            System.out.println(String.format(
                    Locale.ROOT,
                    "  %-52s bare %8.2f, ours %8.2f, %.2f of bare",
                    what,
                    median(bare),
                    median(ours),
                    median(ours) / median(bare)));
        }
    }

    private double transactionsPerSecond(String name, String protocol, int seconds)
            throws IOException, InterruptedException {
        Path script = Files.createTempFile("one-row", ".sql");
        Files.writeString(script, ONE_ROW);
        Process process = new ProcessBuilder(
                        pgbench.toString(),
                        "-n",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        String.valueOf(database.port()),
                        "-U",
                        "postgres",
                        "-c",
                        String.valueOf(WRITERS),
                        "-j",
                        "2",
                        "-T",
                        String.valueOf(seconds),
                        "-M",
                        protocol,
                        "-f",
                        script.toString(),
                        name)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        Files.delete(script);
        Matcher tps = TPS.matcher(said);
        if (!tps.find()) {
            throw new IllegalStateException("pgbench said: " + said);
        }
        return Double.parseDouble(tps.group(1));
    }

    private double bulkSeconds(String name, int rows) throws SQLException {
        long began = System.nanoTime();
        execute(
                name,
                "UPDATE business_metrics SET views_count = views_count + 1 WHERE id <= ('00000000-0000-4000-a000-' || lpad(to_hex("
                        + rows + "), 12, '0'))::uuid");
        return (System.nanoTime() - began) / 1e9;
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return Arrays.stream(sorted).skip(sorted.length / 2).findFirst().orElse(0);
    }
}
