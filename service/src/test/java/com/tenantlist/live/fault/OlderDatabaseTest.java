package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Rest;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database becomes one that lacks the last commits: no dashboard keeps a number that is not in it. */
class OlderDatabaseTest {
    private final UUID user = UUID.randomUUID();
    private final int port = EmbeddedDatabase.freePort();
    private final List<CheckedDashboard> dashboards = new ArrayList<>();
    private final List<AutoCloseable> parts = new ArrayList<>();
    private EmbeddedDatabase database;
    private EmbeddedRedis redis;
    private CutLine line;
    private LiveService service;
    private String name;
    private UUID business;

    @BeforeEach
    void start() throws Exception {
        database = EmbeddedDatabase.startTemporary();
        redis = EmbeddedRedis.startTemporary();
        line = new CutLine(port, database.port());
        service = patient(LiveService.on(database, redis.url())).through(port).start();
        name = service.databaseUrl().replaceAll(".*/", "");
        business = service.createBusiness(user, "Everywhere");
        dashboards.add(new CheckedDashboard(service.sockets(), user, "websocket"));
        dashboards.add(new CheckedDashboard(service.sockets(), user, "polling"));
        for (CheckedDashboard dashboard : dashboards) {
            dashboard.awaitState();
        }
    }

    /** However long a take-over lasts, nobody is told to ask again: full states are counted. */
    private static LiveService patient(LiveService service) {
        return service.with("delivery.staleAfter", "10m");
    }

    @AfterEach
    void stop() throws Exception {
        dashboards.forEach(CheckedDashboard::close);
        service.close();
        line.close();
        for (AutoCloseable part : parts) {
            part.close();
        }
        redis.close();
        database.close();
    }

    private static long asked(EmbeddedDatabase of, String database, String sql) throws SQLException {
        try (Connection connection = of.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    private long revision(EmbeddedDatabase of) throws SQLException {
        return asked(of, name, "SELECT revision FROM live.tenant_kpis WHERE user_id = '" + user + "'");
    }

    private long views(EmbeddedDatabase of) throws SQLException {
        return asked(of, name, "SELECT sum(views_count) FROM business_metrics WHERE id = '" + business + "'");
    }

    private void everyoneShowsWhatIsIn(EmbeddedDatabase of, int fullStates) throws Exception {
        for (CheckedDashboard dashboard : dashboards) {
            await().atMost(Duration.ofSeconds(60)).until(() -> dashboard.fullStates() >= fullStates);
            dashboard.await(revision(of), views(of));
            assertThat(dashboard.faults()).isEmpty();
        }
        assertThat(new Rest(service.api(), user)
                        .get("/api/dashboard/tenant/kpis")
                        .data()
                        .path("landlordViews")
                        .asLong())
                .isEqualTo(views(of));
    }

    /** What the service asks goes to that one from now on. */
    private void takeOver(EmbeddedDatabase next) throws IOException, SQLException {
        database.stop();
        line.close();
        line = new CutLine(port, next.port());
    }

    private void addViews(EmbeddedDatabase to, int times) throws SQLException {
        try (Connection connection = to.connect(name);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < times; i++) {
                statement.execute(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = '" + business + "'");
            }
        }
    }

    @Test
    void aReplicaThatLacksTheLastCommitsIsPromoted() throws Exception {
        EmbeddedDatabase replica = database.copy();
        CutLine replication = new CutLine(EmbeddedDatabase.freePort(), database.port());
        parts.add(replication);
        replica.startAsReplicaOf(replication.uri().getPort());
        parts.add(replica);
        service.awaitFeed();
        addViews(database, 20);
        everyoneShowsWhatIsIn(database, 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> revision(replica) == revision(database));

        replication.cut();
        addViews(database, 10);
        everyoneShowsWhatIsIn(database, 1);
        replica.promote();
        takeOver(replica);

        assertThat(views(replica)).isEqualTo(20);
        everyoneShowsWhatIsIn(replica, 2);
        service.awaitFeed();
        addViews(replica, 5);
        everyoneShowsWhatIsIn(replica, 2);
        assertThat(dashboards).extracting(CheckedDashboard::fullStates).containsOnly(2);
    }

    @Test
    void thePromotedOneOfTwoHostsIsFound() throws Exception {
        EmbeddedDatabase replica = database.copy();
        replica.startAsReplicaOf(database.port());
        parts.add(replica);
        String both =
                "postgresql://postgres@127.0.0.1:" + database.port() + ",127.0.0.1:" + replica.port() + "/" + name;
        try (LiveService second = patient(LiveService.on(database, redis.url()))
                        .sharing(service)
                        .with("postgres.url", both)
                        .start();
                CheckedDashboard dashboard = new CheckedDashboard(second.sockets(), user, "websocket")) {
            dashboard.awaitState();
            addViews(database, 3);
            dashboard.await(revision(database), views(database));
            await().atMost(Duration.ofSeconds(30)).until(() -> revision(replica) == revision(database));

            database.stop();
            replica.promote();
            addViews(replica, 2);
            dashboard.await(revision(replica), views(replica));
            assertThat(dashboard.faults()).isEmpty();
            assertThat(dashboard.fullStates())
                    .as("a failover begins another history")
                    .isEqualTo(2);
        }
    }

    @Test
    void anOldCopyIsStartedInItsPlaceAndNobodyTellsTheService() throws Exception {
        addViews(database, 20);
        everyoneShowsWhatIsIn(database, 1);
        EmbeddedDatabase copy = database.copy();
        service.awaitFeed();
        addViews(database, 10);
        everyoneShowsWhatIsIn(database, 1);
        copy.start();
        parts.add(copy);
        takeOver(copy);

        assertThat(views(copy)).isEqualTo(20);
        everyoneShowsWhatIsIn(copy, 2);
        service.awaitFeed();
        addViews(copy, 5);
        everyoneShowsWhatIsIn(copy, 2);
        assertThat(dashboards).extracting(CheckedDashboard::fullStates).containsOnly(2);
    }
}
