package com.tenantlist.live.cli;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.postgresql.PGProperty;

/** Changes straight in the database, as another service or a person with psql would make them. */
final class SqlChanger implements Changer {
    /** The database of {@code bin/dev}. */
    static final String DEV_DATABASE = "postgresql://postgres@127.0.0.1:15432/tenantlist";

    /** Any one business of the tenant. */
    private static final String ANY = "(SELECT id FROM businesses WHERE user_id = ? ORDER BY random() LIMIT 1)";

    private final BlockingQueue<Connection> idle;

    SqlChanger(String databaseUrl, int connections) {
        idle = new ArrayBlockingQueue<>(connections);
        URI url = URI.create(databaseUrl);
        String[] user = (url.getUserInfo() == null ? "postgres" : url.getUserInfo()).split(":", 2);
        java.util.Properties properties = new java.util.Properties();
        PGProperty.USER.set(properties, user[0]);
        PGProperty.PASSWORD.set(properties, user.length > 1 ? user[1] : "");
        PGProperty.CONNECT_TIMEOUT.set(properties, 5);
        String jdbc =
                "jdbc:postgresql://" + url.getHost() + ":" + (url.getPort() < 0 ? 5432 : url.getPort()) + url.getPath();
        try {
            for (int i = 0; i < connections; i++) {
                idle.add(DriverManager.getConnection(jdbc, properties));
            }
        } catch (SQLException e) {
            throw new CliException(ExitCode.UNREACHABLE, "cannot reach " + jdbc + ": " + e.getMessage());
        }
    }

    @Override
    public void change(UUID userId, Change change, long number) {
        Connection connection;
        try {
            connection = idle.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.TIMED_OUT, "interrupted");
        }
        try (PreparedStatement statement = connection.prepareStatement(sql(change))) {
            int parameter = 1;
            if (change == Change.RENAME) {
                statement.setString(parameter++, "Business " + number);
            }
            statement.setObject(parameter, userId);
            if (statement.executeUpdate() == 0) {
                throw new CliException(
                        ExitCode.DID_NOT_HOLD, "tenant " + userId + " has no business; create one first");
            }
        } catch (SQLException e) {
            throw new CliException(ExitCode.DID_NOT_HOLD, "not changed: " + e.getMessage());
        } finally {
            idle.add(connection);
        }
    }

    private static String sql(Change change) {
        return switch (change) {
            case VIEWS -> add("views_count");
            case MESSAGES -> add("messages_count");
            case INVITES -> add("property_invites_count");
            case RENAME -> "UPDATE businesses SET name = ?, updated_at = now() WHERE id = " + ANY;
            case STATUS ->
                "UPDATE businesses SET updated_at = now(), status = (CASE status WHEN 'active' THEN"
                        + " 'stealth_mode' ELSE 'active' END)::business_status WHERE id = " + ANY;
        };
    }

    private static String add(String count) {
        return "INSERT INTO business_metrics (business_id, metric_date, " + count + ") VALUES (" + ANY
                + ", (now() AT TIME ZONE 'UTC')::date, 1)";
    }

    @Override
    public void close() {
        for (Connection connection : idle) {
            try {
                connection.close();
            } catch (SQLException e) {
                System.err.println("simulate: " + e.getMessage());
            }
        }
    }
}
