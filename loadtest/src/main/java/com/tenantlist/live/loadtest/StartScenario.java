package com.tenantlist.live.loadtest;

import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code start}: starts a service by a command, once a turn and before that to warm up, until its health check answers 200, and stops it by SIGTERM. The CPU is that of
 * the process that the command becomes, not of its children.
 */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Starts a service by a command: time and CPU until it is healthy. The command comes after --.")
final class StartScenario implements Callable<Integer> {
    private static final Duration STOPPING = Duration.ofSeconds(30);
    private static final int CONNECT_MILLIS = 1_000;

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--healthcheck",
            required = true,
            paramLabel = "URL",
            description = "What answers 200 when it is healthy; nothing may answer there before.")
    private URI healthcheck = URI.create("http://127.0.0.1:8081/healthcheck");

    @Option(names = "--warmup", defaultValue = "1", description = "Starts not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupStarts = 1;

    @Option(
            names = "--within",
            defaultValue = "120",
            description = "Seconds that a start may take, at most 3600. Default: ${DEFAULT-VALUE}.")
    private int within = 120;

    @Option(
            names = "--log",
            defaultValue = "target/start.log",
            paramLabel = "FILE",
            description = "What the service says, of the last start. Default: ${DEFAULT-VALUE}.")
    private File log = new File("target/start.log");

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "What starts it, and its arguments.")
    private List<String> command = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Loopback.check("--healthcheck", healthcheck);
        RunOptions.check("--warmup", warmupStarts, 0, 10);
        RunOptions.check("--within", within, 1, 3600);
        if (isHealthy()) {
            throw new IllegalArgumentException("--healthcheck " + healthcheck + " answers already; stop what does");
        }
        for (int start = 0; start < warmupStarts; start++) {
            measure();
        }
        return Run.inTurns(
                "start: " + String.join(" ", command),
                options,
                options.targets(By.SQL, By.SQL).subList(0, 1),
                target -> measure());
    }

    private Outcome measure() throws IOException, InterruptedException {
        long began = System.nanoTime();
        Process service = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        try {
            while (!isHealthy()) {
                if (!service.isAlive() || System.nanoTime() - began > TimeUnit.SECONDS.toNanos(within)) {
                    throw new IllegalStateException("it "
                            + (service.isAlive()
                                    ? "was not healthy after " + within + " s"
                                    : "ended with " + service.exitValue() + " before it was healthy")
                            + "; see " + log);
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
            double millis = (System.nanoTime() - began) / 1e6;
            double cpu = new Processes(List.of(service.pid())).usage().cpuMicros() / 1e3;
            service.destroy();
            boolean stopped = service.waitFor(STOPPING.toSeconds(), TimeUnit.SECONDS);
            return new Outcome(
                    List.of(Figure.lower("time to healthy", "ms", millis), Figure.lower("CPU to healthy", "ms", cpu)),
                    List.of(),
                    Faults.failed(stopped ? 0 : 1));
        } finally {
            service.destroyForcibly();
        }
    }

    private boolean isHealthy() throws IOException {
        HttpURLConnection asked = (HttpURLConnection) healthcheck.toURL().openConnection();
        asked.setConnectTimeout(CONNECT_MILLIS);
        asked.setReadTimeout((int) TimeUnit.SECONDS.toMillis(within));
        try {
            return asked.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false;
        } finally {
            asked.disconnect();
        }
    }
}
