package com.tenantlist.live.benchmark;

import ch.qos.logback.classic.Level;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import io.dropwizard.logging.common.BootstrapLogging;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether our tables stay as large as they must be. {@code bin/soak} runs it: writers at a steady rate beside a live service, autovacuum as
 * Postgres has it by default. In the second of three parts of the time someone holds a snapshot, so that nothing can be cleaned; in the third,
 * no table may grow. Exits with 1 if one does.
 */
public final class Soak {
    private static final List<String> TABLES = List.of(
            "live.pending", "live.pending_change", "live.business_totals", "live.tenant_kpis", "live.dashboard_event");
    private static final int SAMPLE_SECONDS = 15;

    /** How much larger a table may be in the last sixth of the time than in the sixth before: autovacuum comes once a minute. */
    private static final double TOLERANCE = 1.1;

    private final EmbeddedDatabase database;
    private final String name;
    private final Map<String, List<Long>> sizes = new LinkedHashMap<>();

    private Soak(EmbeddedDatabase database, String name) {
        this.database = database;
        this.name = name;
    }

    /** {@code Soak PGBENCH [MINUTES [PER_SECOND]]}. */
    public static void main(String[] args) throws Exception {
        BootstrapLogging.bootstrap(Level.WARN);
        int minutes = args.length > 1 ? Integer.parseInt(args[1]) : 12;
        int perSecond = args.length > 2 ? Integer.parseInt(args[2]) : 400;
        boolean grew;
        try (EmbeddedDatabase database =
                        EmbeddedDatabase.startTemporary(Map.of("shared_buffers", "256MB", "max_wal_size", "4GB"));
                EmbeddedRedis redis = EmbeddedRedis.startTemporary();
                LiveService service = LiveService.on(database, redis.url())
                        .with("journal.maxAge", "60s")
                        .with("journal.pruneInterval", "5s")
                        .start()) {
            service.awaitFeed();
            String name = Path.of(service.databaseUrl()).getFileName().toString();
            PlatformLoad load = new PlatformLoad(Path.of(args[0]), database);
            load.fill(name);
            grew = new Soak(database, name).run(load, minutes * 60, perSecond);
        }
        System.exit(grew ? 1 : 0);
    }

    private boolean run(PlatformLoad load, int seconds, int perSecond) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection holder = database.connect(name);
                Connection watcher = database.connect(name)) {
            Future<String> writers = thread.submit(() -> load.write(
                    name,
                    seconds,
                    List.of(
                            PlatformLoad.ONE_ROW,
                            PlatformLoad.ONE_ROW,
                            PlatformLoad.ONE_ROW,
                            PlatformLoad.ONE_BUSINESS),
                    "-R",
                    String.valueOf(perSecond)));
            print("%6s %s, live rows + dead; MiB", "second", String.join(", ", TABLES));
            boolean held = false;
            for (int second = 0; !isDone(writers); second += SAMPLE_SECONDS) {
                sample(watcher, second);
                boolean hold = second >= seconds / 3 && second < 2 * seconds / 3;
                if (hold != held) {
                    held = hold;
                    hold(holder, hold);
                }
            }
            System.out.println(
                    writers.get().lines().filter(line -> line.startsWith("tps")).toList());
        } finally {
            thread.shutdownNow();
        }
        return judge();
    }

    private static boolean isDone(Future<String> writers) throws Exception {
        try {
            writers.get(SAMPLE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void hold(Connection holder, boolean hold) throws SQLException {
        try (Statement statement = holder.createStatement()) {
            statement.execute(
                    hold ? "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM live.tenant_kpis LIMIT 1" : "ROLLBACK");
        }
        print(hold ? "       someone holds a snapshot" : "       no one holds it any more");
    }

    private void sample(Connection watcher, int second) throws SQLException {
        List<String> line = new ArrayList<>();
        for (String table : TABLES) {
            try (Statement statement = watcher.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT sum(pg_total_relation_size(t.relid)), sum(n_live_tup), sum(n_dead_tup)"
                                    + " FROM (SELECT '%1$s'::regclass AS relid UNION SELECT relid FROM pg_partition_tree('%1$s')) t"
                                            .formatted(table)
                                    + " LEFT JOIN pg_stat_user_tables s ON s.relid = t.relid")) {
                row.next();
                sizes.computeIfAbsent(table, key -> new ArrayList<>()).add(row.getLong(1));
                line.add(String.format(
                        Locale.ROOT, "%8.2f (%d + %d)", row.getLong(1) / 1048576.0, row.getLong(2), row.getLong(3)));
            }
        }
        print("%6d %s", second, String.join(" ", line));
    }

    private boolean judge() {
        boolean grew = false;
        for (Map.Entry<String, List<Long>> table : sizes.entrySet()) {
            List<Long> all = table.getValue();
            int third = all.size() / 3;
            double then = most(all.subList(2 * third, 2 * third + third / 2));
            double last = most(all.subList(2 * third + third / 2, all.size()));
            boolean larger = last > then * TOLERANCE;
            grew |= larger;
            print(
                    "%-22s MiB at most: first third %.2f, under the snapshot %.2f, after it %.2f, at the end %.2f%s",
                    table.getKey(),
                    most(all.subList(0, third)),
                    most(all.subList(third, 2 * third)),
                    then,
                    last,
                    larger ? ": GREW" : "");
        }
        return grew;
    }

    private static double most(List<Long> bytes) {
        return bytes.stream().mapToLong(Long::longValue).max().orElseThrow() / 1048576.0;
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
