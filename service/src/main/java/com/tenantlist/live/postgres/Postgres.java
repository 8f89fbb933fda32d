package com.tenantlist.live.postgres;

import com.codahale.metrics.health.HealthCheck;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.db.DataSourceFactory;
import io.dropwizard.db.ManagedDataSource;
import io.dropwizard.jdbi3.JdbiFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.PGProperty;

/** The database. */
public final class Postgres {
    private static final Set<String> AWAY = Set.of("08", "53", "57");

    private final PostgresUrl url;
    private final PostgresConfiguration config;

    private Postgres(PostgresConfiguration config) {
        this.url = PostgresUrl.parse(config.url);
        this.config = config;
    }

    /** @throws IllegalArgumentException if the URL is malformed */
    public static Postgres of(PostgresConfiguration config) {
        return new Postgres(config);
    }

    /**
     * Opens the pool, once it is clear that the database can be reached and is migrated. The pool is managed by the environment; the health check is {@code postgres}.
     *
     * @throws IllegalStateException if the service cannot start with this database; the message says what to do
     */
    public Jdbi open(Environment environment) {
        verify();
        DataSourceFactory pool = new DataSourceFactory();
        pool.setDriverClass("org.postgresql.Driver");
        pool.setUrl(url.jdbcUrl());
        pool.setUser(url.user());
        pool.setPassword(url.password());
        pool.setInitialSize(0);
        pool.setMinSize(0);
        pool.setMaxSize(config.maxConnections);
        pool.setMaxWaitForConnection(config.queryTimeout);
        pool.setValidationQuery("SELECT 1");
        pool.setCheckConnectionOnBorrow(true);
        pool.setValidationInterval(io.dropwizard.util.Duration.seconds(1));
        pool.setValidationQueryTimeout(config.connectTimeout);
        properties().forEach((name, value) -> pool.getProperties().put((String) name, (String) value));
        ManagedDataSource source = pool.build(environment.metrics(), "postgres");
        Jdbi jdbi = new JdbiFactory().build(environment, pool, source, "postgres");
        // In the place of the one that the factory registers, which says less.
        environment.healthChecks().unregister("postgres");
        environment.healthChecks().register("postgres", new Check(jdbi));
        return jdbi;
    }

    private void verify() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                                + " ON n.oid = c.relnamespace WHERE n.nspname = 'live' AND c.relname = 'installation')")) {
            row.next();
            if (!row.getBoolean(1)) {
                throw new IllegalStateException(
                        "the database " + address() + " is not migrated; run: db migrate config.yml");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "cannot reach the database " + address() + " (DATABASE_URL): " + rootMessage(e));
        }
    }

    private Properties properties() {
        Properties properties = new Properties();
        PGProperty.CONNECT_TIMEOUT.set(properties, Math.toIntExact(config.connectTimeout.toSeconds()));
        PGProperty.SOCKET_TIMEOUT.set(properties, Math.toIntExact(2 * config.queryTimeout.toSeconds()));
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.APPLICATION_NAME.set(properties, "tenantlist-live");
        PGProperty.OPTIONS.set(properties, "-c statement_timeout=" + config.queryTimeout.toMilliseconds());
        return properties;
    }

    /** A connection outside the pool, without a limit on a statement's time: for the commands {@code db …}. */
    public Connection connect() throws SQLException {
        Properties properties = properties();
        PGProperty.OPTIONS.set(properties, (String) null);
        PGProperty.SOCKET_TIMEOUT.set(properties, 0);
        return connect(properties);
    }

    /** A connection outside the pool whose statements, and waits for the server, end with an error after a limit. */
    public Connection connect(io.dropwizard.util.Duration limit) throws SQLException {
        Properties properties = properties();
        PGProperty.OPTIONS.set(properties, "-c statement_timeout=" + limit.toMilliseconds());
        PGProperty.SOCKET_TIMEOUT.set(properties, Math.max(1, Math.toIntExact(limit.toSeconds())));
        return connect(properties);
    }

    /**
     * A connection that speaks the replication protocol. The server gives up on a silent client after
     * {@code senderTimeout}, so that a frozen leader loses its slot.
     */
    public Connection connectForReplication(io.dropwizard.util.Duration senderTimeout) throws SQLException {
        Properties properties = properties();
        PGProperty.OPTIONS.set(
                properties,
                "-c wal_sender_timeout=" + senderTimeout.toMilliseconds()
                        // While the slot is made nothing else would notice that the line is cut.
                        + " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3");
        PGProperty.SOCKET_TIMEOUT.set(properties, 0);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        return connect(properties);
    }

    private Connection connect(Properties properties) throws SQLException {
        PGProperty.USER.set(properties, url.user());
        PGProperty.PASSWORD.set(properties, url.password());
        return DriverManager.getConnection(url.jdbcUrl(), properties);
    }

    public String database() {
        return url.database();
    }

    /** Where it is, without the password: for messages. */
    public String address() {
        return url.shown();
    }

    private final class Check extends HealthCheck {
        private final Jdbi jdbi;

        Check(Jdbi jdbi) {
            this.jdbi = jdbi;
        }

        @Override
        protected Result check() {
            try {
                String version = jdbi.withHandle(handle -> handle.createQuery("SHOW server_version")
                        .mapTo(String.class)
                        .one());
                return Result.healthy("PostgreSQL %s at %s", version, address());
            } catch (RuntimeException e) {
                return Result.unhealthy(
                        "no answer from %s: %s; dashboards stay open and catch up", address(), rootMessage(e));
            }
        }
    }

    /** Whether a failure means that there is no server to talk to: SQLSTATE 08 (connection), 53 (resources), 57 (shutdown). */
    public static boolean isAway(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql
                    && (sql.getSQLState() == null
                            || AWAY.contains(sql.getSQLState().substring(0, 2)))) {
                return true;
            }
        }
        return false;
    }

    /** The first line of the innermost cause that says something: what went wrong, for people. */
    public static String rootMessage(Throwable failure) {
        String message = failure.toString();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String said = cause.getMessage();
            message = said == null ? message : said;
        }
        return message.lines().findFirst().orElse(message);
    }
}
