package com.tenantlist.live.postgres;

import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.cli.Cli;
import io.dropwizard.core.cli.ConfiguredCommand;
import io.dropwizard.core.setup.Bootstrap;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import net.sourceforge.argparse4j.inf.Namespace;
import net.sourceforge.argparse4j.inf.Subparser;

/**
 * {@code db migrate config.yml} brings the schema up to date; {@code db rebuild config.yml} mends the rollups after writes
 * that bypassed the triggers, and says what it changed.
 */
public final class DbCommand<C extends Configuration> extends ConfiguredCommand<C> {
    private static final String ACTION = "action";

    private final Application<C> application;
    private final Function<C, PostgresConfiguration> section;

    public DbCommand(Application<C> application, Function<C, PostgresConfiguration> section) {
        super("db", "Brings the database up to date (migrate) or mends the rollups (rebuild)");
        this.application = application;
        this.section = section;
    }

    @Override
    protected Class<C> getConfigurationClass() {
        return application.getConfigurationClass();
    }

    @Override
    public void configure(Subparser parser) {
        parser.addArgument(ACTION).choices("migrate", "rebuild").help("what to do");
        super.configure(parser);
    }

    @Override
    protected void run(Bootstrap<C> bootstrap, Namespace namespace, C config) throws Exception {
        Postgres postgres = Postgres.of(section.apply(config));
        postgres.requireDirect();
        if (namespace.getString(ACTION).equals("migrate")) {
            System.out.println("applied " + Migrations.migrate(postgres) + " migrations to " + postgres.address());
        } else {
            rebuild(postgres);
        }
    }

    private static void rebuild(Postgres postgres) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT sum(r.businesses), sum(r.metrics) FROM live.tenant_kpis k, live.rebuild(k.user_id) r")) {
            row.next();
            System.out.printf("corrected: businesses=%d metrics=%d%n", row.getLong(1), row.getLong(2));
        }
    }

    @Override
    public void onError(Cli cli, Namespace namespace, Throwable failure) {
        cli.getStdErr().println("db failed: " + Postgres.rootMessage(failure));
    }
}
