package com.tenantlist.live.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A little life for {@code bin/dev}: every two seconds, some business is looked at or written to. */
final class DemoTraffic implements AutoCloseable {
    private static final int INTERVAL_SECONDS = 2;

    private static final String SQL = """
            UPDATE business_metrics
            SET views_count = views_count + 1 + (random() * 3)::int,
                messages_count = messages_count + (random() < 0.3)::int, updated_at = now()
            WHERE id = (SELECT m.id FROM business_metrics m
                        WHERE m.metric_date = (SELECT max(metric_date) FROM business_metrics)
                        ORDER BY random() LIMIT 1)""";

    private final EmbeddedDatabase database;
    private final String name;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "demo-traffic"));

    DemoTraffic(EmbeddedDatabase database, String name) {
        this.database = database;
        this.name = name;
    }

    void start() {
        thread.scheduleWithFixedDelay(this::touch, INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
    }

    private void touch() {
        try (Connection connection = database.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(SQL);
        } catch (SQLException e) {
            System.err.println("demo traffic: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
