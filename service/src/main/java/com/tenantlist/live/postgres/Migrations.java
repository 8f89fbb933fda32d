package com.tenantlist.live.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;

/** The SQL files of {@code migrations/}, applied in order, each in its transaction. */
public final class Migrations {
    private Migrations() {}

    /** Applies what is missing; returns how many files that were. */
    public static int migrate(Postgres postgres) {
        MigrateResult result = flyway(new ConnectionSource(postgres)).migrate();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    DO $$
                    DECLARE
                        last uuid := (SELECT backfilled_to FROM live.installation);
                    BEGIN
                        WHILE last IS NOT NULL LOOP
                            last := live.backfill(last, 100);
                        END LOOP;
                    END
                    $$;
                    SELECT live.attach(relid::regclass) FROM live.watched_table;
                    SELECT live.order_apply();
                    UPDATE live.installation SET backfilled = true, complete = true, code = live.code();""");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return result.migrationsExecuted;
    }

    private static Flyway flyway(DataSource source) {
        return Flyway.configure()
                .dataSource(source)
                .locations("classpath:migrations")
                .table("migrations")
                .schemas("live")
                .createSchemas(true)
                .validateMigrationNaming(true)
                .load();
    }
}
