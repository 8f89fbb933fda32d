package com.tenantlist.live.loadtest;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The load test's entry. */
@Command(
        name = "loadtest",
        description = "Puts load on a running TenantList Live and measures what its clients see.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ConnectScenario.class,
            IdleScenario.class,
            PushScenario.class,
            FanoutScenario.class,
            StormScenario.class,
            PollScenario.class,
            WritersScenario.class,
            RowsScenario.class,
            StartScenario.class,
            MigrateScenario.class,
            TableCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, and it held",
            "1:it did not hold: something was lost, came twice, out of order or of another owner, or failed",
            "2:usage",
            "3:it could not be done"
        })
public final class LoadTest implements Runnable {
    public static void main(String[] args) {
        // The JDK keeps 5 connections to a server otherwise, and clients that poll would connect anew.
        System.setProperty("http.maxConnections", "256");
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new LoadTest())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    Progress.done();
                    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
                    command.getErr().println(command.getCommandName() + ": " + message);
                    return failure instanceof IllegalArgumentException ? 2 : 3;
                });
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
