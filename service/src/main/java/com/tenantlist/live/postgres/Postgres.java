package com.tenantlist.live.postgres;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.threads.Backoff;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.db.DataSourceFactory;
import io.dropwizard.db.ManagedDataSource;
import io.dropwizard.jdbi3.JdbiFactory;
import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database. */
public final class Postgres {
    private static final Logger log = LoggerFactory.getLogger(Postgres.class);
    private static final Set<String> AWAY = Set.of("08", "53", "57");

    private final Line line;

    /** The way without a pooler: to the same database, or {@link #line} itself. */
    private final Line direct;

    private final PostgresConfiguration config;

    /** As the server calls it: a pooler may have another name for it. */
    private volatile String database;

    private Postgres(PostgresConfiguration config) {
        this.config = config;
        this.line = line("DATABASE_URL", config.url);
        this.direct = config.feedUrl.isBlank() ? line : line("FEED_DATABASE_URL", config.feedUrl);
        this.database = direct.url().database();
    }

    private Line line(String variable, String url) {
        return new Line(variable, PostgresUrl.parse(variable, url), config.pooler, config.connectTimeout);
    }

    /** @throws IllegalArgumentException if a URL is malformed, or asks for what cannot be had */
    public static Postgres of(PostgresConfiguration config) {
        return new Postgres(config);
    }

    /**
     * Opens the pools, once it is clear that the database can be reached and is migrated. They are managed by the environment;
     * the health check is {@code postgres}.
     *
     * @throws IllegalStateException if the service cannot start with this database; the message says what to do
     */
    public Pools open(Environment environment) {
        boolean pooled = verify();
        if (pooled) {
            log.info("postgres pooler=transaction address={}", address());
        }
        Jdbi live = open(
                "postgres-live",
                config.liveConnections,
                new SessionSettings(config.queryTimeout, config.queryTimeout),
                pooled,
                environment);
        Jdbi rest = open(
                "postgres-rest",
                config.restConnections,
                new SessionSettings(config.queryTimeout, config.lockTimeout),
                pooled,
                environment);
        environment.healthChecks().register("postgres", new Check(live));
        long first = config.writeBackoff.toMilliseconds();
        return new Pools(
                live,
                rest,
                new Writes(
                        rest,
                        config.writeAttempts,
                        new Backoff(first, Math.max(first, config.maxWriteBackoff.toMilliseconds()))));
    }

    private Jdbi open(String name, int connections, SessionSettings settings, boolean pooled, Environment environment) {
        DataSourceFactory pool = new DataSourceFactory();
        pool.setDriverClass("org.postgresql.Driver");
        pool.setUrl(line.url().jdbcUrl());
        pool.setInitialSize(0);
        pool.setMinSize(0);
        pool.setMaxSize(connections);
        pool.setMaxWaitForConnection(config.queryTimeout);
        pool.setValidationQuery("SELECT 1");
        pool.setCheckConnectionOnBorrow(true);
        pool.setValidationInterval(Duration.seconds(1));
        pool.setValidationQueryTimeout(config.connectTimeout);
        Properties properties = line.properties(answerTime(config.queryTimeout));
        // The pool shows the others where it shows itself.
        properties.remove(PGProperty.USER.getName());
        properties.remove(PGProperty.PASSWORD.getName());
        properties.forEach((key, value) -> pool.getProperties().put((String) key, (String) value));
        pool.setUser(line.url().user());
        pool.setPassword(line.url().password());
        if (!pooled) {
            pool.setInitializationQuery(settings.forSession());
        }
        ManagedDataSource source = pool.build(environment.metrics(), name);
        Jdbi jdbi = new JdbiFactory()
                .build(environment, pool, pooled ? new PooledDataSource(source, settings) : source, name);
        // Our SQL has no attributes to put in; the factory's engine would parse each statement anew, each time.
        jdbi.getConfig(SqlStatements.class)
                .setTemplateEngine(TemplateEngine.NOP)
                .setSqlParser(new NamedParameters());
        // One check tells of the database; the factory's, one a pool, say less.
        environment.healthChecks().unregister(name);
        return jdbi;
    }

    /** Whether there is a pooler between. */
    private boolean verify() {
        try (Connection connection = line.connect(limits(config.queryTimeout), answerTime(config.queryTimeout))) {
            database = String.valueOf(text(connection, "SELECT current_database()"));
            if (!isMigrated(connection)) {
                throw new IllegalStateException(
                        "the database " + address() + " is not migrated; run: db migrate config.yml");
            }
            if (direct != line) {
                verifyDirect(connection);
            }
            return line.isPooled();
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "cannot reach the database " + address() + " (DATABASE_URL): " + rootMessage(e)
                            + (SqlState.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())
                                    ? "; what db grants ROLE config.yml prints lets the role in"
                                    : ""));
        }
    }

    /** Asked in a way that needs no right to what is asked for. */
    private static boolean isMigrated(Connection connection) throws SQLException {
        return "t"
                .equals(
                        text(
                                connection,
                                "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                                        + " ON n.oid = c.relnamespace WHERE n.nspname = 'live' AND c.relname = 'installation')"));
    }

    /** That both lines lead to one database; a direct one that leads nowhere at the moment is the feed's to deal with. */
    private void verifyDirect(Connection connection) throws SQLException {
        Connection other;
        try {
            other = connect(config.queryTimeout);
        } catch (SQLException e) {
            log.warn("direct line away address={} cause=\"{}\"", directAddress(), rootMessage(e));
            return;
        }
        try (other) {
            requireSameDatabase(connection, other);
        }
    }

    /**
     * That {@code DATABASE_URL} leads where a connection of {@link #connect()} does. It may be a pooler's. Needs no right to
     * anything.
     *
     * @throws IllegalStateException if it leads to another database; the message names both
     * @throws SQLException if it leads nowhere
     */
    public void requireSameDatabase(Connection connection) throws SQLException {
        if (direct == line) {
            return;
        }
        try (Connection other = line.connect(limits(config.queryTimeout), answerTime(config.queryTimeout))) {
            requireSameDatabase(other, connection);
        } catch (SQLException e) {
            throw new SQLException(
                    "no answer from " + address() + " (DATABASE_URL), which must lead to the same database as "
                            + directAddress() + " (FEED_DATABASE_URL): " + rootMessage(e),
                    e.getSQLState());
        }
    }

    /** Names may be the same on two servers: a lock that the one holds is seen by the other. */
    private void requireSameDatabase(Connection pooled, Connection session) throws SQLException {
        String here = text(pooled, "SELECT current_database()");
        String there = text(session, "SELECT current_database()");
        if (!String.valueOf(here).equals(there)) {
            throw new IllegalStateException("FEED_DATABASE_URL leads to the database '" + there + "', DATABASE_URL to '"
                    + here + "'; both must lead to the same");
        }
        long key = ThreadLocalRandom.current().nextLong();
        text(session, "SELECT pg_advisory_lock(" + key + ")");
        try {
            if (!"t"
                    .equals(text(
                            pooled,
                            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database"
                                    + " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
                                    + " AND (l.classid::bigint << 32 | l.objid::bigint) = " + key + ")"))) {
                throw new IllegalStateException("FEED_DATABASE_URL (" + directAddress() + ") and DATABASE_URL ("
                        + address() + ") lead to databases of the same name on different servers");
            }
        } finally {
            text(session, "SELECT pg_advisory_unlock(" + key + ")");
        }
    }

    private static @Nullable String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static SessionSettings limits(Duration statement) {
        return new SessionSettings(statement, SessionSettings.UNLIMITED);
    }

    /** How long a server may be silent that should have given up by itself. */
    private static Duration answerTime(Duration statement) {
        return Duration.milliseconds(2 * statement.toMilliseconds());
    }

    /**
     * A connection outside the pools, on the direct line, without a limit on a statement's time: for the commands
     * {@code db …}.
     */
    public Connection connect() throws SQLException {
        return direct.connect(limits(SessionSettings.UNLIMITED), SessionSettings.UNLIMITED);
    }

    /**
     * A connection outside the pools, on the direct line, whose statements, and waits for the server, end with an error after
     * a limit.
     */
    public Connection connect(Duration limit) throws SQLException {
        return direct.connect(limits(limit), limit);
    }

    /**
     * A connection on the direct line that speaks the replication protocol. The server gives up on a silent client after
     * {@code senderTimeout}, so that a frozen leader loses its slot.
     */
    public Connection connectForReplication(Duration senderTimeout) throws SQLException {
        Properties properties = direct.properties(SessionSettings.UNLIMITED);
        String given = PGProperty.OPTIONS.getOrNull(properties);
        PGProperty.OPTIONS.set(
                properties,
                // The last one holds.
                (given == null ? "" : given + " ")
                        + "-c wal_sender_timeout=" + senderTimeout.toMilliseconds()
                        // While the slot is made nothing else would notice that the line is cut.
                        + " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3");
        PGProperty.SOCKET_FACTORY.set(properties, ReplicationSockets.class.getName());
        if (PGProperty.SOCKET_FACTORY_ARG.getOrNull(properties) == null) {
            PGProperty.SOCKET_FACTORY_ARG.set(properties, "");
        }
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        return direct.open(properties);
    }

    /**
     * For what needs one session for all it does.
     *
     * @throws IllegalStateException if each transaction would be in another; the message says what to do
     */
    public void requireDirect() throws SQLException {
        if (direct.isPooled()) {
            throw new IllegalStateException("this needs the database itself, and "
                    + direct.url().shown() + " is a pooler; set FEED_DATABASE_URL to the database's own address");
        }
    }

    /** The role that {@link #connectForReplication} comes as: for messages. */
    public String replicationRole() {
        return direct.url().user();
    }

    /** The database's name. */
    public String database() {
        return database;
    }

    /** Where it is, without the password: for messages. */
    public String address() {
        return line.url().shown();
    }

    /** Where {@link #connect()} leads, without the password: for messages. */
    public String directAddress() {
        return direct.url().shown();
    }

    /** The variable that {@link #directAddress()} comes from. */
    public String directVariable() {
        return direct.variable();
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
