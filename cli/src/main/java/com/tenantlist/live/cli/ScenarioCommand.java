package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scenario}: steps from a file. */
@Command(
        name = "scenario",
        mixinStandardHelpOptions = true,
        description = "Runs steps from a file against a running service: changes, cuts, what to expect.")
final class ScenarioCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do: scenario run FILE");
    }

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            description = {
                "Runs a scenario; docs/cli.md says what may stand in it. At its end the client must hold what REST says, and must",
                "have had every revision once and in order. Without a tenant, in the file or here, it makes one of its own."
            },
            footerHeading = "%nExample:%n",
            footer = "  bin/tenantlist scenario run docs/scenarios/tunnel.yml")
    int run(@Mixin RigOptions options, @Parameters(paramLabel = "FILE", description = "A YAML file.") Path file)
            throws InterruptedException {
        Scenario scenario = Scenario.read(file);
        Optional<TenantOptions.Tenant> named = options.tenant().find();
        TenantOptions.Tenant tenant = named.orElseGet(() -> scenario.user() == null
                ? options.tenant().newcomer()
                : options.tenant().signed(scenario.user()));
        try (Rig rig = options.rig(scenario.name(), tenant, scenario.client());
                Run run = new Run(rig)) {
            rig.connect();
            for (Scenario.Step step : scenario.steps()) {
                rig.note("step", "— " + step.words(), Map.of("step", step.words()));
                run.step(step);
            }
            run.stop();
            rig.verify();
        }
        return ExitCode.OK;
    }

    /** One run of a scenario, with the changes that go on meanwhile. */
    private static final class Run implements AutoCloseable {
        private final Rig rig;
        private final Changer changer;
        private @Nullable ChangeStream changes;
        private @Nullable JsonNode kpisAtStart;

        Run(Rig rig) {
            this.rig = rig;
            this.changer = rig.restChanger();
        }

        void step(Scenario.Step step) throws InterruptedException {
            if (kpisAtStart == null) {
                kpisAtStart = rig.kpisShown();
            }
            if (step instanceof Scenario.Make make) {
                try (ChangeStream stream = rig.changes(changer, make.kinds(), make.rate(), make.count())) {
                    end(stream.await());
                }
            } else if (step instanceof Scenario.Start start) {
                stop();
                changes = rig.changes(changer, start.kinds(), start.rate(), Long.MAX_VALUE);
            } else if (step instanceof Scenario.Stop) {
                stop();
            } else if (step instanceof Scenario.CutLine cut) {
                rig.cut(cut.kind());
                Duration lasting = cut.lasting();
                if (lasting != null) {
                    Rig.sleep(lasting);
                    rig.restore();
                }
            } else if (step instanceof Scenario.Restore) {
                rig.restore();
            } else if (step instanceof Scenario.Pause pause) {
                Rig.sleep(pause.time());
            } else if (step instanceof Scenario.Expect expect) {
                rig.await(expect.words(), expect.within(), () -> isSo(expect));
            }
        }

        private boolean isSo(Scenario.Expect expect) {
            JsonNode shown = rig.kpisShown();
            JsonNode first = kpisAtStart;
            return (expect.state() == null || rig.state() == expect.state())
                    && expect.kpis().entrySet().stream()
                            .allMatch(kpi -> shown.path(kpi.getKey()).asDouble() == kpi.getValue())
                    && expect.added().entrySet().stream()
                            .allMatch(kpi -> first != null
                                    && shown.path(kpi.getKey()).asDouble()
                                                    - first.path(kpi.getKey()).asDouble()
                                            == kpi.getValue());
        }

        void stop() throws InterruptedException {
            ChangeStream running = changes;
            if (running != null) {
                changes = null;
                try (running) {
                    end(running.stop());
                }
            }
        }

        private void end(ChangeStream stream) {
            rig.note("changed", stream.made() + " changes were made", Map.of("made", stream.made()));
            stream.firstFailure().ifPresent(failure -> {
                throw failure;
            });
        }

        @Override
        public void close() {
            if (changes != null) {
                changes.close();
            }
            changer.close();
        }
    }
}
