package com.tenantlist.live.cli;

import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code simulate}: changes at a rate. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = {
            "Makes changes at a steady rate, by the REST API or, with --sql, straight in the database.",
            "Exit code 1 if a change was not made."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist simulate --sql --tenants 3 --rate 50 --duration 60s")
final class SimulateCommand implements Callable<Integer> {
    private static final int WORKERS = 8;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final TokenOptions key = new TokenOptions();

    @Mixin
    private final ApiOptions api = new ApiOptions();

    @Option(names = "--sql", description = "Write to the database instead of the REST API.")
    private boolean sql;

    @Option(
            names = "--database",
            paramLabel = "URL",
            defaultValue = "${DATABASE_URL:-postgresql://postgres@127.0.0.1:15432/tenantlist}",
            description = "For --sql. Default: $DATABASE_URL, or the database of bin/dev.")
    private String database = "";

    @Option(names = "--user", paramLabel = "UUID", description = "A tenant; may be given more than once.")
    private List<UUID> users = List.of();

    @Option(names = "--tenants", paramLabel = "N", description = "Demo tenants 1 to N instead of --user. Default: 1.")
    private @Nullable Integer tenants;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "10",
            description = "Changes a second, 1 to 10000. Default: ${DEFAULT-VALUE}.")
    private int rate = 10;

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "How long, such as 30s or 5m. Default: ${DEFAULT-VALUE}.")
    private Duration duration = Duration.ofSeconds(10);

    @Option(
            names = "--changes",
            paramLabel = "KIND",
            split = ",",
            description = "Which: ${COMPLETION-CANDIDATES}, in any case, comma-separated. Default: all.")
    private List<Change> changes = List.copyOf(EnumSet.allOf(Change.class));

    @Option(names = "--json", description = "Print the summary as one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        if (rate < 1 || rate > 10_000) {
            throw new ParameterException(spec.commandLine(), "--rate must be from 1 to 10000");
        }
        List<UUID> targets = targets();
        long total = Math.max(1, duration.toMillis() * rate / 1000);
        AtomicLong next = new AtomicLong();
        AtomicLong failed = new AtomicLong();
        AtomicReference<@Nullable CliException> firstFailure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(WORKERS);
        ScheduledExecutorService workers = Executors.newScheduledThreadPool(WORKERS);
        long began = System.nanoTime();
        try (Changer changer = sql ? new SqlChanger(database, WORKERS) : new RestChanger(api, key)) {
            for (int i = 0; i < WORKERS; i++) {
                workers.execute(new Runnable() {
                    @Override
                    public void run() {
                        long number = next.getAndIncrement();
                        if (number >= total || isFatal(firstFailure.get())) {
                            done.countDown();
                            return;
                        }
                        long due = began + number * TimeUnit.SECONDS.toNanos(1) / rate;
                        workers.schedule(
                                () -> {
                                    try {
                                        changer.change(pick(targets), pick(changes), number);
                                    } catch (CliException e) {
                                        failed.incrementAndGet();
                                        firstFailure.compareAndSet(null, e);
                                    }
                                    run();
                                },
                                due - System.nanoTime(),
                                TimeUnit.NANOSECONDS);
                    }
                });
            }
            done.await();
        } finally {
            workers.shutdownNow();
        }
        return report(Math.min(next.get(), total), failed.get(), firstFailure.get(), System.nanoTime() - began);
    }

    private static boolean isFatal(@Nullable CliException failure) {
        return failure != null
                && (failure.exitCode() == ExitCode.UNREACHABLE || failure.exitCode() == ExitCode.REFUSED);
    }

    private List<UUID> targets() {
        if (!users.isEmpty() && tenants != null) {
            throw new ParameterException(spec.commandLine(), "give --user or --tenants, not both");
        }
        if (!users.isEmpty()) {
            return users;
        }
        int count = tenants == null ? 1 : tenants;
        if (count < 1) {
            throw new ParameterException(spec.commandLine(), "--tenants must be at least 1");
        }
        return IntStream.rangeClosed(1, count).mapToObj(Tenants::number).toList();
    }

    private static <T> T pick(List<T> list) {
        return list.get(ThreadLocalRandom.current().nextInt(list.size()));
    }

    private int report(long tried, long failed, @Nullable CliException failure, long nanos) {
        double seconds = nanos / 1e9;
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("changes", tried - failed);
        summary.put("failed", failed);
        summary.put("seconds", Math.round(seconds * 10) / 10.0);
        summary.put("perSecond", Math.round((tried - failed) / seconds * 10) / 10.0);
        if (json) {
            System.out.println(Json.line(summary));
        } else {
            System.out.println("changes=" + summary.get("changes") + " failed=" + failed + " seconds="
                    + summary.get("seconds") + " perSecond=" + summary.get("perSecond"));
        }
        if (failure != null) {
            System.err.println("simulate: " + failure.getMessage());
            return failure.exitCode();
        }
        return ExitCode.OK;
    }
}
