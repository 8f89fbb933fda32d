package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RollupTest {
    private static final String ANNA = "00000000-0000-4000-8000-0000000000a1";
    private static final String BEN = "00000000-0000-4000-8000-0000000000b1";
    private static final String CAFE = "00000000-0000-4000-9000-0000000000c1";
    private static final String DELI = "00000000-0000-4000-9000-0000000000d1";

    private final String name = Parts.newName();
    private Connection connection;

    @BeforeEach
    void twoTenantsWithABusinessEach() throws SQLException {
        Parts.migrated(Parts.database(), name);
        connection = Parts.database().connect(name);
        sql(
                "INSERT INTO businesses (id, user_id, name, status) VALUES ('%s', '%s', 'Café', 'active'), ('%s', '%s', 'Deli', 'active')"
                        .formatted(CAFE, ANNA, DELI, BEN));
        sql(
                "INSERT INTO business_metrics (business_id, metric_date, views_count, messages_count, property_invites_count)"
                        + " SELECT b.id, current_date - d, 10, 2, 4 FROM businesses b, generate_series(0, 2) AS d");
    }

    @AfterEach
    void rollupIsRecomputationAndTheJournalFoldsToIt() throws SQLException {
        connection.setAutoCommit(true);
        Rollup.check(connection);
        connection.close();
    }

    private void sql(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> eventsOf(String user, long after) throws SQLException {
        return Rollup.rows(
                        connection,
                        "SELECT type FROM live.dashboard_event WHERE user_id = '%s' AND revision > %d ORDER BY revision"
                                .formatted(user, after))
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    private long revision(String user) throws SQLException {
        return Long.parseLong(
                Rollup.rows(connection, "SELECT revision FROM live.tenant_kpis WHERE user_id = '" + user + "'")
                        .get(0)
                        .get(0));
    }

    @Test
    void aBulkStatementIsOneEventABusiness() throws SQLException {
        long before = revision(ANNA);
        sql("UPDATE business_metrics SET views_count = views_count + 1");
        assertThat(eventsOf(ANNA, before)).containsExactly("metrics:updated");
        assertThat(Rollup.rows(
                        connection, "SELECT landlord_views FROM live.tenant_kpis WHERE user_id = '" + ANNA + "'"))
                .containsExactly(List.of("33"));
    }

    @Test
    void whatShowsNothingWritesNoEvent() throws SQLException {
        long anna = revision(ANNA);
        sql("UPDATE businesses SET updated_at = now(), logo_url = 'x', stealth_mode_enabled = true");
        sql("UPDATE businesses SET name = name, status = status");
        sql("UPDATE business_metrics SET updated_at = now(), views_count = views_count");
        sql("UPDATE business_metrics SET views_count = views_count + CASE metric_date WHEN current_date THEN 1"
                + " WHEN current_date - 1 THEN -1 ELSE 0 END");
        sql("INSERT INTO business_metrics (business_id, metric_date) VALUES ('%s', current_date + 1)".formatted(CAFE));
        sql("DELETE FROM business_metrics WHERE metric_date = current_date + 1");
        sql("UPDATE businesses SET name = 'x' WHERE false");
        assertThat(revision(ANNA)).isEqualTo(anna);
    }

    @Test
    void aNewOwnerGetsTheBusinessAndTheOldOneLosesIt() throws SQLException {
        long anna = revision(ANNA);
        long ben = revision(BEN);
        sql("UPDATE businesses SET user_id = '%s' WHERE id = '%s'".formatted(BEN, CAFE));
        assertThat(eventsOf(ANNA, anna)).containsExactly("business:deleted");
        assertThat(eventsOf(BEN, ben)).containsExactly("business:created", "metrics:updated");
    }

    @Test
    void countsThatCommitDuringAChangeOfOwnerWaitForNobodyAndAreTheNewOwners() throws Exception {
        String carol = "00000000-0000-4000-8000-0000000000f1";
        connection.setAutoCommit(false);
        sql("UPDATE businesses SET user_id = '%s' WHERE id = '%s'".formatted(carol, CAFE));
        try (Connection other = Parts.database().connect(name);
                Statement statement = other.createStatement()) {
            statement.execute("SET lock_timeout = '2s'");
            statement.execute("UPDATE business_metrics SET views_count = 100 WHERE business_id = '" + CAFE + "'");
            assertThat(Rollup.rows(other, "SELECT landlord_views FROM live.tenant_kpis WHERE user_id = '" + ANNA + "'"))
                    .containsExactly(List.of("300"));
        }
        connection.commit();
        assertThat(Rollup.rows(
                        connection, "SELECT landlord_views FROM live.tenant_kpis WHERE user_id = '" + carol + "'"))
                .containsExactly(List.of("300"));
    }

    @Test
    void twoOwnersCanSwapInOneStatement() throws SQLException {
        sql("UPDATE businesses SET user_id = CASE user_id WHEN '%1$s' THEN '%2$s'::uuid ELSE '%1$s'::uuid END"
                .formatted(ANNA, BEN));
        assertThat(revision(ANNA)).isEqualTo(revision(BEN));
    }

    @Test
    void metricsCanMoveToAnotherBusiness() throws SQLException {
        sql("UPDATE business_metrics SET business_id = '%s' WHERE business_id = '%s' AND metric_date = current_date"
                .formatted(DELI, CAFE));
    }

    @Test
    void aCascadeIsOneEventWithoutMetrics() throws SQLException {
        long before = revision(ANNA);
        sql("DELETE FROM businesses WHERE id = '%s'".formatted(CAFE));
        assertThat(eventsOf(ANNA, before)).containsExactly("business:deleted");
    }

    @Test
    void truncateIsFollowed() throws SQLException {
        long before = revision(ANNA);
        sql("TRUNCATE business_metrics");
        assertThat(eventsOf(ANNA, before)).containsExactly("metrics:updated");
        sql("TRUNCATE business_metrics, businesses");
        assertThat(eventsOf(ANNA, before)).containsExactly("metrics:updated", "business:deleted");
    }

    @Test
    void truncateOfBothTablesAtOnceDeletesBusinesses() throws SQLException {
        long before = revision(ANNA);
        sql("TRUNCATE business_metrics, businesses");
        assertThat(eventsOf(ANNA, before)).containsExactly("business:deleted");
    }

    @Test
    void anUpsertIsAnInsertAndAnUpdate() throws SQLException {
        sql(
                "INSERT INTO businesses (id, user_id, name) VALUES ('%s', '%s', 'Café Two'), (gen_random_uuid(), '%s', 'New')"
                                .formatted(CAFE, ANNA, ANNA)
                        + " ON CONFLICT (id) DO UPDATE SET name = excluded.name");
    }

    @Test
    void rolledBackSavepointsLeaveNothing() throws SQLException {
        connection.setAutoCommit(false);
        sql("UPDATE business_metrics SET views_count = 100");
        Savepoint savepoint = connection.setSavepoint();
        sql("DELETE FROM businesses");
        connection.rollback(savepoint);
        sql("UPDATE businesses SET status = 'stealth_mode' WHERE id = '%s'".formatted(CAFE));
        connection.commit();
        long anna = revision(ANNA);
        sql("TRUNCATE businesses CASCADE");
        connection.rollback();
        assertThat(revision(ANNA)).isEqualTo(anna);
    }

    @Test
    void anyRoleThatMayWriteTheTablesMayWrite() throws SQLException {
        sql("CREATE ROLE writer_of_" + name);
        sql("GRANT SELECT, INSERT, UPDATE, DELETE ON businesses, business_metrics TO writer_of_" + name);
        sql("SET ROLE writer_of_" + name);
        sql("UPDATE business_metrics SET views_count = views_count + 5");
        assertThatThrownBy(() -> sql("SELECT live.rebuild(NULL)")).hasMessageContaining("permission denied");
        sql("RESET ROLE");
    }

    @Test
    void bulkStatementsInOppositeOrderDoNotDeadlock() throws Exception {
        sql(
                "INSERT INTO businesses (user_id, name) SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n % 20), 12, '0'))::uuid, 'b'"
                        + " FROM generate_series(1, 200) AS n");
        sql("INSERT INTO business_metrics (business_id, metric_date) SELECT id, d::date FROM businesses,"
                + " generate_series(current_date, current_date + 1, interval '1 day') AS d WHERE name = 'b'");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            CountDownLatch start = new CountDownLatch(1);
            // The two never touch the same row, but the same tenants and businesses, from opposite ends.
            Future<?> up = threads.submit(() -> repeat(start, "ASC", "current_date"));
            Future<?> down = threads.submit(() -> repeat(start, "DESC", "current_date + 1"));
            start.countDown();
            up.get();
            down.get();
        } finally {
            threads.shutdownNow();
        }
    }

    private Void repeat(CountDownLatch start, String order, String day) throws SQLException, InterruptedException {
        try (Connection own = Parts.database().connect(name);
                Statement statement = own.createStatement()) {
            start.await();
            for (int i = 0; i < 30; i++) {
                statement.execute(
                        "WITH picked AS (SELECT m.id FROM business_metrics m JOIN businesses b ON b.id = business_id"
                                + " WHERE name = 'b' AND metric_date = " + day + " ORDER BY user_id " + order
                                + ", b.id " + order
                                + ") UPDATE business_metrics m SET views_count = views_count + 1 FROM picked WHERE picked.id = m.id");
            }
        }
        return null;
    }

    @Test
    void rebuildMendsWhatBypassedTheTriggersAndSaysWhat() throws SQLException {
        long anna = revision(ANNA);
        sql("SET session_replication_role = replica");
        sql("UPDATE businesses SET name = 'Café Deluxe' WHERE id = '%s'".formatted(CAFE));
        sql("UPDATE business_metrics SET views_count = views_count + 7 WHERE business_id = '%s'".formatted(CAFE));
        sql("DELETE FROM business_metrics WHERE business_id = '%s'".formatted(DELI));
        sql("DELETE FROM businesses WHERE id = '%s'".formatted(DELI));
        sql("INSERT INTO businesses (user_id, name, status) VALUES ('%s', 'Unseen', 'active')".formatted(ANNA));
        sql("SET session_replication_role = origin");
        sql("UPDATE live.tenant_kpis SET messages_total = messages_total + 1 WHERE user_id = '%s'".formatted(ANNA));
        assertThat(Rollup.rebuild(connection)).containsExactly("3", "2");
        assertThat(Rollup.rows(connection, "SELECT live.rebuild_kpis('%s')".formatted(ANNA)))
                .containsExactly(List.of("t"));
        assertThat(eventsOf(ANNA, anna))
                .containsExactlyInAnyOrder("business:updated", "business:created", "metrics:updated", "kpi:update");
        assertThat(Rollup.rebuild(connection)).containsExactly("0", "0");
    }

    /** Where Postgres has no room, the platform's own writes end too; ours does not go on without us, which would be untrue for ever. */
    @Test
    void aFullDiskFailsTheWriteRatherThanTheSums() throws SQLException {
        for (String table : List.of("pending", "pending_change", "business_totals", "dashboard_event")) {
            for (String code : List.of("disk_full", "io_error")) {
                sql(("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''%s''; END';"
                                + "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON live.%s FOR EACH ROW EXECUTE FUNCTION full_disk()")
                        .formatted(code, table));
                assertThatThrownBy(() -> sql("UPDATE business_metrics SET views_count = views_count + 1"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState())
                                        .isEqualTo(code.equals("disk_full") ? "53100" : "58030"));
                sql("DROP FUNCTION full_disk CASCADE");
            }
        }
    }
}
