package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import com.tenantlist.live.loadtest.Processes.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code storm}: everybody connects in the same moment, and who is refused comes back as 503's {@code Retry-After} says. */
@Command(
        name = "storm",
        mixinStandardHelpOptions = true,
        description =
                "Everybody connects in the same moment, and comes back after 503's Retry-After (times 0.5 to 1.5);"
                        + " how long until each, and all, are in.")
final class StormScenario implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private Crowd crowd = new Crowd();

    @Option(names = "--sockets", defaultValue = "8000", description = "At most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 8000;

    @Option(
            names = "--within",
            defaultValue = "120",
            description = "Seconds after which those that are not in count as lost. Default: ${DEFAULT-VALUE}.")
    private int withinSeconds = 120;

    @Override
    public Integer call() throws Exception {
        crowd.check(sockets);
        RunOptions.check("--within", withinSeconds, 1, 600);
        return Run.inTurns(
                "storm: " + sockets + " dashboards of " + crowd + " at once",
                options,
                options.targets(By.SQL, By.SQL),
                this::measure);
    }

    private Outcome measure(Target target) throws InterruptedException {
        Processes server = new Processes(target.processes());
        try (Dashboards dashboards = crowd.of(target, options.addresses(), sockets, new Manner(true, true))) {
            Latency fromStart = new Latency("start to let in");
            Usage before = server.usage();
            dashboards.clients().forEach(DashboardClient::connect);
            long until = before.nanoTime() + TimeUnit.SECONDS.toNanos(withinSeconds);
            long out = 0;
            long refusals = 0;
            for (DashboardClient client : dashboards.clients()) {
                out += client.awaitReady(until) ? 0 : 1;
                refusals += client.refusals();
                if (client.connected() > 0) {
                    fromStart.record(before.nanoTime(), client.connected());
                }
            }
            Usage after = server.usage();
            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.lower("until all were in", "s", after.seconds(before)));
            figures.add(Figure.count("attempts refused", (double) refusals));
            figures.addAll(Outcome.cpu(server, before, after, sockets, "connection"));
            return new Outcome(figures, List.of(fromStart), dashboards.faults().plus(Faults.lost(out)));
        }
    }
}
