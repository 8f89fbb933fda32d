package com.tenantlist.live.cli;

import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
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
            defaultValue = SqlChanger.DEV_DATABASE,
            description = "For --sql. Default: $$DATABASE_URL, or the database of bin/dev.")
    private String database = "";

    @Mixin
    private final TenantsOptions tenants = new TenantsOptions();

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

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws InterruptedException {
        if (rate < 1 || rate > 10_000) {
            throw new ParameterException(spec.commandLine(), "--rate must be from 1 to 10000");
        }
        List<UUID> targets = tenants.get();
        long total = Math.max(1, duration.toMillis() * rate / 1000);
        try (Changer changer = sql
                        ? new SqlChanger(database, ChangeStream.workers())
                        : new RestChanger(api.api(), key::tenantToken);
                ChangeStream stream = new ChangeStream(changer, targets, changes, rate, total)) {
            return report(stream.await());
        }
    }

    private int report(ChangeStream stream) {
        double perSecond = stream.made() / stream.seconds();
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("changes", stream.made());
        summary.put("failed", stream.failed());
        summary.put("seconds", Math.round(stream.seconds() * 10) / 10.0);
        summary.put("perSecond", Math.round(perSecond * 10) / 10.0);
        output.data(
                summary,
                "changes=" + stream.made() + " failed=" + stream.failed() + " seconds=" + summary.get("seconds")
                        + " perSecond=" + summary.get("perSecond"));
        stream.firstFailure().ifPresent(failure -> output.progress("simulate: " + failure.getMessage()));
        return stream.firstFailure().map(CliException::exitCode).orElse(ExitCode.OK);
    }
}
