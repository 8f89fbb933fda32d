package com.tenantlist.live.fault;

import static com.tenantlist.live.fault.Cluster.say;

import com.google.common.util.concurrent.Uninterruptibles;
import com.tenantlist.live.testing.Clock;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.ServiceProcess;
import com.tenantlist.live.testing.SmallDisk;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Three real nodes, a real Postgres and a real Redis in processes of their own, with lines between all of them that can be cut,
 * frozen and slowed down; writers who know what is true; dashboards on both transports. Faults come at random, from a seed that is printed;
 * after each the time is measured until every dashboard has all that was committed when the fault ended.
 *
 * <p>{@code bin/faults} runs it at length, {@link FaultSuiteTest} for a minute.
 */
final class FaultSuite implements AutoCloseable {
    private static final int NODES = 3;
    private static final int WRITERS = 4;
    private static final long SILENCE_MILLIS = 5_000;
    private static final long SUPERVISED_MILLIS = 500;
    private static final int DISK_MEGABYTES = 600;
    private static final int SLOWEST_MILLIS = 200;
    private static final int MOST_WRONG_SECONDS = 7_200;

    /** Of healings that took longer it is said who was last. */
    private static final long LONG_MILLIS = 3_000;

    /** To begin a fault, or to end it: Postgres and a node may take a while to end. */
    private static final Duration STEP_LIMIT = Duration.ofMinutes(3);

    private static final Duration HEALING_LIMIT = Duration.ofSeconds(90);

    /**
     * How much.
     *
     * @param perSecond commits
     * @param changes that must be committed at least before it ends
     * @param longestHold of a fault, in milliseconds
     */
    record Size(int tenants, int clients, int perSecond, int faults, long changes, long longestHold) {}

    /** A fault that lasts until it is lifted. */
    private interface Fault {
        /** Begins; returns how to end it. */
        Lift begin() throws Exception;
    }

    private interface Lift {
        void end() throws Exception;
    }

    private final Size size;
    private final long seed;
    private final Random random;
    private final SmallDisk disk;
    private final EmbeddedDatabase database;
    private final EmbeddedRedis redis = EmbeddedRedis.startTemporary();
    private final List<ServiceProcess> nodes = new ArrayList<>();
    private final List<Clock> clocks = new ArrayList<>();
    private final List<CutLine> databaseLines = new ArrayList<>();
    private final List<CutLine> redisLines = new ArrayList<>();
    private final List<CutLine> clientLines = new ArrayList<>();
    private final ExecutorService callbacks = Executors.newFixedThreadPool(2);
    private final ExecutorService background = Executors.newCachedThreadPool();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .executor(callbacks)
            .build();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final ScheduledExecutorService supervisor = Executors.newSingleThreadScheduledExecutor();
    private final List<OracleClient> clients = new ArrayList<>();
    private final Truth truth;
    private final Map<String, Fault> faults = new TreeMap<>();
    private final Map<String, List<Long>> healed = new TreeMap<>();
    private final Map<String, List<Long>> leaderless = new TreeMap<>();
    private final LeaderWatch leader;
    private int fullStatesAllowed;

    /** Who healed last. */
    private String last = "";

    FaultSuite(Size size, long seed) throws Exception {
        this.size = size;
        this.seed = seed;
        this.random = new Random(seed);
        disk = new SmallDisk(DISK_MEGABYTES);
        database = EmbeddedDatabase.startOn(disk);
        String name = Parts.newName();
        Parts.migrated(database, name);
        truth = new Truth(database, name, size.tenants());
        leader = new LeaderWatch(truth);
        for (int i = 0; i < NODES; i++) {
            CutLine toDatabase = new CutLine(EmbeddedDatabase.freePort(), database.port());
            CutLine toRedis = new CutLine(EmbeddedDatabase.freePort(), redis.port());
            databaseLines.add(toDatabase);
            redisLines.add(toRedis);
            Map<String, String> settings = new HashMap<>();
            settings.put(
                    "DATABASE_URL",
                    database.url(name)
                            .replace(
                                    ":" + database.port() + "/",
                                    ":" + toDatabase.uri().getPort() + "/"));
            settings.put("REDIS_URL", "redis://127.0.0.1:" + toRedis.uri().getPort());
            settings.put("DATABASE_REST_CONNECTIONS", "4");
            settings.put("SOCKET_PING_INTERVAL", "2s");
            settings.put("SOCKET_PING_TIMEOUT", "2s");
            settings.put("DRAIN_NOTICE", "0s");
            Clock clock = new Clock();
            clocks.add(clock);
            settings.putAll(clock.environment());
            ServiceProcess node =
                    new ServiceProcess("node-" + i, Path.of("target", "faults", String.valueOf(seed)), settings);
            nodes.add(node);
            clientLines.add(new CutLine(EmbeddedDatabase.freePort(), node.socketPort()));
        }
        defineFaults();
    }

    private void defineFaults() {
        for (int i = 0; i < NODES; i++) {
            ServiceProcess node = nodes.get(i);
            CutLine door = clientLines.get(i);
            String of = " (node " + i + ")";
            faults.put("node killed" + of, () -> {
                node.kill();
                return comesBack(node, door);
            });
            faults.put("node frozen" + of, () -> {
                node.freeze();
                return node::thaw;
            });
            faults.put("node restarted" + of, () -> {
                node.terminate();
                return comesBack(node, door);
            });
            Clock clock = clocks.get(i);
            faults.put("clock wrong" + of, () -> {
                clock.putWrong(random.nextInt(2 * MOST_WRONG_SECONDS) - MOST_WRONG_SECONDS);
                return clock::putRight;
            });
            faults.put("no descriptors left" + of, () -> {
                node.starveOfDescriptors();
                return node::feedDescriptors;
            });
            line("line to Postgres", of, databaseLines.get(i));
            line("line to Redis", of, redisLines.get(i));
            line("lines to clients", of, clientLines.get(i));
        }
        faults.put("Redis killed", () -> {
            redis.kill();
            return redis::start;
        });
        faults.put("Redis frozen", () -> {
            long pid = redis.pid();
            ServiceProcess.signal("STOP", pid);
            return () -> ServiceProcess.signal("CONT", pid);
        });
        faults.put("Redis flushed", () -> {
            redis.command("FLUSHALL");
            return () -> {};
        });
        faults.put("Redis full", () -> {
            redis.command("CONFIG", "SET", "maxmemory", "1");
            return () -> redis.command("CONFIG", "SET", "maxmemory", "0");
        });
        faults.put("forged messages on the bus", () -> {
            redis.command("PUBLISH", "dashboard:bus", "forged");
            redis.command("PUBLISH", "dashboard:bus", "\u0001" + "x".repeat(300));
            return () -> {};
        });
        faults.put("Redis ends subscriptions", () -> {
            redis.command("CLIENT", "KILL", "TYPE", "pubsub");
            return () -> {};
        });
        faults.put("Postgres restarted", () -> {
            database.restart();
            return () -> {};
        });
        faults.put("Postgres' disk full", () -> {
            disk.fill();
            return () -> {
                disk.free();
                if (!database.answers(Duration.ofSeconds(10))) {
                    database.restart();
                }
            };
        });
        faults.put("unreadable row in the journal", () -> {
            truth.poison(random);
            fullStatesAllowed++;
            return () -> {};
        });
        faults.put("feed's backend killed", () -> {
            sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
            return () -> {};
        });
        faults.put("all backends killed", () -> {
            sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL");
            return () -> {};
        });
        faults.put("journal pruned while clients are cut off", () -> {
            CutLine line = clientLines.get(random.nextInt(NODES));
            line.freeze();
            long until = truth.done() + size.perSecond() / 4;
            awaitTrue(() -> truth.done() >= until, Duration.ofSeconds(30));
            truth.pruneJournal();
            fullStatesAllowed++;
            return () -> {
                line.drop();
                line.thaw();
            };
        });
        faults.put("epoch renewed", () -> {
            sql("UPDATE live.epoch SET value = gen_random_uuid()");
            fullStatesAllowed++;
            return () -> {};
        });
        faults.put("writes refused", () -> {
            refuseWrites("on");
            return () -> refuseWrites("off");
        });
    }

    /** A process that is not there refuses connections; the line to it would take them. */
    private Lift comesBack(ServiceProcess node, CutLine door) {
        door.cut();
        return () -> {
            node.start();
            background.submit(() -> {
                awaitTrue(node::isReady, Duration.ofSeconds(120));
                door.restore();
            });
        };
    }

    /** As a disk that is full, or a replica: every write ends with an error. */
    private void refuseWrites(String onOrOff) throws Exception {
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER DATABASE " + truth.database() + " SET default_transaction_read_only = " + onOrOff);
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                    + truth.database() + "'");
        }
    }

    private void line(String name, String of, CutLine line) {
        faults.put(name + " cut" + of, () -> {
            line.cut();
            return line::restore;
        });
        faults.put(name + " frozen" + of, () -> {
            line.freeze();
            return line::thaw;
        });
        faults.put(name + " slow" + of, () -> {
            line.slowDown(1 + random.nextInt(SLOWEST_MILLIS));
            return line::thaw;
        });
    }

    private void sql(String sql) throws Exception {
        try (Connection connection = truth.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    // ---- running

    /** Runs to the end; returns what did not hold. */
    List<String> run() throws Exception {
        say("faults: seed=%d %s", seed, size);
        for (ServiceProcess node : nodes) {
            node.start();
            supervisor.scheduleWithFixedDelay(
                    node::supervise, SUPERVISED_MILLIS, SUPERVISED_MILLIS, TimeUnit.MILLISECONDS);
        }
        awaitTrue(() -> nodes.stream().allMatch(ServiceProcess::isReady), Duration.ofSeconds(120));
        List<URI> entries = clientLines.stream().map(CutLine::uri).toList();
        for (int i = 0; i < size.clients(); i++) {
            UUID user = truth.users().get(i % truth.users().size());
            // The fewer: each event costs them a request, and all of this shares the machine.
            boolean polling = i / truth.users().size() % 4 == 3;
            clients.add(new OracleClient(http, timer, entries, user, polling, SILENCE_MILLIS, new Random(seed + i)));
        }
        awaitTrue(() -> clients.stream().allMatch(client -> client.epoch() != null), Duration.ofSeconds(60));
        truth.write(WRITERS, size.perSecond(), seed);
        List<String> wrong = new ArrayList<>();
        List<String> names = List.copyOf(faults.keySet());
        long changesAFault = size.changes() / size.faults();
        for (int number = 0; number < size.faults() && wrong.isEmpty(); number++) {
            long until = changesAFault * (number + 1);
            String name = names.get(random.nextInt(names.size()));
            long hold = 100 + (long) (random.nextDouble() * size.longestHold());
            int owner = leader.owner();
            long begun = System.nanoTime();
            Lift lift = inTime("to begin: " + name, faults.get(name)::begin);
            Uninterruptibles.sleepUninterruptibly(hold, TimeUnit.MILLISECONDS); // how long the fault lasts
            inTime("to end: " + name, () -> {
                lift.end();
                return lift;
            });
            long millis = awaitHealed();
            if (millis < 0) {
                wrong.add("not healed within " + HEALING_LIMIT + " of: " + name);
                behind().forEach(wrong::add);
            }
            say(
                    "%3d %-50s held %5d ms, healed after %5d ms; %d changes%s",
                    number + 1, name, hold, millis, truth.done(), millis > LONG_MILLIS ? "; last was " + last : "");
            String kind = name.replaceAll(" \\(node \\d\\)", "");
            healed.computeIfAbsent(kind, key -> new ArrayList<>()).add(millis);
            leader.changed(owner, begun)
                    .ifPresent(time -> leaderless
                            .computeIfAbsent(kind, key -> new ArrayList<>())
                            .add(time));
            awaitTrue(() -> truth.done() >= until, Duration.ofMinutes(5));
        }
        truth.stopWriting();
        awaitTrue(() -> nodes.stream().allMatch(ServiceProcess::isReady), Duration.ofSeconds(120));
        clientLines.forEach(CutLine::restore);
        if (awaitHealed() < 0) {
            wrong.add("not healed at the end");
            behind().forEach(wrong::add);
        }
        wrong.addAll(truth.judge(clients));
        count(
                "twice",
                wrong,
                clients.stream().mapToInt(OracleClient::duplicates).sum());
        count(
                "lost or out of order",
                wrong,
                clients.stream().mapToInt(OracleClient::gaps).sum());
        int jumps = clients.stream().mapToInt(OracleClient::jumps).max().orElse(0);
        // A session that gives its replay up sends full state, and answers the request that was on its way by another.
        if (jumps > 2 * fullStatesAllowed) {
            wrong.add(
                    "a client got full state " + jumps + " times, and there was reason for twice " + fullStatesAllowed);
        }
        wrong.addAll(leftovers());
        report(wrong);
        return wrong;
    }

    /** What makes faults may itself hang: then it is said where, and the suite ends. */
    private <T> T inTime(String what, Callable<T> step) throws Exception {
        AtomicReference<Thread> on = new AtomicReference<>();
        Future<T> running = background.submit(() -> {
            on.set(Thread.currentThread());
            return step.call();
        });
        try {
            return running.get(STEP_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("it takes longer than " + STEP_LIMIT + " " + what + "; it is at "
                    + List.of(on.get().getStackTrace()));
        }
    }

    private static void count(String what, List<String> wrong, int count) {
        if (count > 0) {
            wrong.add(count + " events " + what);
        }
    }

    /** Milliseconds until all clients have what is committed now; negative if they do not in time. */
    private long awaitHealed() throws InterruptedException {
        long start = System.nanoTime();
        last = "";
        boolean told = false;
        Map<UUID, Long> wanted = null;
        while (System.nanoTime() - start < HEALING_LIMIT.toNanos()) {
            try {
                if (wanted == null) {
                    wanted = truth.revisions();
                }
                List<OracleClient> behind = lag(wanted);
                if (!behind.isEmpty()) {
                    last = behind.get(0).toString();
                    if (!told && System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(LONG_MILLIS)) {
                        told = true;
                        say(
                                "    %d are behind, one is %s",
                                behind.size(), behind.get(0).doing());
                    }
                } else {
                    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                }
            } catch (java.sql.SQLException e) {
                // Postgres is starting.
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return -1;
    }

    private List<OracleClient> lag(Map<UUID, Long> wanted) {
        return clients.stream()
                .filter(client -> client.revision() < wanted.getOrDefault(client.user(), 0L))
                .toList();
    }

    private List<String> behind() throws Exception {
        Map<UUID, Long> wanted = truth.revisions();
        return lag(wanted).stream()
                .map(client -> "behind: " + client + ", true is " + wanted.get(client.user()))
                .toList();
    }

    /** All clients leave; what nodes still hold of them is too much. */
    private List<String> leftovers() {
        clients.forEach(OracleClient::close);
        List<String> wrong = new ArrayList<>();
        for (ServiceProcess node : nodes) {
            List<String> gauges = List.of(
                    "tenantlist_delivery_tenants 0.0",
                    "tenantlist_presence_users 0.0",
                    "tenantlist_socket_connected_total 0.0");
            try {
                awaitTrue(() -> gauges.stream().allMatch(node.admin("/prometheus")::contains), Duration.ofSeconds(60));
            } catch (AssertionError e) {
                wrong.add("a node still holds sessions: "
                        + node.admin("/prometheus")
                                .lines()
                                .filter(line ->
                                        line.matches("tenantlist_(delivery_tenants|presence_users|socket_connected).*"))
                                .toList());
            }
        }
        return wrong;
    }

    private void report(List<String> wrong) {
        table("kind of fault, time to heal", healed);
        table("the leader's, time to the next one", leaderless);
        int events = clients.stream()
                .mapToInt(client -> (int) client.seen().stream()
                        .filter(seen ->
                                !seen.what().equals("kpis") && !seen.what().equals("state"))
                        .count())
                .sum();
        say(
                "seed=%d changes=%d faults=%d clients=%d events=%d connects=%d fullStates=%d twice=%d lostOrOutOfOrder=%d wrong=%d",
                seed,
                truth.done(),
                healed.values().stream().mapToInt(List::size).sum(),
                clients.size(),
                events,
                clients.stream().mapToInt(OracleClient::connects).sum(),
                clients.stream().mapToInt(OracleClient::jumps).sum(),
                clients.stream().mapToInt(OracleClient::duplicates).sum(),
                clients.stream().mapToInt(OracleClient::gaps).sum(),
                wrong.size());
        wrong.stream().limit(20).forEach(word -> say("WRONG: %s", word));
    }

    private static void table(String title, Map<String, List<Long>> times) {
        say("%-45s %5s %9s %9s", title, "times", "p50 ms", "worst ms");
        times.forEach((kind, millis) -> {
            List<Long> sorted = millis.stream().sorted().toList();
            say("%-45s %5d %9d %9d", kind, sorted.size(), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
        });
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void awaitTrue(Condition condition, Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (Exception e) {
                // not yet
            }
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("waited for " + limit + " in vain");
            }
            Uninterruptibles.sleepUninterruptibly(20, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        leader.close();
        truth.close();
        clients.forEach(OracleClient::close);
        nodes.forEach(ServiceProcess::close);
        for (List<CutLine> lines : List.of(databaseLines, redisLines, clientLines)) {
            lines.forEach(CutLine::close);
        }
        timer.shutdownNow();
        supervisor.shutdownNow();
        callbacks.shutdownNow();
        background.shutdownNow();
        redis.close();
        database.close();
        disk.close();
    }

    /** {@code FaultSuite FAULTS CHANGES SEED…}: at length, once a seed; exits with 1 if something did not hold. */
    public static void main(String[] args) throws Exception {
        int faults = Integer.parseInt(args[0]);
        long changes = Long.parseLong(args[1]);
        int wrong = 0;
        for (int i = 2; i < args.length; i++) {
            FaultSuite suite = new FaultSuite(new Size(20, 200, 100, faults, changes, 6_000), Long.parseLong(args[i]));
            Thread ending = new Thread(suite::close);
            Runtime.getRuntime().addShutdownHook(ending);
            try {
                wrong += suite.run().size();
            } catch (Exception | AssertionError e) {
                say("ended early: %s", e);
                wrong++;
            }
            Runtime.getRuntime().removeShutdownHook(ending);
            suite.close();
        }
        System.exit(wrong == 0 ? 0 : 1);
    }
}
