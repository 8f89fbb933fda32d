package com.tenantlist.live.postgres;

import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/** One way to the database: an address, and what stands between. Any thread. */
final class Line {
    private static final String APPLICATION_NAME = "tenantlist-live";

    /** What pgjdbc need not ask for, connection by connection: older servers are not served. */
    private static final String MIN_SERVER_VERSION = "14";

    private static final String PROTOCOL_VIOLATION = "08P01";

    private final String variable;
    private final PostgresUrl url;
    private final PoolerMode mode;
    private final Duration connectTimeout;

    /** Null until a connection has shown it. */
    private volatile @Nullable Boolean pooled;

    Line(String variable, PostgresUrl url, PoolerMode mode, Duration connectTimeout) {
        this.variable = variable;
        this.url = url;
        this.mode = mode;
        this.connectTimeout = connectTimeout;
    }

    PostgresUrl url() {
        return url;
    }

    String variable() {
        return variable;
    }

    /**
     * What each connection is opened with.
     *
     * @param answer how long to wait for any answer of the server; zero: for ever
     */
    Properties properties(Duration answer) {
        Properties properties = url.properties();
        if (PGProperty.CONNECT_TIMEOUT.getOrNull(properties) == null) {
            PGProperty.CONNECT_TIMEOUT.set(properties, (int) Math.max(1, connectTimeout.toSeconds()));
        }
        if (PGProperty.APPLICATION_NAME.getOrNull(properties) == null) {
            PGProperty.APPLICATION_NAME.set(properties, APPLICATION_NAME);
        }
        if (PGProperty.TCP_KEEP_ALIVE.getOrNull(properties) == null) {
            PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        }
        if (answer.toMilliseconds() > 0) {
            PGProperty.SOCKET_TIMEOUT.set(properties, (int) Math.max(1, answer.toSeconds()));
        }
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, MIN_SERVER_VERSION);
        if (Boolean.TRUE.equals(pooled)) {
            // A prepared statement is of a session, which the next transaction is not in.
            PGProperty.PREPARE_THRESHOLD.set(properties, 0);
        }
        return properties;
    }

    /** Whether each transaction may be in another session. Connects, the first time. */
    boolean isPooled() throws SQLException {
        Boolean known = pooled;
        if (known == null) {
            known = mode == PoolerMode.TRANSACTION || (mode == PoolerMode.AUTO && probe());
            pooled = known;
        }
        return known;
    }

    /**
     * The number that a server gives a client for cancelling is the session's process; a pooler, whose clients are in no
     * session, makes numbers of its own.
     */
    private boolean probe() throws SQLException {
        Properties properties = properties(Duration.milliseconds(2 * connectTimeout.toMilliseconds()));
        PGProperty.PREPARE_THRESHOLD.set(properties, 0);
        try (Connection connection = open(properties);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return row.getInt(1) != connection.unwrap(PGConnection.class).getBackendPID();
        }
    }

    /** A connection on which these settings hold. */
    Connection connect(SessionSettings settings, Duration answer) throws SQLException {
        boolean shared = isPooled();
        Connection connection = open(properties(answer));
        try {
            if (shared) {
                return PooledTransactions.wrap(connection, settings);
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute(settings.forSession());
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** A connection as the server gives it. */
    Connection open(Properties properties) throws SQLException {
        try {
            return DriverManager.getConnection(url.jdbcUrl(), properties);
        } catch (SQLException e) {
            throw explained(e, PGProperty.REPLICATION.getOrNull(properties) != null);
        }
    }

    /** What needs more words than the driver has; else the same, as what refuses replication is for the feed to tell. */
    private SQLException explained(SQLException e, boolean replicates) {
        String said = Postgres.rootMessage(e);
        if (!replicates && PROTOCOL_VIOLATION.equals(e.getSQLState()) && said.contains("startup parameter")) {
            said += "; a pooler answers: take it out of " + variable
                    + ", or add it to ignore_startup_parameters in pgbouncer.ini";
        } else if (isOfTls(e)) {
            said = "TLS: " + said + "; check sslmode and sslrootcert of " + variable
                    + " against the server's certificate";
        } else {
            return e;
        }
        SQLException explained = new SQLException(said, e.getSQLState());
        explained.addSuppressed(e);
        return explained;
    }

    /** The driver's own: that a name does not fit, or that there is no file of authorities, it says in words alone. */
    private static boolean isOfTls(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage());
            if (cause instanceof SSLException
                    || said.contains("hostnameverifier")
                    || said.contains("SSL root certificate")) {
                return true;
            }
        }
        return false;
    }
}
