package com.tenantlist.live.loadtest;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The load test's entry. */
@Command(
        name = "loadtest",
        description = "Puts load on a running TenantList Live and measures what its clients see.",
        mixinStandardHelpOptions = true,
        subcommands = {MigrateScenario.class, PushScenario.class})
public final class LoadTest implements Runnable {
    public static void main(String[] args) {
        System.exit(new CommandLine(new LoadTest())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(command.getCommandName() + ": " + failure.getMessage());
                    return 3;
                })
                .execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
