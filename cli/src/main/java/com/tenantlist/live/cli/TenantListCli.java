package com.tenantlist.live.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The tool's entry. */
@Command(
        name = "tenantlist",
        description = "Issues tokens, makes changes, and watches dashboards of TenantList Live.",
        version = "tenantlist 0.1.0",
        mixinStandardHelpOptions = true,
        subcommands = {TokenCommand.class, SimulateCommand.class, WatchCommand.class, HelpCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it held",
            "1:it did not hold: loss, duplicate, order, or a change that failed",
            "2:usage",
            "3:unreachable",
            "4:refused",
            "5:timed out"
        },
        footerHeading = "%nWith bin/dev running, try in two terminals:%n",
        footer = {"  bin/tenantlist watch --tenant 1", "  bin/tenantlist simulate --tenants 1 --rate 5 --duration 30s"})
public final class TenantListCli implements Runnable {
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new TenantListCli())
                .setCaseInsensitiveEnumValuesAllowed(true)
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
