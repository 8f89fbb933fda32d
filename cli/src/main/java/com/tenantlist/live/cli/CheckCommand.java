package com.tenantlist.live.cli;

import com.tenantlist.live.cli.line.Cut;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code check}: against a running service, whether it keeps what it promises when a line breaks. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description =
                "Cuts lines and blocks ports between a client and a running service, and says whether everything held.",
        subcommands = {ReconnectCheck.class, FallbackCheck.class})
final class CheckCommand implements Runnable {
    private static final int CUTS = 3;
    private static final Duration LASTING = Duration.ofSeconds(2);
    private static final int RATE = 50;
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(2);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to check: reconnect, fallback or all");
    }

    private interface Check {
        void run(Rig rig) throws InterruptedException;
    }

    @Command(
            name = "all",
            mixinStandardHelpOptions = true,
            description = {
                "All checks, one after another: reconnect with each kind of cut, then fallback with each of its own.",
                "The exit code is that of the first that did not hold."
            })
    int all(@Mixin RigOptions options) throws InterruptedException {
        Map<String, Check> checks = new LinkedHashMap<>();
        for (Cut kind : Cut.values()) {
            checks.put("reconnect-" + kind, rig -> ReconnectCheck.run(rig, List.of(kind), CUTS, LASTING, RATE));
        }
        for (Cut kind : FallbackCheck.KINDS) {
            checks.put("fallback-" + kind, rig -> FallbackCheck.run(rig, options.kind(), kind, POLL_INTERVAL));
        }
        Map<String, String> outcomes = new LinkedHashMap<>();
        int code = ExitCode.OK;
        for (Map.Entry<String, Check> check : checks.entrySet()) {
            options.output().progress("check " + check.getKey() + " …");
            String outcome = "held";
            try (Rig rig = options.rig(check.getKey(), POLL_INTERVAL, FallbackCheck.MAX_RETRY_DELAY)) {
                check.getValue().run(rig);
            } catch (CliException e) {
                outcome = String.valueOf(e.getMessage());
                code = code == ExitCode.OK ? e.exitCode() : code;
            }
            outcomes.put(check.getKey(), outcome);
        }
        outcomes.forEach((check, outcome) -> options.output()
                .data(
                        Map.of("check", check, "held", outcome.equals("held"), "outcome", outcome),
                        Output.styled(String.format(
                                        "%s  %-22s ",
                                        outcome.equals("held") ? "@|green ok|@    " : "@|red FAILED|@", check))
                                + (outcome.equals("held") ? "" : outcome)));
        return code;
    }
}
