package com.tenantlist.live.postgres;

import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.InstalledPostgres;
import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** Databases as platforms have them: on PostgreSQL 18, and 15 where bin/test provides it, with plain and partitioned tables. */
final class Platform implements AutoCloseable {
    static final String ANNA = "00000000-0000-4000-8000-0000000000a1";
    static final String BEN = "00000000-0000-4000-8000-0000000000b1";
    static final String CAFE = "00000000-0000-4000-9000-0000000000c1";
    static final String DELI = "00000000-0000-4000-9000-0000000000d1";

    private static final Map<String, String> SETTINGS = Map.of(
            "wal_level", "logical",
            "max_connections", "100",
            "max_prepared_transactions", "20",
            "fsync", "off",
            "synchronous_commit", "off",
            "log_min_messages", "fatal");

    private static final String PARTITIONED = """
            CREATE TYPE business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
            CREATE TABLE businesses (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, name varchar(255) NOT NULL,
                logo_url varchar(500), category varchar(100), status business_status NOT NULL DEFAULT 'pending_verification',
                is_verified boolean NOT NULL DEFAULT false, stealth_mode_enabled boolean NOT NULL DEFAULT false,
                created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()) PARTITION BY HASH (id);
            CREATE TABLE businesses_0 PARTITION OF businesses FOR VALUES WITH (MODULUS 3, REMAINDER 0);
            CREATE TABLE businesses_1 PARTITION OF businesses FOR VALUES WITH (MODULUS 3, REMAINDER 1);
            CREATE TABLE businesses_2 PARTITION OF businesses FOR VALUES WITH (MODULUS 3, REMAINDER 2);
            CREATE TABLE business_metrics (id uuid NOT NULL DEFAULT gen_random_uuid(),
                business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE, demand_listing_id uuid,
                metric_date date NOT NULL, views_count int NOT NULL DEFAULT 0, clicks_count int NOT NULL DEFAULT 0,
                property_invites_count int NOT NULL DEFAULT 0, declined_count int NOT NULL DEFAULT 0,
                messages_count int NOT NULL DEFAULT 0, qfps_submitted_count int NOT NULL DEFAULT 0,
                created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (id, metric_date)) PARTITION BY RANGE (metric_date);
            CREATE TABLE metrics_2026 PARTITION OF business_metrics FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
                PARTITION BY HASH (id);
            CREATE TABLE metrics_2026_0 PARTITION OF metrics_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE metrics_2026_1 PARTITION OF metrics_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            CREATE TABLE metrics_rest PARTITION OF business_metrics DEFAULT;
            """;

    /** Where a platform runs. */
    record Place(String server, boolean partitioned) {
        @Override
        public String toString() {
            return server + (partitioned ? ", partitioned" : ", plain");
        }
    }

    private static final class Shared {
        static final EmbeddedDatabase EMBEDDED = EmbeddedDatabase.startTemporary(SETTINGS);
        static final Optional<InstalledPostgres> OLD =
                InstalledPostgres.programsOf15().map(programs -> InstalledPostgres.start(programs, SETTINGS));
        static final Map<Place, String> TEMPLATES = new ConcurrentHashMap<>();
    }

    private final int port;
    private final String name;
    private final Connection connection;

    private Platform(int port, String name) throws SQLException {
        this.port = port;
        this.name = name;
        this.connection = connect();
    }

    static List<Place> places() {
        List<Place> places = new ArrayList<>();
        for (String server : InstalledPostgres.programsOf15().isPresent() ? List.of("18", "15") : List.of("18")) {
            places.add(new Place(server, false));
            places.add(new Place(server, true));
        }
        return places;
    }

    /** Those whose tables are no partitioned ones. */
    static List<Place> plainPlaces() {
        return places().stream().filter(place -> !place.partitioned()).toList();
    }

    /** A database of its own there, into which we were installed; empty. */
    static Platform at(Place place) throws SQLException {
        int port = port(place);
        String template = Shared.TEMPLATES.computeIfAbsent(place, key -> template(place, port));
        String name = Parts.newName();
        sql(port, "postgres", "CREATE DATABASE " + name + " TEMPLATE " + template);
        return new Platform(port, name);
    }

    /** The same, with two tenants that have a business with three days of metrics each. */
    static Platform withTwoTenants(Place place) throws SQLException {
        Platform platform = at(place);
        platform.sql("""
                INSERT INTO businesses (id, user_id, name, status)
                VALUES ('%s', '%s', 'Café', 'active'), ('%s', '%s', 'Deli', 'active');
                INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count, property_invites_count)
                SELECT b.id, date '2026-12-31' + d, 10, 2, 4 FROM businesses b, generate_series(0, 2) AS d;
                """.formatted(CAFE, ANNA, DELI, BEN));
        return platform;
    }

    private static int port(Place place) {
        return place.server().equals("18")
                ? Shared.EMBEDDED.port()
                : Shared.OLD.orElseThrow().port();
    }

    private static String template(Place place, int port) {
        String name = Parts.newName();
        try {
            sql(port, "postgres", "CREATE DATABASE " + name);
            if (place.partitioned()) {
                sql(port, name, PARTITIONED);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Parts.migrate("postgresql://postgres@127.0.0.1:" + port + "/" + name);
        return name;
    }

    private static void sql(int port, String database, String sql) throws SQLException {
        try (Connection connection = connect(port, database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A lock that nobody gives back fails the test, at COMMIT too, where no timeout of the server's ends the wait. */
    private static Connection connect(int port, String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?socketTimeout=30", "postgres", "");
    }

    Connection connect() throws SQLException {
        return connect(port, name);
    }

    /** One that sends what it is given in one message, as psql does; {@link #connect} sends each statement in its own. */
    Connection connectSimply() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + name + "?socketTimeout=30&preferQueryMode=simple",
                "postgres",
                "");
    }

    String url() {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + name;
    }

    /** The connection that {@link #sql} uses. */
    Connection connection() {
        return connection;
    }

    void sql(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Rows, their columns joined by blanks. */
    List<String> rows(String sql) throws SQLException {
        return Rollup.rows(connection, sql).stream()
                .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .toList();
    }

    List<String> eventsOf(String user, long after) throws SQLException {
        return rows("SELECT type FROM live.dashboard_event WHERE user_id = '%s' AND revision > %d ORDER BY revision"
                .formatted(user, after));
    }

    long revision(String user) throws SQLException {
        return Long.parseLong(
                rows("SELECT coalesce(max(revision), 0) FROM live.tenant_kpis WHERE user_id = '" + user + "'")
                        .get(0));
    }

    /** Deadlocks of this database, as the server counted them. */
    long deadlocks() throws SQLException {
        sql("SELECT pg_stat_clear_snapshot()");
        return Long.parseLong(rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
                .get(0));
    }

    /** A synchronous standby that is away: of sessions whose {@code synchronous_commit} is on, which it is not by itself here, no COMMIT ends. */
    void loseStandby() throws Exception {
        sql("ALTER SYSTEM SET synchronous_standby_names = 'away'");
        sql("SELECT pg_reload_conf()");
        awaitThatACommitWaits();
    }

    /** The server's processes learn of it one after another, the last of them the one that says so to all sessions. */
    private void awaitThatACommitWaits() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection other = connect();
                Statement commits = other.createStatement()) {
            commits.execute("SET application_name = 'probe'; SET synchronous_commit = on");
            Future<?> probing = thread.submit(() -> {
                while (!enough.get()) {
                    commits.execute("SELECT pg_current_xact_id()");
                }
                return null;
            });
            Awaitility.await().until(() -> waits("probe", "SyncRep", 0));
            enough.set(true);
            sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'probe'");
            probing.get();
        } finally {
            thread.shutdownNow();
        }
    }

    void needNoStandby() throws SQLException {
        sql("ALTER SYSTEM RESET synchronous_standby_names");
        sql("SELECT pg_reload_conf()");
    }

    /** Whether a session of that name waits for this, as pg_stat_activity has it, longer than that after its statement began. */
    boolean waits(String name, String event, int millis) throws SQLException {
        return !rows(waiting(name, event, millis)).isEmpty();
    }

    /** The query for that, for another connection. */
    static String waiting(String name, String event, int millis) {
        return """
                SELECT FROM pg_stat_activity WHERE application_name = '%s' AND '%s' IN (wait_event_type, wait_event)
                  AND clock_timestamp() > query_start + interval '%d ms'""".formatted(name, event, millis);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
