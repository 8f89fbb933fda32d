package com.tenantlist.live.cli;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The tool's entry. */
@Command(
        name = "tenantlist",
        description = "Issues tokens, makes changes, watches dashboards, and checks a running TenantList Live.",
        version = "tenantlist 0.1.0",
        mixinStandardHelpOptions = true,
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
            "  bin/tenantlist simulate --tenants 1 --rate 5 --duration 30s",
            "  bin/tenantlist load --help               (load scenarios, a program of their own)"
        })
public final class TenantListCli implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(
            TokenCommand.class,
            SimulateCommand.class,
            WatchCommand.class,
            CheckCommand.class,
            ScenarioCommand.class,
            DoctorCommand.class,
            PresenceCommand.class,
            CompletionCommand.class,
            HelpCommand.class);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    public static void main(String[] args) {
        System.exit(commandLine(List.of(args)).execute(args));
    }

    static CommandLine commandLine(List<String> args) {
        CommandLine root = new CommandLine(new TenantListCli());
        // To read all options of all commands is half of the start-up: those that are not named have a name and a
        // description.
        boolean all = args.contains("completion");
        for (Class<?> type : COMMANDS) {
            Command command = type.getAnnotation(Command.class);
            root.addSubcommand(command.name(), all || args.contains(command.name()) ? type : describing(command));
        }
        return root.setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new Defaults(System.getenv()))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(command.getCommandName() + ": " + failure.getMessage());
                    return failure instanceof CliException expected ? expected.exitCode() : ExitCode.DID_NOT_HOLD;
                })
                .registerConverter(Duration.class, Durations::parse);
    }

    private static CommandSpec describing(Command command) {
        CommandSpec described = CommandSpec.create();
        described.usageMessage().description(command.header().length > 0 ? command.header() : command.description());
        return described;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
