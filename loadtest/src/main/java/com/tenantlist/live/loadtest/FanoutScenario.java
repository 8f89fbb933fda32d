package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import com.tenantlist.live.loadtest.Processes.Usage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code fanout}: many dashboards of one tenant and bursts of events to all of them. By SQL a burst is one statement; by REST it is one
 * request after another; by broadcast it is one request that has a peer emit. The first round is told apart: it is the compiler's.
 */
@Command(
        name = "fanout",
        mixinStandardHelpOptions = true,
        description =
                "Many dashboards of one tenant (the server's MAX_SOCKETS_PER_USER must let them in), and bursts to all"
                        + " of them: CPU a delivery, deliveries a second.")
final class FanoutScenario implements Callable<Integer> {
    private static final int AT_ONCE = 100;
    private static final Duration OPENING = Duration.ofMinutes(2);

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(names = "--by", defaultValue = "sql", description = "sql, rest or broadcast. Default: ${DEFAULT-VALUE}.")
    private By by = By.SQL;

    @Option(names = "--compare-by", description = "The same of the peer. Default: as --by.")
    private @Nullable By compareBy;

    @Option(names = "--sockets", defaultValue = "2000", description = "At most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 2000;

    @Option(names = "--burst", defaultValue = "100", description = "Changes a round. Default: ${DEFAULT-VALUE}.")
    private int burst = 100;

    @Option(names = "--rounds", defaultValue = "5", description = "Bursts a turn. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Option(
            names = "--within",
            defaultValue = "60",
            description = "Seconds after which what a burst has not brought counts as lost. Default: ${DEFAULT-VALUE}.")
    private int withinSeconds = 60;

    @Override
    public Integer call() throws Exception {
        RunOptions.check("--sockets", sockets, 1, Dashboards.MOST);
        RunOptions.check("--burst", burst, 1, 10_000);
        RunOptions.check("--rounds", rounds, 1, 1000);
        RunOptions.check("--within", withinSeconds, 1, 600);
        By peerBy = compareBy == null ? by : compareBy;
        return Run.inTurns(
                String.format(
                        Locale.ROOT,
                        "fanout by %s: %d dashboards of one tenant, %d rounds of %d changes",
                        by == peerBy ? by : by + " and " + peerBy,
                        sockets,
                        rounds,
                        burst),
                options,
                options.targets(by, peerBy),
                this::measure);
    }

    private Outcome measure(Target target) throws Exception {
        Commits commits = Commits.bySequence(target.by() == By.SQL ? "COMMIT" : "request");
        Processes server = new Processes(target.processes());
        boolean broadcast = target.by() == By.BROADCAST;
        try (LoadTenants rows = LoadTenants.open(target, 1, target.by() == By.SQL ? burst : 1);
                Burst changes = burst(target, commits);
                Dashboards dashboards = new Dashboards(
                        target, options.addresses(), rows.users(), sockets, new Manner(true, false), commits)) {
            dashboards.open(AT_ONCE, OPENING);
            commits.startMeasuring();
            List<Double> cpu = new ArrayList<>();
            List<Double> perSecond = new ArrayList<>();
            Usage began = server.usage();
            Usage before = began;
            long behind = 0;
            double deliveries = (double) sockets * burst;
            for (int round = 0; round < rounds; round++) {
                Progress.say(target.name() + ": round " + (round + 1) + " of " + rounds);
                List<Long> kpis =
                        dashboards.clients().stream().map(DashboardClient::kpis).toList();
                changes.make(round);
                behind += broadcast
                        ? awaitKpis(dashboards.clients(), kpis)
                        : commits.awaitDelivery(dashboards.clients(), Duration.ofSeconds(withinSeconds));
                Usage after = server.usage();
                cpu.add((after.cpuMicros() - before.cpuMicros()) / deliveries);
                perSecond.add(deliveries / after.seconds(before));
                before = after;
            }
            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.higher("deliveries a second, first round", "/s", perSecond.get(0)));
            if (!server.none()) {
                figures.add(Figure.lower("server CPU a delivery, first round", "µs", cpu.get(0)));
            }
            if (rounds > 1) {
                figures.add(Figure.higher("deliveries a second, later rounds", "/s", median(perSecond)));
                if (!server.none()) {
                    figures.add(Figure.lower("server CPU a delivery, later rounds", "µs", median(cpu)));
                }
            }
            figures.addAll(Outcome.cpu(server, began, before, deliveries * rounds, "delivery"));
            return new Outcome(
                    figures,
                    broadcast ? List.of() : commits.latencies(Duration.ofSeconds(withinSeconds)),
                    dashboards.faults().plus(Faults.lost(behind)).plus(Faults.failed(changes.failed())));
        }
    }

    private static double median(List<Double> rounds) {
        return Spread.of(Figure.count("", 0), rounds.subList(1, rounds.size())).median();
    }

    private long awaitKpis(List<DashboardClient> clients, List<Long> before) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(withinSeconds);
        long missing = 0;
        for (int i = 0; i < clients.size(); i++) {
            missing += clients.get(i).awaitKpis(before.get(i) + burst, until);
        }
        return missing;
    }

    /** A way to make a burst. */
    private interface Burst extends AutoCloseable {
        void make(int round) throws Exception;

        default long failed() {
            return 0;
        }

        @Override
        default void close() throws SQLException {}
    }

    private Burst burst(Target target, Commits commits) throws SQLException {
        UUID user = LoadTenants.user(1);
        Rest rest = new Rest(target.api(), options.tokens());
        return switch (target.by()) {
            case SQL -> new OneStatement(target, commits);
            case REST ->
                new Burst() {
                    private final RestChanges changes = new RestChanges(rest, commits);

                    @Override
                    public void make(int round) throws Exception {
                        for (int i = 0; i < burst; i++) {
                            changes.change(0, user, System.nanoTime());
                        }
                    }

                    @Override
                    public long failed() {
                        return changes.failed();
                    }
                };
            case BROADCAST ->
                round -> {
                    int status = rest.call("POST", "/bench/broadcast/" + user + "?n=" + burst, user, "{}")
                            .status();
                    if (status != 200) {
                        throw new IllegalStateException("POST /bench/broadcast is answered by " + status
                                + "; --by broadcast is for a peer that has it");
                    }
                };
        };
    }

    /** All businesses by one statement; the number of each change is in its name. */
    private final class OneStatement implements Burst {
        private final long run = System.nanoTime();
        private final Connection connection;
        private final PreparedStatement update;
        private final Commits commits;

        OneStatement(Target target, Commits commits) throws SQLException {
            this.commits = commits;
            connection = Database.connect(target.database());
            connection.setAutoCommit(false);
            update = connection.prepareStatement("""
                    UPDATE businesses b SET name = ? || (? + n.number)::text
                    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM businesses WHERE user_id = ?) n
                    WHERE b.id = n.id""");
        }

        @Override
        public void make(int round) throws SQLException {
            long first = (long) round * burst;
            long due = System.nanoTime();
            update.setString(1, LoadTenants.NAME + run + "-");
            update.setLong(2, first);
            update.setObject(3, LoadTenants.user(1));
            update.executeUpdate();
            for (int number = 1; number <= burst; number++) {
                commits.sending(LoadTenants.user(1), first + number, due);
            }
            connection.commit();
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
