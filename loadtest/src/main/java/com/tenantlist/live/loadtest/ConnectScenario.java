package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import com.tenantlist.live.loadtest.Processes.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code connect}: new dashboards, some at a time; the clock runs from the call to the namespace's answer. */
@Command(
        name = "connect",
        mixinStandardHelpOptions = true,
        description = "New dashboards, some at a time: how many a second, how long each takes, what it costs.")
final class ConnectScenario implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private Crowd crowd = new Crowd();

    @Option(names = "--sockets", defaultValue = "2000", description = "At most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 2000;

    @Option(
            names = "--at-once",
            defaultValue = "100",
            description = "So many connect together, then the next. Default: ${DEFAULT-VALUE}.")
    private int atOnce = 100;

    @Option(
            names = "--within",
            defaultValue = "60",
            description = "Seconds after which it is given up. Default: ${DEFAULT-VALUE}.")
    private int withinSeconds = 60;

    @Override
    public Integer call() throws Exception {
        crowd.check(sockets);
        RunOptions.check("--at-once", atOnce, 1, Dashboards.MOST);
        RunOptions.check("--within", withinSeconds, 1, 600);
        return Run.inTurns(
                "connect: " + sockets + " dashboards of " + crowd + ", " + atOnce + " at a time",
                options,
                options.targets(By.SQL, By.SQL),
                this::measure);
    }

    private Outcome measure(Target target) throws InterruptedException {
        Processes server = new Processes(target.processes());
        try (Dashboards dashboards = crowd.of(target, options.addresses(), sockets, new Manner(false, false))) {
            Latency connecting = new Latency("connect to let in");
            Usage before = server.usage();
            dashboards.open(atOnce, Duration.ofSeconds(withinSeconds));
            Usage after = server.usage();
            dashboards.clients().forEach(client -> connecting.record(client.began(), client.connected()));
            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.higher("connections a second", "/s", sockets / after.seconds(before)));
            figures.addAll(Outcome.cpu(server, before, after, sockets, "connection"));
            return new Outcome(figures, List.of(connecting), dashboards.faults());
        }
    }
}
