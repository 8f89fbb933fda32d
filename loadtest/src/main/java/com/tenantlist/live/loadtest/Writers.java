package com.tenantlist.live.loadtest;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Database connections that make changes, each for tenants of its own, each on a thread of its own while it runs. */
final class Writers implements AutoCloseable {
    private final List<Connection> connections = new ArrayList<>();
    private final List<UUID> users;
    private final Commits commits;

    private Writers(List<UUID> users, Commits commits) {
        this.users = users;
        this.commits = commits;
    }

    /** Connects, and sees to it that each tenant has a business with a metrics row. */
    static Writers open(String databaseUrl, int count, List<UUID> users, Commits commits) throws SQLException {
        URI url = URI.create(databaseUrl);
        String[] login = (url.getUserInfo() == null ? "postgres" : url.getUserInfo()).split(":", 2);
        Properties properties = new Properties();
        properties.setProperty("user", login[0]);
        properties.setProperty("password", login.length > 1 ? login[1] : "");
        Writers writers = new Writers(users, commits);
        for (int i = 0; i < Math.min(count, users.size()); i++) {
            writers.connections.add(DriverManager.getConnection(
                    "jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath(), properties));
        }
        writers.prepare();
        return writers;
    }

    private void prepare() throws SQLException {
        Connection connection = connections.get(0);
        try (PreparedStatement business = connection.prepareStatement(
                        "INSERT INTO businesses (id, user_id, name, status) VALUES (?, ?, 'Load', 'active') ON CONFLICT DO NOTHING");
                PreparedStatement metrics = connection.prepareStatement(
                        "INSERT INTO business_metrics (id, business_id, metric_date) VALUES (?, ?, (now() AT TIME ZONE 'UTC')::date) ON CONFLICT DO NOTHING")) {
            for (UUID user : users) {
                business.setObject(1, user);
                business.setObject(2, user);
                business.executeUpdate();
                metrics.setObject(1, user);
                metrics.setObject(2, user);
                metrics.executeUpdate();
            }
        }
        for (Connection each : connections) {
            each.setAutoCommit(false);
        }
    }

    /** Makes changes at a rate over all connections; returns how many. */
    long run(int rate, Duration duration) throws InterruptedException, SQLException {
        long began = System.nanoTime();
        long total = rate * duration.toSeconds();
        AtomicLong made = new AtomicLong();
        AtomicReference<@Nullable SQLException> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            int writer = i;
            Thread thread = new Thread(
                    () -> {
                        try {
                            write(writer, began, rate, total, made);
                        } catch (SQLException e) {
                            failure.compareAndSet(null, e);
                        }
                    },
                    "writer-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        SQLException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return made.get();
    }

    private void write(int writer, long began, int rate, long total, AtomicLong made) throws SQLException {
        Connection connection = connections.get(writer);
        int step = connections.size();
        int turn = 0;
        int own = (users.size() - writer + step - 1) / step;
        try (PreparedStatement change = connection.prepareStatement(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = ?");
                PreparedStatement revision =
                        connection.prepareStatement("SELECT revision FROM live.tenant_kpis WHERE user_id = ?")) {
            for (long number = writer; number < total; number += step) {
                long due = began + number * TimeUnit.SECONDS.toNanos(1) / rate;
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                UUID user = users.get(writer + (turn++ % own) * step);
                change.setObject(1, user);
                change.executeUpdate();
                revision.setObject(1, user);
                try (ResultSet row = revision.executeQuery()) {
                    row.next();
                    commits.committing(user, row.getLong(1), due);
                }
                connection.commit();
                made.incrementAndGet();
            }
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        }
        Connection connection = connections.get(0);
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM businesses WHERE user_id::text LIKE '4c4f4144-%'");
        }
        for (Connection each : connections) {
            each.close();
        }
    }
}
