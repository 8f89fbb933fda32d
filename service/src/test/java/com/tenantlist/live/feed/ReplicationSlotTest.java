package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.feed.ReplicationAdvice.Place;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.EmbeddedDatabase;
import io.dropwizard.util.Duration;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** On a server of its own: a slot waits for whatever is open on it. */
class ReplicationSlotTest {
    private static final Duration LONG = Duration.minutes(1);
    /** Longer than a node that goes on ever needs between two statements. */
    private static final Duration IDLE_LIMIT = Duration.seconds(3);

    private static final java.time.Duration A_FEW_SECONDS = java.time.Duration.ofSeconds(10);

    private static EmbeddedDatabase server;

    private final ExecutorService maker = Executors.newCachedThreadPool();

    @BeforeAll
    static void start() {
        server = EmbeddedDatabase.startTemporary();
        server.create("app");
        server.create("other");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void noSlotIsLeft() {
        maker.shutdownNow();
        awaitSlots(0);
    }

    private static Connection replication() throws SQLException {
        return replication(server.url("app"));
    }

    private static Connection replication(String url) throws SQLException {
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = url;
        return Postgres.of(config).connectForReplication(LONG);
    }

    private static ReplicationSlot make(Connection replication) throws Exception {
        return ReplicationSlot.make(replication, new Place("app", null), LONG);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = server.connect("app");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String queried(String sql) throws SQLException {
        try (Connection connection = server.connect("app");
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private static void awaitSlots(int count) {
        await().atMost(A_FEW_SECONDS)
                .until(() ->
                        queried("SELECT count(*) FROM pg_replication_slots").equals(String.valueOf(count)));
    }

    private static Optional<String> awaited() {
        return Jdbi.create(() -> server.connect("app")).withHandle(ReplicationSlot::awaited);
    }

    /** A transaction that has written, in another database of the cluster. */
    private static Connection openTransaction() throws SQLException {
        Connection connection = server.connect("other");
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_current_xact_id()");
        }
        return connection;
    }

    @Test
    void aSecondConnectionFindsTheSlotTakenAndTheFirstLeavesNone() throws Exception {
        try (Connection leader = replication();
                Connection other = replication()) {
            assertThat(make(leader).read()).isNotNull();
            assertThatThrownBy(() -> make(other)).isInstanceOf(SlotTakenException.class);
            assertThat(awaited()).as("it stands").isEmpty();
        }
    }

    @Test
    void aSlotThatIsBeingMadeGoesWithItsNodeWhileTheTransactionsStayOpen() throws Exception {
        try (Connection open = openTransaction()) {
            Connection replication = replication();
            Future<?> made = maker.submit(() -> make(replication));
            awaitSlots(1);
            int blocker = open.unwrap(PGConnection.class).getBackendPID();
            await().until(() -> awaited().equals(Optional.of("pid " + blocker + " in database other")));
            replication.abort(Runnable::run);
            awaitSlots(0);
            assertThatThrownBy(made::get).hasCauseInstanceOf(SQLException.class);

            try (Connection next = replication()) {
                Future<ReplicationSlot> second = maker.submit((Callable<ReplicationSlot>) () -> make(next));
                awaitSlots(1);
                open.commit();
                assertThat(second.get().read()).as("the next node leads").isNotNull();
            }
        }
    }

    @Test
    void aNodeThatFreezesBetweenTheSlotAndReadingItLosesIt() throws Exception {
        Connection replication = replication();
        ReplicationSlot slot = ReplicationSlot.make(replication, new Place("app", null), IDLE_LIMIT);
        awaitSlots(0);
        assertThatThrownBy(slot::read).isInstanceOf(SQLException.class);
        replication.abort(Runnable::run);
    }

    @Test
    void oneThatReadsIsNotIdle() throws Exception {
        try (Connection replication = replication()) {
            var stream = ReplicationSlot.make(replication, new Place("app", null), IDLE_LIMIT)
                    .read();
            await().atMost(java.time.Duration.ofSeconds(30)).until(() -> {
                stream.readPending();
                return queried("SELECT backend_start < clock_timestamp() - interval '5 seconds' FROM pg_stat_activity"
                                + " JOIN pg_replication_slots ON pid = active_pid")
                        .equals("t");
            });
        }
    }

    @Test
    void limitsOfTheRoleThatAreMeantForQueriesDoNotEndTheWait() throws Exception {
        execute("CREATE ROLE limited LOGIN REPLICATION");
        execute("ALTER ROLE limited SET statement_timeout = '1s'");
        execute("ALTER ROLE limited SET lock_timeout = '1s'");
        try (Connection open = openTransaction();
                Connection replication = replication(server.url("app").replace("//postgres@", "//limited@"))) {
            Future<ReplicationSlot> made = maker.submit((Callable<ReplicationSlot>) () -> make(replication));
            await().until(() -> queried("SELECT query_start < clock_timestamp() - interval '3 seconds'"
                            + " FROM pg_stat_activity JOIN pg_replication_slots ON pid = active_pid")
                    .equals("t"));
            open.commit();
            assertThat(made.get().term()).isPositive();
        } finally {
            execute("DROP ROLE limited");
        }
    }

    @Test
    void aLineToAnotherDatabaseAndAConnectionThatIsNotForReplicationAreRefused() throws Exception {
        try (Connection replication = replication()) {
            assertThatThrownBy(() -> ReplicationSlot.make(replication, new Place("other", null), LONG))
                    .isInstanceOf(ReplicationUnavailableException.class)
                    .hasMessageContaining("FEED_DATABASE_URL");
            assertThatThrownBy(() -> ReplicationSlot.make(replication, new Place("app", "1"), LONG))
                    .isInstanceOf(ReplicationUnavailableException.class);
            String system = queried("SELECT system_identifier FROM pg_control_system()");
            assertThat(ReplicationSlot.make(replication, new Place("app", system), LONG))
                    .isNotNull();
        }
        try (Connection plain = server.connect("app")) {
            assertThatThrownBy(() -> make(plain))
                    .as("a pooler that drops the parameter")
                    .isInstanceOf(ReplicationUnavailableException.class)
                    .hasMessageContaining("FEED_DATABASE_URL");
        }
    }

    @Test
    void slotNamesAreUniqueAndFit() {
        assertThat(ReplicationSlot.name("tenantlist")).isEqualTo("tenantlist_live_tenantlist");
        assertThat(ReplicationSlot.name("Tenant-List")).isNotEqualTo(ReplicationSlot.name("tenant_list"));
        assertThat(ReplicationSlot.name("x".repeat(63)))
                .hasSizeLessThanOrEqualTo(63)
                .matches("[a-z0-9_]+");
    }
}
