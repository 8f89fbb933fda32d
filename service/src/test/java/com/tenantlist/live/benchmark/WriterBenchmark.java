package com.tenantlist.live.benchmark;

import ch.qos.logback.classic.Level;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.logging.common.BootstrapLogging;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What the platform's writers pay for us. {@code bin/writer-benchmark} runs it: pgbench against two databases of one server, with
 * the same rows, in turn: bare tables, and ours installed; then with the service live beside them. Prints the medians over the rounds, of the figures and of
 * their ratio in a round, and the ratio's range. What a flush to disk takes, which every commit waits for, is printed with it: the longer, the less of a
 * commit is ours. Postgres's {@code commit_delay} makes it longer, for all who commit together.
 */
public final class WriterBenchmark {
    private static final int WARM_UP_SECONDS = 40;

    /** As pgbench does by itself, each statement parsed and planned; and prepared once a connection. */
    private static final List<String> PROTOCOLS = List.of("simple", "prepared");

    private static final int CONNECTION_WARM_UP_SECONDS = 6;

    private static final Pattern PROGRESS = Pattern.compile("progress: [0-9.]+ s, ([0-9.]+) tps");

    private final PlatformLoad load;
    private final int rounds;
    private final int seconds;

    private WriterBenchmark(PlatformLoad load, int rounds, int seconds) {
        this.load = load;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    public static void main(String[] args) throws Exception {
        BootstrapLogging.bootstrap(Level.WARN);
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        int delay = args.length > 3 ? Integer.parseInt(args[3]) : 0;
        System.out.println(String.format(
                Locale.ROOT, "a flush to disk takes %.0f µs here, and %d more by commit_delay", flushMicros(), delay));
        try (EmbeddedDatabase database = EmbeddedDatabase.startTemporary(Map.of(
                        "shared_buffers", "256MB",
                        "max_wal_size", "4GB",
                        "checkpoint_timeout", "30min",
                        "commit_delay", String.valueOf(delay),
                        "commit_siblings", "0"));
                EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            PlatformLoad load = new PlatformLoad(Path.of(args[0]), database);
            WriterBenchmark benchmark = new WriterBenchmark(load, rounds, seconds);
            String bare = benchmark.bare();
            LiveService service = LiveService.on(database, redis.url());
            benchmark.run("triggers alone", bare, benchmark.installed(bare));
            service.start();
            try (service) {
                service.awaitFeed();
                String live = Path.of(service.databaseUrl()).getFileName().toString();
                load.fill(live);
                // A service is started once and runs for weeks: its code is to be compiled by then.
                benchmark.transactionsPerSecond(live, PROTOCOLS.get(0), PlatformLoad.ONE_ROW, WARM_UP_SECONDS);
                benchmark.run("with the service live, no dashboard open", bare, live);
            }
        }
        System.exit(0);
    }

    /** What a commit waits for, one after another: the median of 200 flushes of a block. */
    private static double flushMicros() throws IOException {
        Path file = Files.createTempFile("flush", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            List<Double> micros = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                channel.write(ByteBuffer.allocate(8192));
                long began = System.nanoTime();
                channel.force(false);
                micros.add((System.nanoTime() - began) / 1e3);
            }
            return median(micros);
        } finally {
            Files.delete(file);
        }
    }

    private String bare() throws SQLException, IOException {
        String name = Parts.newName();
        load.database().create(name);
        load.makeTables(name);
        load.fill(name);
        return name;
    }

    /** The same rows, and ours: installed after them, as on a platform's database. */
    private String installed(String bare) throws SQLException {
        String name = Parts.newName();
        load.execute("postgres", "CREATE DATABASE " + name + " TEMPLATE " + bare);
        Parts.migrate(load.database().url(name));
        load.execute(name, "VACUUM ANALYZE");
        return name;
    }

    private void run(String how, String bare, String ours) throws Exception {
        Map<String, Ratio> figures = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (String protocol : PROTOCOLS) {
                writers(figures, "one-row updates, " + protocol, bare, ours, protocol, PlatformLoad.ONE_ROW);
            }
            writers(figures, "businesses renamed", bare, ours, PROTOCOLS.get(0), PlatformLoad.ONE_BUSINESS);
            writers(figures, "transactions of two rows", bare, ours, PROTOCOLS.get(0), PlatformLoad.TWO_ROWS);
            for (int rows : new int[] {20_000, 60_000}) {
                figures.computeIfAbsent("one statement over " + rows + " rows, seconds", Ratio::new)
                        .measure(bare, ours, name -> bulkSeconds(name, rows));
            }
        }
        System.out.println(how);
        figures.values().forEach(Ratio::print);
    }

    private void writers(
            Map<String, Ratio> figures, String what, String bare, String ours, String protocol, String script)
            throws Exception {
        figures.computeIfAbsent(what + ", " + PlatformLoad.WRITERS + " writers, per second", Ratio::new)
                .measure(bare, ours, name -> transactionsPerSecond(name, protocol, script, seconds));
    }

    /** Measures a database. */
    @FunctionalInterface
    private interface Measure {
        double of(String name) throws Exception;
    }

    /** The same figure of the bare tables and of ours, over all rounds. */
    private record Ratio(String what, List<Double> bare, List<Double> ours, List<Double> ratios) {
        Ratio(String what) {
            this(what, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        /** Bare, ours, ours, bare: whatever grows or falls meanwhile, the machine's share too, touches both alike. */
        void measure(String bareName, String oursName, Measure measure) throws Exception {
            double first = measure.of(bareName);
            double ourTwo = measure.of(oursName) + measure.of(oursName);
            double bareTwo = first + measure.of(bareName);
            bare.add(bareTwo / 2);
            ours.add(ourTwo / 2);
            ratios.add(ourTwo / bareTwo);
        }

        void print() {
            System.out.println(String.format(
                    Locale.ROOT,
                    "  %-52s bare %8.2f, ours %8.2f, %.2f of bare (%.2f to %.2f)",
                    what,
                    median(bare),
                    median(ours),
                    median(ratios),
                    Collections.min(ratios),
                    Collections.max(ratios)));
        }
    }

    /** Of connections that have worked a while, as a pool's have: the first seconds load code and catalogs, plan, and map memory. */
    private double transactionsPerSecond(String name, String protocol, String script, int seconds)
            throws IOException, InterruptedException {
        String said =
                load.write(name, CONNECTION_WARM_UP_SECONDS + seconds, List.of(script), "-M", protocol, "-P", "1");
        double[] eachSecond = PROGRESS.matcher(said)
                .results()
                .mapToDouble(second -> Double.parseDouble(second.group(1)))
                .skip(CONNECTION_WARM_UP_SECONDS)
                .toArray();
        if (eachSecond.length == 0) {
            throw new IllegalStateException("pgbench said: " + said);
        }
        return Arrays.stream(eachSecond).average().orElseThrow();
    }

    private double bulkSeconds(String name, int rows) throws SQLException {
        long began = System.nanoTime();
        load.execute(
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
