package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import com.tenantlist.live.loadtest.Processes.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code idle}: open dashboards that nothing happens to. The server's memory is read when it has rested for 3 s, its heap, where it is a JVM, after a
 * full collection at the end.
 */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = "Open dashboards that nothing happens to: memory each, CPU a second, and whether all stay open.")
final class IdleScenario implements Callable<Integer> {
    private static final int SETTLE_SECONDS = 3;
    private static final int AT_ONCE = 100;
    private static final Duration OPENING = Duration.ofMinutes(2);

    @Mixin
    private RunOptions options = new RunOptions();

    @Mixin
    private Crowd crowd = new Crowd();

    @Option(names = "--sockets", defaultValue = "5000", description = "At most 10000. Default: ${DEFAULT-VALUE}.")
    private int sockets = 5000;

    @Option(
            names = "--seconds",
            defaultValue = "60",
            description = "Seconds measured, at most 3600. Default: ${DEFAULT-VALUE}.")
    private int seconds = 60;

    @Override
    public Integer call() throws Exception {
        crowd.check(sockets);
        RunOptions.check("--seconds", seconds, 1, 3600);
        return Run.inTurns(
                "idle: " + sockets + " dashboards of " + crowd + " for " + seconds + " s",
                options,
                options.targets(By.SQL, By.SQL),
                this::measure);
    }

    private Outcome measure(Target target) throws IOException, InterruptedException {
        Processes server = new Processes(target.processes());
        OptionalLong heapEmpty = server.heapBytes();
        Usage empty = server.usage();
        try (Dashboards dashboards = crowd.of(target, options.addresses(), sockets, new Manner(true, false))) {
            dashboards.open(AT_ONCE, OPENING);
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            Usage before = server.usage();
            for (int second = 0; second < seconds; second++) {
                Progress.say(target.name() + ": idle, " + (seconds - second) + " s to go");
                TimeUnit.SECONDS.sleep(1);
            }
            Usage after = server.usage();
            List<Figure> figures = new ArrayList<>();
            if (!server.none()) {
                double kib = before.residentKib() - empty.residentKib();
                figures.add(Figure.lower("resident a connection", "KiB", kib / sockets));
            }
            OptionalLong heap = heapEmpty.isEmpty() ? heapEmpty : server.heapBytes();
            if (heap.isPresent()) {
                double bytes = heap.getAsLong() - heapEmpty.getAsLong();
                figures.add(Figure.lower("heap a connection", "KiB", bytes / 1024 / sockets));
            }
            figures.addAll(Outcome.cpu(server, before, after, after.seconds(before), "second"));
            return new Outcome(figures, List.of(), dashboards.faults());
        }
    }
}
