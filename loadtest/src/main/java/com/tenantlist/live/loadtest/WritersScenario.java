package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.Processes.Usage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code writers}: connections that make one-row updates as fast as they can. With the platform's bare tables as
 * {@code --compare-database} the ratio is what its writers pay; they should be on the same server.
 */
@Command(
        name = "writers",
        mixinStandardHelpOptions = true,
        description = "One-row updates as fast as they go; with bare tables as --compare-database, what writers pay.")
final class WritersScenario implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--writers",
            defaultValue = "8",
            description = "Connections, at most 256. Default: ${DEFAULT-VALUE}.")
    private int writers = 8;

    @Option(
            names = "--tenants",
            defaultValue = "500",
            description = "Tenants whose rows change, at least one a writer, at most 10000. Default: ${DEFAULT-VALUE}.")
    private int tenants = 500;

    @Option(names = "--warmup", defaultValue = "5", description = "Seconds not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupSeconds = 5;

    @Option(
            names = "--seconds",
            defaultValue = "15",
            description = "Seconds measured, at most 3600. Default: ${DEFAULT-VALUE}.")
    private int seconds = 15;

    @Override
    public Integer call() throws Exception {
        RunOptions.check("--writers", writers, 1, 256);
        RunOptions.check("--tenants", tenants, writers, 10_000);
        RunOptions.check("--warmup", warmupSeconds, 0, 600);
        RunOptions.check("--seconds", seconds, 1, 3600);
        return Run.inTurns(
                "writers: " + writers + " connections, one-row updates for " + tenants
                        + " tenants as fast as they go for " + seconds + " s",
                options,
                options.databases(),
                this::measure);
    }

    private Outcome measure(Target target) throws Exception {
        Processes server = new Processes(target.processes());
        try (LoadTenants rows = LoadTenants.open(target, tenants, 1);
                Updates updates = new Updates(target, rows)) {
            Pace.run(writers, 0, Duration.ofSeconds(warmupSeconds), Duration.ZERO, updates::update);
            Latency commit = new Latency("statement to its end");
            Usage before = server.usage();
            long made = Pace.run(writers, 0, Duration.ofSeconds(seconds), Duration.ZERO, (worker, turn, due) -> {
                updates.update(worker, turn, due);
                commit.record(due, System.nanoTime());
            });
            Usage after = server.usage();
            List<Figure> figures = new ArrayList<>();
            figures.add(Figure.higher("commits a second", "/s", made / after.seconds(before)));
            figures.addAll(Outcome.cpu(server, before, after, (double) made, "commit"));
            return new Outcome(figures, List.of(commit), Faults.NONE);
        }
    }

    /** A statement a writer; each commits by itself. */
    private final class Updates implements AutoCloseable {
        private final List<Connection> connections = new ArrayList<>();
        private final List<PreparedStatement> statements = new ArrayList<>();
        private final LoadTenants rows;

        Updates(Target target, LoadTenants rows) throws SQLException {
            this.rows = rows;
            for (int i = 0; i < writers; i++) {
                Connection connection = Database.connect(target.database());
                connections.add(connection);
                statements.add(connection.prepareStatement(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = ?"));
            }
        }

        void update(int worker, long turn, long due) throws SQLException {
            PreparedStatement statement = statements.get(worker);
            statement.setObject(1, LoadTenants.inTurn(rows.users(), worker, writers, turn));
            statement.executeUpdate();
        }

        @Override
        public void close() throws SQLException {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
