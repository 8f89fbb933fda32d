package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.cli.Cli;
import io.dropwizard.core.cli.ConfiguredCommand;
import io.dropwizard.core.setup.Bootstrap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import net.sourceforge.argparse4j.impl.Arguments;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.ArgumentParserException;
import net.sourceforge.argparse4j.inf.Namespace;
import net.sourceforge.argparse4j.inf.Subparser;
import net.sourceforge.argparse4j.inf.Subparsers;

/**
 * {@code db migrate}, {@code db rebuild}, {@code db remove} and {@code db grants}, each followed by the configuration's file; without it by
 * {@code config.yml} in the working directory, so that the cures that messages name may be run as they are.
 */
public final class DbCommand<C extends Configuration> extends ConfiguredCommand<C> {
    private static final String ACTION = "action";
    private static final String DEFAULT_FILE = "config.yml";

    private enum Action {
        MIGRATE("puts what the service needs into the database, or brings it up to date"),
        REBUILD("mends the rollups after writes that no trigger saw; open dashboards follow"),
        REMOVE("takes all of the service out of the database; the platform's tables stay"),
        GRANTS("prints the SQL that gives a role what the running service needs");

        private final String help;

        Action(String help) {
            this.help = help;
        }
    }

    private final Application<C> application;
    private final Function<C, PostgresConfiguration> postgres;
    private final Function<C, InstallConfiguration> install;

    public DbCommand(
            Application<C> application,
            Function<C, PostgresConfiguration> postgres,
            Function<C, InstallConfiguration> install) {
        super("db", "Installs the service in a database, mends it there, or takes it away");
        this.application = application;
        this.postgres = postgres;
        this.install = install;
    }

    @Override
    protected Class<C> getConfigurationClass() {
        return application.getConfigurationClass();
    }

    @Override
    public void configure(Subparser parser) {
        Subparsers actions = parser.addSubparsers().title("actions").metavar("ACTION");
        for (Action action : Action.values()) {
            Subparser own = actions.addParser(action.name().toLowerCase(Locale.ROOT))
                    .help(action.help)
                    .description(action.help)
                    .setDefault(ACTION, action);
            switch (action) {
                case REBUILD ->
                    own.addArgument("--tenant")
                            .metavar("UUID")
                            .type((arguments, argument, value) -> tenant(arguments, value))
                            .help("this tenant alone");
                case REMOVE -> {
                    own.addArgument("--yes").action(Arguments.storeTrue()).help("do it");
                    dryRun(own);
                }
                case GRANTS -> own.addArgument("role").metavar("ROLE").help("the role that the service logs in as");
                case MIGRATE -> dryRun(own);
            }
            addFileArgument(own).setDefault(Files.exists(Path.of(DEFAULT_FILE)) ? DEFAULT_FILE : null);
        }
    }

    private static void dryRun(Subparser action) {
        action.addArgument("--dry-run")
                .action(Arguments.storeTrue())
                .help("say what would be done, and every reason not to, and change nothing");
    }

    /** UUID.fromString alone takes "1-1-1-1-1" as well. */
    private static UUID tenant(ArgumentParser parser, String value) throws ArgumentParserException {
        try {
            UUID tenant = UUID.fromString(value);
            if (tenant.toString().equalsIgnoreCase(value)) {
                return tenant;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ArgumentParserException("--tenant " + value + " is no UUID", parser);
    }

    @Override
    protected void run(Bootstrap<C> bootstrap, Namespace namespace, C config) {
        Action action = namespace.get(ACTION);
        String file = namespace.getString("file");
        if (action == Action.GRANTS
                && (file == null || file.equals(DEFAULT_FILE))
                && namespace.getString("role").matches(".*\\.ya?ml")) {
            throw new InstallException("for which role? db grants ROLE " + namespace.getString("role"));
        }
        if (file == null) {
            throw new InstallException(
                    "by which configuration? There is no " + DEFAULT_FILE + " here: name the file last");
        }
        Postgres database = Postgres.of(postgres.apply(config));
        Installer installer = Installer.of(database, install.apply(config), System.out::println);
        switch (action) {
            case MIGRATE -> {
                if (namespace.getBoolean("dry_run")) {
                    installer.plan();
                } else {
                    int files = installer.migrate().files();
                    if (files > 0) {
                        System.out.println("applied " + files + " migrations to " + database.directAddress());
                    }
                }
            }
            case REBUILD -> System.out.println(installer.rebuild(Optional.ofNullable(namespace.<UUID>get("tenant"))));
            case REMOVE -> {
                if (namespace.getBoolean("dry_run")) {
                    installer.planRemoval();
                    return;
                }
                if (!namespace.getBoolean("yes")) {
                    throw new InstallException("this takes dashboards' history and all else of the service out of "
                            + database.directAddress()
                            + ", whose own tables stay; --dry-run says what; say --yes if you mean it");
                }
                System.out.println(
                        installer.remove()
                                ? "the service is taken out of " + database.directAddress()
                                : "nothing of the service was in " + database.directAddress());
            }
            case GRANTS -> System.out.print(installer.grants(namespace.getString("role")));
        }
    }

    @Override
    public void onError(Cli cli, Namespace namespace, Throwable failure) {
        if (failure instanceof InstallException refusal) {
            refusal.reasons().forEach(reason -> cli.getStdErr().println("db failed: " + reason));
        } else {
            cli.getStdErr().println("db failed: " + Postgres.rootMessage(failure));
        }
    }
}
