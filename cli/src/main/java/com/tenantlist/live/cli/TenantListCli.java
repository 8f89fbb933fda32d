package com.tenantlist.live.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The tool's entry. */
@Command(
        name = "tenantlist",
        description = "Issues tokens, makes changes, watches dashboards, and checks a running TenantList Live.",
        version = "tenantlist 0.1.0",
        mixinStandardHelpOptions = true,
        subcommands = {
            TokenCommand.class,
            SimulateCommand.class,
            WatchCommand.class,
            CheckCommand.class,
            ScenarioCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, and it held",
            "1:it did not hold: loss, duplicate, order, or a change that failed",
            "2:usage",
            "3:unreachable",
            "4:refused",
            "5:timed out"
        },
        footerHeading = "%nWith bin/dev running, try:%n",
        footer = {
            "  bin/tenantlist doctor",
            "  bin/tenantlist check all",
            "  bin/tenantlist watch --tenant 1          and, in another terminal:",
            "  bin/tenantlist simulate --tenants 1 --rate 5 --duration 30s"
        })
public final class TenantListCli implements Runnable {
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new TenantListCli())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new Defaults(System.getenv()))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(command.getCommandName() + ": " + failure.getMessage());
                    return failure instanceof CliException expected ? expected.exitCode() : ExitCode.DID_NOT_HOLD;
                })
                .registerConverter(java.time.Duration.class, Durations::parse);
    }

    @Override
    public void run() {
        commandLine().usage(System.out);
    }
}
