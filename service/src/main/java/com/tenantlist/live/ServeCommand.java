package com.tenantlist.live;

import com.tenantlist.live.postgres.Postgres;
import io.dropwizard.configuration.ConfigurationException;
import io.dropwizard.core.cli.Cli;
import io.dropwizard.core.cli.ServerCommand;
import net.sourceforge.argparse4j.inf.Namespace;

/** {@code server config.yml}: as Dropwizard's, but what keeps it from starting is said in one line. */
final class ServeCommand extends ServerCommand<LiveConfiguration> {
    ServeCommand(LiveApplication application) {
        super(application);
    }

    @Override
    public void onError(Cli cli, Namespace namespace, Throwable failure) {
        cli.getStdErr().println("tenantlist-live cannot start: " + oneLine(failure));
    }

    /** A malformed configuration lists its faults on lines of their own; other failures say it in their first. */
    private static String oneLine(Throwable failure) {
        return failure instanceof ConfigurationException
                ? String.valueOf(failure.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ")
                : Postgres.rootMessage(failure);
    }
}
