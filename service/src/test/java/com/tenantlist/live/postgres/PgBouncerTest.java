package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.health.HealthCheck;
import com.codahale.metrics.health.HealthCheckRegistry;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.PgBouncer;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real PgBouncer in transaction mode before the database. */
class PgBouncerTest {
    /** What a platform may have set, and would break us. */
    private static final String HOSTILE = "ALTER DATABASE %1$s SET default_transaction_isolation = 'repeatable read';"
            + "ALTER DATABASE %1$s SET default_transaction_read_only = on;"
            + "ALTER DATABASE %1$s SET timezone = 'America/Santiago'";

    private static PgBouncer pooler;

    private final UUID user = UUID.randomUUID();

    @BeforeAll
    static void startAPooler() throws Exception {
        pooler = new PgBouncer(Parts.database());
    }

    @AfterAll
    static void stopIt() {
        pooler.close();
    }

    private static Postgres postgres(String url, String feedUrl) {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = url;
        config.feedUrl = feedUrl;
        return Postgres.of(config);
    }

    private static String queried(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void withADirectLineForTheFeedDashboardsAreLive() throws Exception {
        LiveService service = LiveService.onSharedParts().through(pooler.port()).prepared(HOSTILE);
        try (LiveService live =
                service.with("postgres.feedUrl", service.databaseUrl()).start()) {
            live.awaitFeed();
            Rest rest = new Rest(live.api(), user);
            try (RawSocket socket = RawSocket.dashboard(live.sockets(), user)) {
                UUID business =
                        UUID.fromString(rest.post("/api/businesses", "{\"name\":\"Pooled\",\"status\":\"active\"}")
                                .data()
                                .path("business")
                                .path("id")
                                .asText());
                socket.awaitEvent("business:created");
                for (int i = 1; i <= 9; i++) {
                    String sql = "BEGIN READ WRITE;"
                            + "INSERT INTO business_metrics (business_id, metric_date, views_count)"
                            + " VALUES ('%s', '2026-01-0%d', 2); COMMIT".formatted(business, i);
                    live.sql(sql);
                    String total = "\"views_count\":" + 2 * i;
                    socket.await(frame -> frame.contains("metrics:updated") && frame.contains(total));
                }
                await().until(() -> live.isLeading() && !live.isAlone());
                assertThat(live.metrics().getMeters().get("feed.events").getCount())
                        .as("by the feed, not by the sweep")
                        .isPositive();
                assertThat(rest.get("/api/dashboard/tenant/kpis")
                                .data()
                                .path("landlordViews")
                                .asInt())
                        .isEqualTo(18);
                assertThat(rest.get("/api/dashboard/tenant/trends?days=365").data())
                        .hasSize(365);
                assertThat(rest.get("/api/dashboard/tenant").data().path("businesses"))
                        .hasSize(1);
            }
            manyWritesAtOnce(live);
            leavesNothingBehind(live);
        }
    }

    /** More callers than the pooler has sessions: what is of a session would be looked for in another. */
    private void manyWritesAtOnce(LiveService live) throws Exception {
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Rest rest = new Rest(live.api(), UUID.randomUUID());
            calls.add(() -> {
                String path = "/api/businesses/"
                        + rest.post("/api/businesses", "{\"name\":\"One of many\"}")
                                .data()
                                .path("business")
                                .path("id")
                                .asText();
                for (int n = 0; n < 20; n++) {
                    int status = rest.call("PUT", path, "{\"name\":\"Again " + n + "\"}")
                            .status();
                    if (status != 200) {
                        return status;
                    }
                }
                return rest.get("/api/businesses").status();
            });
        }
        ExecutorService callers = Executors.newFixedThreadPool(calls.size());
        try {
            for (Future<Integer> answer : callers.invokeAll(calls)) {
                assertThat(answer.get()).isEqualTo(200);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    /** Every session that the pooler has for this database is as the database's owner made it. */
    private static void leavesNothingBehind(LiveService live) throws Exception {
        String name = live.databaseUrl().substring(live.databaseUrl().lastIndexOf('/') + 1);
        for (int i = 0; i < 12; i++) {
            try (Connection other = DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + pooler.port() + "/" + name + "?prepareThreshold=0",
                    "postgres",
                    "")) {
                assertThat(queried(other, "SHOW statement_timeout")).isEqualTo("0");
                assertThat(queried(other, "SHOW lock_timeout")).isEqualTo("0");
                assertThat(queried(other, "SHOW default_transaction_isolation")).isEqualTo("repeatable read");
                assertThat(queried(other, "SELECT count(*) FROM pg_prepared_statements"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void withoutADirectLineTheServiceLivesOnTheSweep() throws Exception {
        try (LiveService live =
                LiveService.onSharedParts().through(pooler.port()).start()) {
            UUID business = live.createBusiness(user, "Swept");
            try (RawSocket socket = RawSocket.dashboard(live.sockets(), user)) {
                live.addViews(business, 7);
                socket.await(frame -> frame.contains("metrics:updated") && frame.contains("\"views_count\":7"));
            }
            assertThat(live.isFed()).isFalse();
        }
    }

    /** What a pooler does with {@code replication}, and with our {@code options} besides, as it is set up. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                                 | unsupported startup parameter: replication",
                "ignore_startup_parameters = replication          | unsupported startup parameter: options",
                "ignore_startup_parameters = replication, options | the connection is not one for replication"
            })
    void whateverItRefusesWithoutADirectLineIsARefusalAndNoFault(String settings, String words) throws Exception {
        try (PgBouncer before = new PgBouncer(Parts.database(), settings == null ? "" : settings);
                LiveService live =
                        LiveService.onSharedParts().through(before.port()).start()) {
            HealthCheckRegistry checks = live.support().getEnvironment().healthChecks();
            await().untilAsserted(() -> {
                HealthCheck.Result feed = checks.runHealthCheck("feed");
                assertThat(feed.getMessage())
                        .startsWith("no replication, living on the fast sweep: ")
                        .contains(words)
                        .contains("set FEED_DATABASE_URL");
                assertThat(feed.isHealthy()).isTrue();
            });
            assertThat(live.isAlone()).isTrue();
            assertThat(live.metrics().getMeters().get("feed.refusals").getCount())
                    .isPositive();
        }
    }

    @Test
    void ourSettingsHoldInEachTransactionAndNoLonger() throws Exception {
        String name = Parts.newName();
        Parts.database().create(name);
        try (Connection owner = Parts.database().connect(name);
                Statement statement = owner.createStatement()) {
            statement.execute(HOSTILE.formatted(name));
        }
        try (Connection connection = postgres(pooler.url(name), "").connect(Duration.seconds(7))) {
            assertThat(queried(connection, "SHOW statement_timeout")).isEqualTo("7s");
            assertThat(queried(connection, "SHOW TimeZone")).isEqualTo("UTC");
            assertThat(queried(connection, "SHOW transaction_isolation")).isEqualTo("read committed");
            assertThat(queried(connection, "SHOW transaction_read_only")).isEqualTo("off");
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            connection.setAutoCommit(false);
            assertThat(queried(connection, "SHOW transaction_isolation")).isEqualTo("serializable");
            queried(connection, "SELECT 1");
            connection.rollback();
            assertThat(queried(connection, "SHOW statement_timeout")).isEqualTo("7s");
            assertThatThrownBy(() -> queried(connection, "SELECT 1 / 0")).isInstanceOf(SQLException.class);
            connection.rollback();
            connection.setAutoCommit(true);
            assertThatThrownBy(() -> queried(connection, "SELECT 1 / 0")).isInstanceOf(SQLException.class);
            assertThat(queried(connection, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void commandsAskForADirectLine() throws Exception {
        assertThatThrownBy(() -> postgres(pooler.url("postgres"), "").requireDirect())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("set FEED_DATABASE_URL");
        postgres(pooler.url("postgres"), Parts.database().url("postgres")).requireDirect();
        postgres(Parts.database().url("postgres"), "").requireDirect();
    }

    @Test
    void aPoolerIsAskedWhetherItLeadsToTheSameDatabase() throws Exception {
        String name = Parts.newName();
        Postgres same = postgres(pooler.url(name), Parts.database().create(name));
        try (Connection connection = same.connect()) {
            same.requireSameDatabase(connection);
            assertThat(queried(
                            connection,
                            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                                    + " AND pid = pg_backend_pid()"))
                    .isEqualTo("0");
        }
        Postgres another = postgres(pooler.url(name), Parts.database().url("postgres"));
        try (Connection connection = another.connect()) {
            assertThatThrownBy(() -> another.requireSameDatabase(connection))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("FEED_DATABASE_URL leads to the database 'postgres', DATABASE_URL to '" + name
                            + "'; both must lead to the same");
        }
    }

    @Test
    void whatThePoolerRefusesIsSaidWithTheCure() {
        assertThatThrownBy(() -> postgres(pooler.url("postgres") + "?options=-c%20work_mem%3D8MB", "")
                        .connect())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unsupported startup parameter: options")
                .hasMessageContaining("take it out of DATABASE_URL");
    }

    @Test
    void aDirectLineToAnotherDatabaseIsRefused() {
        LiveService service = LiveService.onSharedParts()
                .through(pooler.port())
                .with("postgres.feedUrl", Parts.database().url("postgres"));
        assertThatThrownBy(service::start)
                .hasStackTraceContaining("FEED_DATABASE_URL leads to the database 'postgres', DATABASE_URL to 'test_");
    }
}
