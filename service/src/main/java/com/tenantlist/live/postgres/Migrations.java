package com.tenantlist.live.postgres;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;

/**
 * The SQL files of {@code migrations/}, applied in order, each in its transaction. The history is kept in
 * {@code live_migrations}, apart from the platform's own; a database that already has the platform's tables is taken as
 * it is.
 */
public final class Migrations {
    private Migrations() {}

    /** Applies what is missing; returns how many files that were. */
    public static int migrate(Postgres postgres) {
        MigrateResult result = flyway(new ConnectionSource(postgres)).migrate();
        return result.migrationsExecuted;
    }

    private static Flyway flyway(DataSource source) {
        return Flyway.configure()
                .dataSource(source)
                .locations("classpath:migrations")
                .table("live_migrations")
                .defaultSchema("public")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .validateMigrationNaming(true)
                .load();
    }
}
