package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.cli.line.Cut;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code check fallback}. */
@Command(
        name = "fallback",
        mixinStandardHelpOptions = true,
        description = {
            "Takes the sockets away, by a TCP proxy of its own, and gives them back:",
            "reset: nobody can connect; mute: connections are made and hear nothing; dying: each is slow and dies after 500 ms.",
            "Meanwhile the client must show new KPIs (where there is no socket at all, by polling: after three failed attempts, or, in",
            "a browser, after 5 s without data); afterwards it must come back, poll no more, and have missed nothing.",
            "Without a tenant it makes one of its own. Prints what happened and when."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist check fallback --client browser --kind mute,dying")
final class FallbackCheck implements Callable<Integer> {
    static final List<Cut> KINDS = List.of(Cut.RESET, Cut.MUTE, Cut.DYING);
    static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(5);
    private static final int FAILURES = 3;
    private static final int CHANGES = 3;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final RigOptions options = new RigOptions();

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            split = ",",
            description = "reset, mute, dying, comma-separated: which, one after another. Default: all.")
    private List<Cut> kinds = KINDS;

    @Option(
            names = "--poll-interval",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description = "How often the client polls; browsers do each 30 s. Default: ${DEFAULT-VALUE}.")
    private Duration pollInterval = Duration.ofSeconds(2);

    @Override
    public Integer call() throws InterruptedException {
        if (!KINDS.containsAll(kinds)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--kind must be of reset, mute and dying: others can be had by 'check reconnect'");
        }
        for (Cut kind : kinds) {
            try (Rig rig = options.rig("fallback-" + kind, pollInterval, MAX_RETRY_DELAY)) {
                run(rig, options.kind(), kind, pollInterval);
            }
        }
        return ExitCode.OK;
    }

    /** @throws CliException if it does not hold, or something did not come in time */
    static void run(Rig rig, ClientKind client, Cut kind, Duration pollInterval) throws InterruptedException {
        rig.connect();
        int polledBefore = rig.polls();
        rig.cut(kind);
        // On connections that die each in its turn a client may catch up now and then.
        if (kind != Cut.DYING) {
            rig.await("it polls", rig::isPolling);
            if (client == ClientKind.JAVA && rig.failuresBeforePolling() != FAILURES) {
                throw new CliException(
                        ExitCode.DID_NOT_HOLD,
                        "it polls after " + rig.failuresBeforePolling() + " failed attempts, not " + FAILURES);
            }
            rig.await("a poll is answered", () -> rig.polls() > polledBefore);
        }
        JsonNode shown = rig.kpisShown();
        change(rig);
        rig.await("the new KPIs are shown", () -> views(rig.kpisShown()) >= views(shown) + CHANGES);
        rig.restore();
        rig.await(
                "the dashboard is live again, and polls no more",
                () -> rig.state() == DashboardClient.State.LIVE && !rig.isPolling());
        int polls = rig.polls();
        change(rig);
        rig.await("the change is pushed", () -> views(rig.kpisShown()) >= views(shown) + 2 * CHANGES);
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
