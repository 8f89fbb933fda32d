package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.cli.line.Cut;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code check fallback}. */
@Command(
        name = "fallback",
        mixinStandardHelpOptions = true,
        description = {
            "Blocks the sockets, by a TCP proxy of its own: after three failed attempts the client must poll, and get new KPIs by it.",
            "Then unblocks them: the client must come back, poll no more, and have missed nothing.",
            "Without a tenant it makes one of its own. Prints what happened and when."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist check fallback --poll-interval 5s")
final class FallbackCheck implements Callable<Integer> {
    static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(5);
    private static final int FAILURES = 3;
    private static final int CHANGES = 3;

    @Mixin
    private final RigOptions options = new RigOptions();

    @Option(
            names = "--poll-interval",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description = "How often the client polls; browsers do each 30 s. Default: ${DEFAULT-VALUE}.")
    private Duration pollInterval = Duration.ofSeconds(2);

    @Override
    public Integer call() throws InterruptedException {
        try (Rig rig = options.rig("fallback", pollInterval, MAX_RETRY_DELAY)) {
            run(rig, pollInterval);
        }
        return ExitCode.OK;
    }

    /** @throws CliException if it does not hold, or something did not come in time */
    static void run(Rig rig, Duration pollInterval) throws InterruptedException {
        rig.connect();
        int before = rig.connects();
        rig.cut(Cut.RESET);
        rig.await("it polls", rig::isPolling);
        if (rig.failedAttempts() != FAILURES) {
            throw new CliException(
                    ExitCode.DID_NOT_HOLD,
                    "it polls after " + rig.failedAttempts() + " failed attempts, not " + FAILURES);
        }
        rig.await("a poll is answered", () -> rig.polls() > 0);
        JsonNode shown = rig.kpisShown();
        change(rig);
        rig.await("a poll brings the new KPIs", () -> views(rig.kpisShown()) == views(shown) + CHANGES);
        rig.restore();
        rig.awaitReconnect(before);
        rig.await("it polls no more", () -> !rig.isPolling());
        int polls = rig.polls();
        change(rig);
        rig.await("the change is pushed", () -> views(rig.kpisShown()) == views(shown) + 2 * CHANGES);
        Rig.sleep(pollInterval.plus(pollInterval));
        if (rig.polls() != polls) {
            throw new CliException(ExitCode.DID_NOT_HOLD, "it polls though the socket is back");
        }
        rig.verify();
    }

    private static long views(JsonNode kpis) {
        return kpis.path("landlordViews").asLong();
    }

    private static void change(Rig rig) throws InterruptedException {
        try (Changer changer = rig.restChanger();
                ChangeStream changes = rig.changes(changer, List.of(Change.VIEWS), 100, CHANGES)) {
            changes.await().firstFailure().ifPresent(failure -> {
                throw failure;
            });
        }
        rig.note("changed", CHANGES + " views were added", Map.of("made", CHANGES));
    }
}
