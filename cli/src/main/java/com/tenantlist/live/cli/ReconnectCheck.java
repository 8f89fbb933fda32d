package com.tenantlist.live.cli;

import com.tenantlist.live.cli.line.Cut;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code check reconnect}. */
@Command(
        name = "reconnect",
        mixinStandardHelpOptions = true,
        description = {
            "Cuts the line between a client and the sockets, by a TCP proxy of its own, while changes go on by REST.",
            "Then the client must hold what REST says, and must have had every revision once and in order.",
            "Without a tenant it makes one of its own. Prints what happened and when."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist check reconnect --cuts 5 --kind reset,blackhole --for 2s --rate 50")
final class ReconnectCheck implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(700);
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(30);
    private static final Duration MAX_RETRY_DELAY = Duration.ofSeconds(5);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final RigOptions options = new RigOptions();

    @Option(
            names = "--cuts",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many. Default: ${DEFAULT-VALUE}.")
    private int cuts = 3;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            split = ",",
            description = "${COMPLETION-CANDIDATES}, comma-separated: which, at random. Default: all.")
    private List<Cut> kinds = List.of(Cut.values());

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description = "How long each lasts; a random half of it less. Default: ${DEFAULT-VALUE}.")
    private Duration lasting = Duration.ofSeconds(2);

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "20",
            description = "Changes a second, 1 to 1000. Default: ${DEFAULT-VALUE}.")
    private int rate = 20;

    @Override
    public Integer call() throws InterruptedException {
        if (rate < 1 || rate > 1_000 || cuts < 1) {
            throw new ParameterException(spec.commandLine(), "--rate must be from 1 to 1000, and --cuts at least 1");
        }
        try (Rig rig = options.rig("reconnect", POLL_INTERVAL, MAX_RETRY_DELAY)) {
            run(rig, kinds, cuts, lasting, rate);
        }
        return ExitCode.OK;
    }

    /** @throws CliException if it does not hold, or something did not come in time */
    static void run(Rig rig, List<Cut> kinds, int cuts, Duration lasting, int rate) throws InterruptedException {
        rig.connect();
        try (Changer changer = rig.restChanger();
                ChangeStream changes = rig.changes(changer, List.of(Change.values()), rate, Long.MAX_VALUE)) {
            for (int i = 0; i < cuts; i++) {
                Rig.sleep(PAUSE);
                int before = rig.connects();
                rig.cut(kinds.get(ThreadLocalRandom.current().nextInt(kinds.size())));
                long millis = lasting.toMillis();
                Rig.sleep(Duration.ofMillis(
                        millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1)));
                rig.restore();
                rig.awaitLiveAgain(before);
            }
            Rig.sleep(PAUSE);
            changes.stop();
            changes.firstFailure().ifPresent(failure -> {
                throw failure;
            });
            rig.note("changes", changes.made() + " changes were made", Map.of("made", changes.made()));
        }
        rig.verify();
    }
}
