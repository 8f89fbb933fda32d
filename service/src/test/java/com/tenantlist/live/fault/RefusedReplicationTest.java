package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.tenantlist.live.feed.Feed;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.Rest;
import io.dropwizard.util.Duration;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.slf4j.LoggerFactory;

/**
 * Servers, as hosts really are, that refuse replication: the service lives on the fast sweep, says why and what to do, and leads as
 * soon as that was done.
 */
class RefusedReplicationTest {
    private static final String ROLE = "guest";

    /** The server has room for one who replicates. */
    private static EmbeddedDatabase database;

    private final UUID user = UUID.randomUUID();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private LiveService service;
    private CheckedDashboard dashboard;
    private UUID business;
    private long views;

    @BeforeAll
    static void server() throws SQLException {
        database = EmbeddedDatabase.startTemporary(Map.of(
                "max_wal_senders",
                "1",
                "max_replication_slots",
                "1",
                "max_prepared_transactions",
                "1",
                "fsync",
                "off"));
        database.create("other");
        sql("CREATE ROLE " + ROLE + " LOGIN IN ROLE pg_read_all_data, pg_write_all_data");
    }

    @AfterAll
    static void stopServer() {
        database.close();
    }

    @AfterEach
    void stop() {
        feedsLogger().detachAppender(logged);
        if (dashboard != null) {
            dashboard.close();
        }
        service.close();
        awaitRoom();
    }

    /** The server has room for one: what the last leader had is given back a moment after it is gone. */
    private void awaitRoom() {
        await().until(() -> service.queried("SELECT (SELECT count(*) FROM pg_replication_slots)"
                        + " + (SELECT count(*) FROM pg_stat_replication)")
                .equals("0"));
    }

    private static Logger feedsLogger() {
        return (Logger) LoggerFactory.getLogger(Feed.class);
    }

    private static void sql(String sql) throws SQLException {
        try (Connection connection = database.connect("other");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void start() throws Exception {
        start(LiveService.on(database, Parts.redis().url()));
    }

    private void start(LiveService prepared) throws Exception {
        logged.start();
        // The guard has tests of its own: what it saw broken would count for a while after it was mended.
        service = prepared.as(ROLE)
                .with("feed.refusedRetry", "100ms")
                .with("guard.interval", "10m")
                .start();
        feedsLogger().addAppender(logged);
        business = service.createBusiness(user, "Guest");
        dashboard = new CheckedDashboard(service.sockets(), user, "websocket");
        dashboard.awaitState();
    }

    private String health(boolean healthy) throws Exception {
        var feed = Rest.send(HttpRequest.newBuilder(service.admin().resolve("/healthcheck"))
                        .build())
                .body()
                .path("feed");
        return feed.path("healthy").asBoolean() == healthy
                ? feed.path("message").asText()
                : "not " + healthy + ": " + feed;
    }

    private void change() throws Exception {
        service.addViewsOneByOne(business, 50);
        views += 50;
        dashboard.await(service.revision(user), views);
        assertThat(dashboard.faults()).isEmpty();
        assertThat(dashboard.fullStates()).isEqualTo(1);
    }

    /** It says so, serves by the fast sweep, and does not go on asking aloud. */
    private void isRefused(String cure) throws Exception {
        await().untilAsserted(() -> assertThat(health(true))
                .startsWith("no replication, living on the fast sweep: ")
                .contains(cure));
        assertThat(service.isAlone()).isTrue();
        change();
        long refusals = service.metrics().getMeters().get("feed.refusals").getCount();
        await().until(() -> service.metrics().getMeters().get("feed.refusals").getCount() > refusals + 2);
        assertThat(service.isAlone()).isTrue();
        assertThat(health(true)).contains(cure);
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(line -> line.contains("UNAVAILABLE"))
                .hasSizeLessThanOrEqualTo(1);
    }

    private void leads() throws Exception {
        service.awaitFeed();
        // While a heartbeat is late, as on a busy machine, it leads and is not fed; the guard may have seen what was
        // broken, and looks again.
        await().atMost(java.time.Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(health(true)).startsWith("leading");
            assertThat(service.isAlone()).isFalse();
        });
        change();
    }

    @Test
    void aRoleThatMayNotReplicate() throws Exception {
        sql("ALTER ROLE guest NOREPLICATION");
        start();
        isRefused("ALTER ROLE guest REPLICATION");
        sql("ALTER ROLE guest REPLICATION");
        leads();
    }

    @Test
    void aNodeThatIsRefusedIsFedByOneThatLeads() throws Exception {
        sql("ALTER ROLE guest NOREPLICATION");
        start();
        isRefused("ALTER ROLE guest REPLICATION");
        try (LiveService other =
                LiveService.on(database, Parts.redis().url()).sharing(service).start()) {
            await().until(() -> other.isLeading() && service.isFed());
            assertThat(health(true)).startsWith("no replication here (").endsWith("but another node leads");
            change();
        }
        await().until(service::isAlone);
        change();
    }

    @Test
    void aServerWithoutAFreeSender() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = database.url("other");
        try (Connection occupied = Postgres.of(config).connectForReplication(Duration.minutes(1))) {
            assertThat(occupied.isClosed()).isFalse();
            start();
            isRefused("max_wal_senders");
        }
        leads();
    }

    @Test
    void aServerWithoutAFreeSlot() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        sql("SELECT pg_create_physical_replication_slot('of_somebody')");
        start();
        isRefused("max_replication_slots");
        sql("SELECT pg_drop_replication_slot('of_somebody')");
        leads();
    }

    @Test
    void aServerThatDoesNotLetTheRoleInAnyMore() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        start(LiveService.on(database, Parts.redis().url()).with("feed.aloneAfter", "100ms"));
        leads();
        Path rules = Path.of(service.queried("SHOW hba_file"));
        String before = Files.readString(rules);
        Files.writeString(rules, "host all guest 127.0.0.1/32 reject\n" + before);
        try {
            sql("SELECT pg_reload_conf()");
            await().until(() -> {
                service.queried(
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots" + " UNION ALL SELECT true");
                return !service.isLeading() && health(true).contains("pg_hba.conf");
            });
            // What the pool has goes on working; now and then it wants one more, and the server counts as away.
            await().until(service::isAlone);
            change();
            assertThat(service.isLeading()).isFalse();
        } finally {
            Files.writeString(rules, before);
            sql("SELECT pg_reload_conf()");
        }
        leads();
    }

    @Test
    void aPublicationThatIsGoneAndComesBack() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        start();
        leads();
        service.sql("ALTER PUBLICATION tenantlist_live RENAME TO gone");
        isRefused("the publication tenantlist_live does not publish the journal");
        service.sql("ALTER PUBLICATION gone RENAME TO tenantlist_live");
        leads();
    }

    @Test
    void aHostThatRefusesFunctionsOfTheWal() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        start();
        leads();
        service.sql(ofHeartbeats("REVOKE", "FROM"));
        isRefused("EXECUTE on pg_logical_emit_message");
        service.sql(ofHeartbeats("GRANT", "TO"));
        leads();
    }

    private static String ofHeartbeats(String verb, String preposition) {
        return """
                DO $$
                DECLARE
                  it regprocedure;
                BEGIN
                  FOR it IN SELECT oid FROM pg_proc WHERE proname = 'pg_logical_emit_message' LOOP
                    EXECUTE format('%s EXECUTE ON FUNCTION %%s %s PUBLIC', it);
                  END LOOP;
                END $$""".formatted(verb, preposition);
    }

    @Test
    void aTransactionThatIsOpenInAnotherDatabaseHoldsUpTheSlotAndNotTheDashboards() throws Exception {
        sql("ALTER ROLE guest REPLICATION");
        try (Connection open = database.connect("other");
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("SELECT pg_current_xact_id()");
            start();
            await().until(() -> service.isAlone());
            assertThat(health(false))
                    .startsWith("a node makes the slot")
                    .contains("in database other")
                    .endsWith("living on the fast sweep");
            change();
            assertThat(service.isAlone()).isTrue();

            dashboard.close();
            service.close();
            awaitRoom();
            start(LiveService.on(database, Parts.redis().url()).with("feed.aloneAfter", "10m"));
            views = 0;
            assertThat(service.isAlone()).as("only after that time").isFalse();
            open.commit();
        }
        leads();
    }

    // ---- the WAL that the slot keeps

    private LiveService keepingLittle() {
        return LiveService.on(database, Parts.redis().url()).with("feed.maxRetained", "8MiB");
    }

    /** 16 MB, in pieces each of which is read before the next: it is not for a reader that is behind that they are kept. */
    private void writeMuchWal() throws SQLException {
        for (int i = 0; i < 16; i++) {
            sql("SELECT pg_logical_emit_message(false, 'much', repeat('x', 1000000))");
            String written = service.queried("SELECT pg_current_wal_insert_lsn()");
            await().until(() -> service.queried("SELECT coalesce(bool_and(confirmed_flush_lsn >= '" + written
                            + "'), true) FROM pg_replication_slots")
                    .equals("t"));
        }
    }

    private long kept() {
        return (long) service.metrics().getGauges().get("feed.retained").getValue();
    }

    private String slots() throws SQLException {
        return service.queried("SELECT count(*) FROM pg_replication_slots");
    }

    @Test
    void aSlotThatMustKeepTooMuchIsGivenUpUntilTheTransactionHasEnded() throws Exception {
        sql("ALTER ROLE guest REPLICATION; DROP TABLE IF EXISTS theirs; CREATE TABLE theirs (a int)");
        start(keepingLittle());
        leads();
        await().untilAsserted(() -> assertThat(kept()).isPositive());
        try (Connection open = database.connect("other");
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO theirs VALUES (1)");
            int pid = open.unwrap(PGConnection.class).getBackendPID();
            writeMuchWal();
            isRefused("FEED_MAX_RETAINED (8 MiB)");
            assertThat(health(true))
                    .contains(": pid " + pid + " (postgres, PostgreSQL JDBC Driver, database other,"
                            + " GRANT pg_read_all_stats TO guest shows since when)."
                            + " End it: SELECT pg_terminate_backend(" + pid + ")");
            assertThat(slots()).isEqualTo("0");
            assertThat(kept()).isZero();
            open.commit();
        }
        leads();
    }

    /** It keeps all since it was begun, and is made only when the transaction has ended. */
    @Test
    void aSlotThatIsBeingMadeIsGivenUpToo() throws Exception {
        sql("ALTER ROLE guest REPLICATION; DROP TABLE IF EXISTS theirs; CREATE TABLE theirs (a int)");
        sql("BEGIN; INSERT INTO theirs VALUES (1); PREPARE TRANSACTION 'theirs'");
        try {
            start(keepingLittle());
            await().until(() -> slots().equals("1"));
            writeMuchWal();
            isRefused("a prepared transaction (database other, prepared 2");
            assertThat(slots()).isEqualTo("0");
        } finally {
            sql("ROLLBACK PREPARED 'theirs'");
        }
        leads();
    }
}
