package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A platform's database of its own, whose installer's settings can be changed, and who may log in to it. */
final class Guest {
    /** The platform's tables, plain, as a role of theirs may have made them. */
    static final String TABLES = """
            CREATE TYPE business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
            CREATE TABLE businesses (id uuid DEFAULT gen_random_uuid(), user_id uuid NOT NULL, name varchar(255) NOT NULL,
                logo_url varchar(500), category varchar(100), status business_status DEFAULT 'pending_verification',
                is_verified boolean DEFAULT false, stealth_mode_enabled boolean DEFAULT false,
                created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), PRIMARY KEY (id))%1$s;
            CREATE TABLE business_metrics (id uuid DEFAULT gen_random_uuid(),
                business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE, demand_listing_id uuid,
                metric_date date NOT NULL, views_count int DEFAULT 0, clicks_count int DEFAULT 0,
                property_invites_count int DEFAULT 0, declined_count int DEFAULT 0, messages_count int DEFAULT 0,
                qfps_submitted_count int DEFAULT 0, created_at timestamptz DEFAULT now(),
                updated_at timestamptz DEFAULT now())%2$s;
            """;

    static final String PLAIN = TABLES.formatted("", "");

    /** Businesses by hash of their id, metrics by range of their date and one of these by month. */
    static final String PARTITIONED =
            TABLES.formatted(" PARTITION BY HASH (id)", " PARTITION BY RANGE (metric_date)") + """
            CREATE TABLE businesses_0 PARTITION OF businesses FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE businesses_1 PARTITION OF businesses FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            CREATE TABLE metrics_2025 PARTITION OF business_metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE TABLE metrics_2026 PARTITION OF business_metrics FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
                PARTITION BY RANGE (metric_date);
            CREATE TABLE metrics_2026_01 PARTITION OF metrics_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
            CREATE TABLE metrics_2026_x PARTITION OF metrics_2026 DEFAULT;
            """;

    /** Forty tenants with three active businesses each, of which each has two rows with 5 views and 1 message. */
    static final String ROWS = """
            INSERT INTO businesses (user_id, name, status)
            SELECT ('00000000-0000-4000-8000-' || lpad((n % 40 + 1)::text, 12, '0'))::uuid, 'b' || n, 'active'
            FROM generate_series(1, 120) AS n;
            INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count)
            SELECT b.id, d.day, 5, 1 FROM businesses b, (VALUES (date '2025-06-01'), ('2026-01-10')) AS d (day);
            """;

    static final String TENANT = "00000000-0000-4000-8000-000000000001";

    final InstallConfiguration config = new InstallConfiguration();
    final List<String> said = new ArrayList<>();

    private final EmbeddedDatabase server = Parts.database();
    private final String name = Parts.newName();
    private final String url;
    private Consumer<String> listener = line -> {};

    private Guest() {
        url = server.create(name);
        config.owner = "owner_of_" + name;
        config.patience = Duration.milliseconds(400);
        config.lockTimeout = Duration.milliseconds(20);
        config.backfillTenants = 7;
    }

    static Guest of(String... sql) throws SQLException {
        Guest guest = new Guest();
        for (String each : sql) {
            guest.sql(each);
        }
        return guest;
    }

    /** With default settings, on a database of another. */
    static Installer installerOf(String url) {
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = url;
        return Installer.of(Postgres.of(postgres), new InstallConfiguration(), line -> {});
    }

    String name() {
        return name;
    }

    String url() {
        return url;
    }

    /** A role of the cluster that no other test has, with these options. */
    String role(String kind, String options) throws SQLException {
        String role = kind + "_of_" + name;
        sql("CREATE ROLE " + role + " LOGIN " + options);
        return role;
    }

    /** A role that may install, and that has made these tables itself. */
    String platform(String options, String tables) throws SQLException {
        String role = role("platform", options);
        sql("GRANT CREATE ON DATABASE " + name + " TO " + role + "; GRANT CREATE ON SCHEMA public TO " + role);
        sql(role, tables);
        return role;
    }

    /** Gets what is said, as it is said. */
    Guest hearing(Consumer<String> next) {
        listener = next;
        return this;
    }

    /** When a line begins so, executes SQL once, and lets a transaction end that was in the way. */
    void whenSaid(String start, String sql, Connection inTheWay) {
        hearing(line -> {
            if (line.startsWith(start)) {
                hearing(another -> {});
                try {
                    sql(sql);
                    inTheWay.commit();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    /** Waits until a session waits for a lock in a statement with this in it. */
    void awaitLockWait(String statement) {
        Awaitility.await()
                .until(() ->
                        !rows("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                                        + " AND query LIKE '%" + statement + "%'")
                                .isEmpty());
    }

    Installer installer() {
        return installer("postgres");
    }

    Installer installer(String role) {
        return Installer.of(postgres(role), config, line -> {
            said.add(line);
            listener.accept(line);
        });
    }

    Postgres postgres(String role) {
        PostgresConfiguration postgres = new PostgresConfiguration();
        postgres.url = url(role);
        return Postgres.of(postgres);
    }

    String url(String role) {
        return url.replace("//postgres@", "//" + role + "@");
    }

    /** As libpq has it. */
    String connectionInfo() {
        return "host=127.0.0.1 port=" + server.port() + " user=postgres dbname=" + name;
    }

    Connection connect() throws SQLException {
        return server.connect(name);
    }

    Connection connect(String role) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/" + name, role, "");
    }

    void sql(String sql) throws SQLException {
        sql("postgres", sql);
    }

    void sql(String role, String sql) throws SQLException {
        try (Connection connection = connect(role);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Each row's columns as texts, with a bar between. */
    List<String> rows(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                List<String> columns = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    columns.add(row.getString(i));
                }
                rows.add(String.join("|", columns.stream().map(String::valueOf).toList()));
            }
            return rows;
        }
    }

    /** What all tenants' rollups add up to: active businesses, views, messages. */
    String sums() throws SQLException {
        return rows("SELECT sum(active_businesses), sum(landlord_views), sum(messages_total) FROM live.tenant_kpis")
                .get(0);
    }

    /** Tenants whose rollup is not what a recomputation gives. */
    List<String> wrongTenants() throws SQLException {
        return rows("""
                SELECT user_id, k.active_businesses, s.active, k.landlord_views, s.views
                FROM live.tenant_kpis k FULL JOIN (
                    SELECT b.user_id, count(DISTINCT b.id) FILTER (WHERE b.status::text = 'active') AS active,
                           coalesce(sum(m.views_count), 0) AS views, coalesce(sum(m.messages_count), 0) AS messages
                    FROM public.businesses b LEFT JOIN public.business_metrics m ON m.business_id = b.id GROUP BY b.user_id) s
                USING (user_id)
                WHERE (coalesce(k.active_businesses, 0), coalesce(k.landlord_views, 0), coalesce(k.messages_total, 0))
                   <> (coalesce(s.active, 0), coalesce(s.views, 0), coalesce(s.messages, 0))""");
    }

    /** What there is besides system catalogs, with its rights: to compare before and after. */
    List<String> everything() throws SQLException {
        return rows("""
                SELECT 'table', c.oid::regclass, c.relkind, c.relacl::text, pg_get_userbyid(c.relowner)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information)'
                UNION ALL SELECT 'schema', NULL, NULL, nspname || nspacl::text, NULL FROM pg_namespace
                UNION ALL SELECT 'trigger', tgrelid::regclass, NULL, tgname, NULL FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL SELECT 'publication', NULL, NULL, pubname, NULL FROM pg_publication
                UNION ALL SELECT 'default', NULL, NULL, defaclacl::text, NULL FROM pg_default_acl
                UNION ALL SELECT 'function', NULL, NULL, proname, NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                          WHERE n.nspname !~ '^(pg_|information)'
                ORDER BY 1, 2, 3, 4""");
    }
}
