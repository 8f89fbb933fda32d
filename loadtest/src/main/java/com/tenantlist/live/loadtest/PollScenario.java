package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.Processes.Usage;
import com.tenantlist.live.loadtest.Rest.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code poll}: {@code GET /api/dashboard/tenant/kpis} by clients that have no socket. */
@Command(
        name = "poll",
        mixinStandardHelpOptions = true,
        description = "GET /api/dashboard/tenant/kpis: answers a second, time until each, CPU each.")
final class PollScenario implements Callable<Integer> {
    private static final String PATH = "/api/dashboard/tenant/kpis";
    private static final Duration GRACE = Duration.ofSeconds(10);

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(names = "--tenants", defaultValue = "50", description = "At most 10000. Default: ${DEFAULT-VALUE}.")
    private int tenants = 50;

    @Option(
            names = "--clients",
            defaultValue = "32",
            description = "Connections, at most 256. Default: ${DEFAULT-VALUE}.")
    private int clients = 32;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Calls a second, at most 100000; 0: as many as are answered. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(
            names = "--conditional",
            description = "Sends If-None-Match of the last answer, where it had an ETag. Default: no.")
    private boolean conditional;

    @Option(names = "--warmup", defaultValue = "5", description = "Seconds not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupSeconds = 5;

    @Option(
            names = "--seconds",
            defaultValue = "15",
            description = "Seconds measured, at most 3600. Default: ${DEFAULT-VALUE}.")
    private int seconds = 15;

    @Override
    public Integer call() throws Exception {
        RunOptions.check("--tenants", tenants, 1, 10_000);
        RunOptions.check("--clients", clients, 1, 256);
        RunOptions.check("--rate", rate, 0, 100_000);
        RunOptions.check("--warmup", warmupSeconds, 0, 600);
        RunOptions.check("--seconds", seconds, 1, 3600);
        return Run.inTurns(
                "poll: " + clients + " clients, " + tenants + " tenants, "
                        + (rate == 0 ? "as fast as it goes" : rate + " calls a second") + " for " + seconds + " s"
                        + (conditional ? ", If-None-Match" : ""),
                options,
                options.targets(By.SQL, By.SQL),
                this::measure);
    }

    private Outcome measure(Target target) throws Exception {
        try (LoadTenants rows = LoadTenants.open(target, tenants, 1)) {
            Calls calls = new Calls(new Rest(target.api(), options.tokens()), rows.users());
            calls.call(0, rows.users().get(0));
            calls.run(warmupSeconds);
            Processes server = new Processes(target.processes());
            Latency fromDue = new Latency("due to answer");
            Latency fromSent = new Latency("request to answer");
            calls.fromDue = fromDue;
            calls.fromSent = fromSent;
            Usage before = server.usage();
            long made = calls.run(seconds);
            Usage after = server.usage();

            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.higher("answers a second", "/s", made / after.seconds(before)));
            figures.addAll(Outcome.cpu(server, before, after, (double) made, "call"));
            List<Latency> latencies = new ArrayList<>(List.of(fromDue, fromSent));
            if (rate > 0) {
                latencies.add(
                        fromSent.corrected("request to answer, corrected", Math.max(1, clients * 1_000_000L / rate)));
            }
            long undone = rate == 0 ? 0 : (long) rate * seconds - made;
            return new Outcome(figures, latencies, calls.faults().plus(Faults.failed(undone)));
        }
    }

    private final class Calls {
        private final Rest rest;
        private final List<UUID> users;
        private final Map<String, String> etags = new ConcurrentHashMap<>();
        private final AtomicLong failed = new AtomicLong();
        private final AtomicLong foreign = new AtomicLong();
        private Latency fromDue = new Latency("");
        private Latency fromSent = new Latency("");

        Calls(Rest rest, List<UUID> users) {
            this.rest = rest;
            this.users = users;
        }

        long run(int forSeconds) throws Exception {
            return Pace.run(clients, rate, Duration.ofSeconds(forSeconds), GRACE, (worker, turn, due) -> {
                UUID user = users.get((int) ((worker + turn) % users.size()));
                long sent = System.nanoTime();
                try {
                    call(worker, user);
                } catch (IOException e) {
                    failed.incrementAndGet();
                }
                long answered = System.nanoTime();
                fromDue.record(due, answered);
                fromSent.record(sent, answered);
            });
        }

        void call(int worker, UUID user) throws IOException {
            String held = worker + " " + user;
            Answer answer = rest.call("GET", PATH, user, null, conditional ? etags.get(held) : null);
            if (answer.status() >= 400) {
                failed.incrementAndGet();
            } else if (!answer.own()) {
                foreign.incrementAndGet();
            }
            if (answer.etag() != null) {
                etags.put(held, answer.etag());
            }
        }

        Faults faults() {
            return new Faults(0, 0, 0, foreign.get(), failed.get());
        }
    }
}
