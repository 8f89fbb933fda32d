package com.tenantlist.live.loadtest;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rows}: one statement that changes many rows of metrics, from its sending to the end of its commit. */
@Command(
        name = "rows",
        mixinStandardHelpOptions = true,
        description = "One statement over many rows; with bare tables as --compare-database, what it costs more.")
final class RowsScenario implements Callable<Integer> {
    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--rows",
            defaultValue = "20000",
            description = "Rows that a statement changes, a business each, at most 100000. Default: ${DEFAULT-VALUE}.")
    private int rows = 20_000;

    @Option(
            names = "--tenants",
            defaultValue = "500",
            description = "Their owners, at most 10000. Default: ${DEFAULT-VALUE}.")
    private int tenants = 500;

    @Option(names = "--rounds", defaultValue = "5", description = "Statements a turn. Default: ${DEFAULT-VALUE}.")
    private int rounds = 5;

    @Override
    public Integer call() throws Exception {
        RunOptions.check("--rows", rows, 1, 100_000);
        RunOptions.check("--tenants", tenants, 1, Math.min(rows, 10_000));
        RunOptions.check("--rounds", rounds, 1, 1000);
        return Run.inTurns(
                "rows: " + rounds + " statements over " + rows / tenants * tenants + " rows of " + tenants + " tenants",
                options,
                options.databases(),
                this::measure);
    }

    private Outcome measure(Target target) throws SQLException {
        try (LoadTenants data = LoadTenants.open(target, tenants, rows / tenants);
                Connection connection = Database.connect(target.database());
                Statement statement = connection.createStatement()) {
            Latency latency = new Latency("statement to its end");
            List<Double> millis = new ArrayList<>();
            Faults faults = Faults.NONE;
            for (int round = 0; round < rounds; round++) {
                Progress.say(target.name() + ": statement " + (round + 1) + " of " + rounds);
                long began = System.nanoTime();
                int changed = statement.executeUpdate(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id "
                                + LoadTenants.OURS);
                long ended = System.nanoTime();
                latency.record(began, ended);
                millis.add((ended - began) / 1e6);
                faults = faults.plus(Faults.lost((long) data.users().size() * (rows / tenants) - changed));
            }
            double median = Spread.of(Figure.count("", 0), millis).median();
            return new Outcome(List.of(Figure.lower("time of a statement", "ms", median)), List.of(latency), faults);
        }
    }
}
