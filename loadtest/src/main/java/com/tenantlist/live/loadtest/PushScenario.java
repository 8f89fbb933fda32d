package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import com.tenantlist.live.loadtest.Processes.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code push}: N dashboards, changes at a rate, by SQL or REST. The clock runs from the moment a change was due, and from the moment
 * COMMIT or the request is sent, to the arrival of its event at each of the tenant's dashboards. Times are taken in this process by one
 * clock.
 */
@Command(
        name = "push",
        mixinStandardHelpOptions = true,
        description = "Changes at a rate, and the time until each dashboard has their events.")
final class PushScenario implements Callable<Integer> {
    /** Of a turn: what is known of each, 100 to 200 bytes, is kept until it ends. */
    private static final int MOST_CHANGES = 5_000_000;

    private static final int AT_ONCE = 100;
    private static final Duration OPENING = Duration.ofMinutes(2);
    private static final Duration DELIVERY = Duration.ofSeconds(10);
    /** So much later than planned, changes that are still due are given up, and fail. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(names = "--by", defaultValue = "sql", description = "sql or rest. Default: ${DEFAULT-VALUE}.")
    private By by = By.SQL;

    @Option(names = "--compare-by", description = "The same of the peer. Default: as --by.")
    private @Nullable By compareBy;

    @Option(
            names = "--tenants",
            defaultValue = "50",
            description = "Tenants that change, at most 10000. Default: ${DEFAULT-VALUE}.")
    private int tenants = 50;

    @Option(
            names = "--sockets",
            defaultValue = "100",
            description = "Dashboards in all, at most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 100;

    @Option(
            names = "--rate",
            defaultValue = "100",
            description = "Changes a second, at most 100000. Default: ${DEFAULT-VALUE}.")
    private int rate = 100;

    @Option(
            names = "--writers",
            defaultValue = "8",
            description = "Connections that change, each for tenants of its own. Default: ${DEFAULT-VALUE}.")
    private int writers = 8;

    @Option(names = "--warmup", defaultValue = "5", description = "Seconds not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupSeconds = 5;

    @Option(
            names = "--seconds",
            defaultValue = "30",
            description = "Seconds measured, at most 3600. Default: ${DEFAULT-VALUE}.")
    private int seconds = 30;

    @Override
    public Integer call() throws Exception {
        RunOptions.check("--sockets", sockets, 1, Dashboards.MOST);
        RunOptions.check("--tenants", tenants, 1, Dashboards.MOST);
        RunOptions.check("--rate", rate, 1, 100_000);
        RunOptions.check("--writers", writers, 1, 256);
        RunOptions.check("--warmup", warmupSeconds, 0, 600);
        RunOptions.check("--seconds", seconds, 1, 3600);
        RunOptions.check("--rate times --seconds", (long) rate * seconds, 1, MOST_CHANGES);
        By peerBy = compareBy == null ? by : compareBy;
        if (by == By.BROADCAST || peerBy == By.BROADCAST) {
            throw new IllegalArgumentException("--by broadcast is for fanout; push takes sql or rest");
        }
        return Run.inTurns(
                String.format(
                        Locale.ROOT,
                        "push by %s: %d dashboards of %d tenants, %d changes a second for %d s, %d writers",
                        by == peerBy ? by : by + " and " + peerBy,
                        sockets,
                        tenants,
                        rate,
                        seconds,
                        writers),
                options,
                options.targets(by, peerBy),
                this::measure);
    }

    private Outcome measure(Target target) throws Exception {
        int workers = Math.min(writers, tenants);
        boolean sql = target.by() == By.SQL;
        Commits commits = sql ? Commits.byRevision() : Commits.bySequence("request");
        Processes server = new Processes(target.processes());
        try (LoadTenants rows = LoadTenants.open(target, tenants, 1);
                Changes changes = sql
                        ? SqlChanges.open(target, workers, rows.users(), commits)
                        : new RestChanges(new Rest(target.api(), options.tokens()), commits);
                Dashboards dashboards = new Dashboards(
                        target, options.addresses(), rows.users(), sockets, new Manner(true, false), commits)) {
            dashboards.open(AT_ONCE, OPENING);
            run(warmupSeconds, rows.users(), workers, changes);
            long behind = commits.awaitDelivery(dashboards.clients(), DELIVERY);
            Progress.say(target.name() + ": measuring for " + seconds + " s");
            commits.startMeasuring();
            Usage before = server.usage();
            long made = run(seconds, rows.users(), workers, changes);
            Usage after = server.usage();
            behind += commits.awaitDelivery(dashboards.clients(), DELIVERY);

            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.count("changes", (double) made));
            figures.add(Figure.count("deliveries", (double) commits.deliveries()));
            figures.add(Figure.higher("changes a second", "/s", made / after.seconds(before)));
            figures.addAll(Outcome.cpu(server, before, after, (double) made, "change"));
            Faults faults = dashboards
                    .faults()
                    .plus(Faults.lost(behind))
                    .plus(Faults.failed(changes.failed() + (long) rate * seconds - made));
            return new Outcome(
                    figures, commits.latencies(Duration.ofSeconds(workers).dividedBy(rate)), faults);
        }
    }

    private long run(int forSeconds, List<UUID> users, int workers, Changes changes) throws Exception {
        return Pace.run(
                workers,
                rate,
                Duration.ofSeconds(forSeconds),
                GRACE,
                (worker, turn, due) -> changes.change(worker, LoadTenants.inTurn(users, worker, workers, turn), due));
    }
}
