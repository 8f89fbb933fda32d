package com.tenantlist.live.fault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.Uninterruptibles;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.testing.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The writers, and the judge. Each write is a transaction that also writes its own id into {@code fault_write}; its writer notes
 * whether its commit was done, has failed, or is unknown, and the table tells of the unknown afterwards (as Jepsen does). What
 * clients saw is compared with the journal and with sums made anew from the base tables.
 */
final class Truth implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BUSINESSES = 3;

    private final EmbeddedDatabase server;
    private final String database;
    private final List<UUID> users = new ArrayList<>();
    private final Map<UUID, List<UUID>> businesses = new HashMap<>();
    private final List<Thread> writers = new ArrayList<>();
    private final AtomicLong done = new AtomicLong();
    private final Set<UUID> committed = ConcurrentHashMap.newKeySet();
    private final Set<UUID> failed = ConcurrentHashMap.newKeySet();
    private final Set<UUID> unknown = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    Truth(EmbeddedDatabase server, String database, int tenants) throws SQLException {
        this.server = server;
        this.database = database;
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE fault_write (id uuid PRIMARY KEY, business_id uuid NOT NULL, views int NOT NULL)");
            statement.execute("CREATE TABLE fault_kept (LIKE live.dashboard_event)");
        }
        for (int i = 0; i < tenants; i++) {
            UUID user = UUID.randomUUID();
            users.add(user);
            businesses.put(user, addBusinesses(user, BUSINESSES));
        }
    }

    /** Businesses of a tenant, with metrics of today of the same ids. */
    List<UUID> addBusinesses(UUID user, int count) throws SQLException {
        List<UUID> added = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < count; i++) {
                UUID id = UUID.randomUUID();
                added.add(id);
                statement.execute("INSERT INTO businesses (id, user_id, name, status) VALUES ('" + id + "', '" + user
                        + "', 'b" + i + "', 'active');"
                        + "INSERT INTO business_metrics (id, business_id, metric_date) VALUES ('" + id + "', '" + id
                        + "', current_date)");
            }
            connection.commit();
        }
        return added;
    }

    Connection connect() throws SQLException {
        return server.connect(database);
    }

    String database() {
        return database;
    }

    List<UUID> users() {
        return users;
    }

    long done() {
        return done.get();
    }

    // ---- writing

    void write(int threads, int perSecond, long seed) {
        for (int i = 0; i < threads; i++) {
            Random random = new Random(seed + i);
            Thread writer =
                    new Thread(() -> writeUntilStopped(random, threads * 1_000_000L / perSecond), "writer-" + i);
            writers.add(writer);
            writer.start();
        }
    }

    private void writeUntilStopped(Random random, long pauseMicros) {
        while (!stopped) {
            try (Connection connection = connect()) {
                connection.setAutoCommit(false);
                while (!stopped) {
                    writeOnce(connection, random);
                    Uninterruptibles.sleepUninterruptibly(
                            (long) (pauseMicros * 2 * random.nextDouble()), TimeUnit.MICROSECONDS);
                }
            } catch (SQLException e) {
                // The fault: what became of the write was noted. On with another connection, when there is one.
                Uninterruptibles.sleepUninterruptibly(20, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void writeOnce(Connection connection, Random random) throws SQLException {
        UUID user = users.get(random.nextInt(users.size()));
        List<UUID> of = businesses.getOrDefault(user, List.of());
        UUID business = of.get(random.nextInt(of.size()));
        UUID id = UUID.randomUUID();
        int kind = random.nextInt(20);
        int views = kind < 16 ? 1 : 0;
        boolean committing = false;
        try (PreparedStatement note = connection.prepareStatement(
                        "INSERT INTO fault_write (id, business_id, views) VALUES (?, ?, ?)");
                Statement statement = connection.createStatement()) {
            note.setObject(1, id);
            note.setObject(2, business);
            note.setInt(3, views);
            note.executeUpdate();
            statement.execute(
                    switch (kind) {
                        case 16 ->
                            "UPDATE businesses SET name = 'n" + random.nextInt(1000) + "' WHERE id = '" + business
                                    + "'";
                        case 17 ->
                            "UPDATE business_metrics SET messages_count = messages_count + 1, property_invites_count ="
                                    + " property_invites_count + 2 WHERE business_id IN (SELECT id FROM businesses WHERE user_id = '"
                                    + user + "')";
                        case 18 ->
                            "INSERT INTO businesses (id, user_id, name, status) VALUES ('" + id + "', '" + user
                                    + "', 'passing', 'active')";
                        case 19 -> "DELETE FROM businesses WHERE user_id = '" + user + "' AND name = 'passing'";
                        default ->
                            "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = '" + business + "'";
                    });
            committing = true;
            connection.commit();
            committed.add(id);
            done.incrementAndGet();
        } catch (SQLException e) {
            (committing ? unknown : failed).add(id);
            throw e;
        }
    }

    void stopWriting() {
        stopped = true;
        writers.forEach(Uninterruptibles::joinUninterruptibly);
    }

    @Override
    public void close() {
        stopWriting();
    }

    // ---- what is true now

    Map<UUID, Long> revisions() throws SQLException {
        Map<UUID, Long> revisions = new HashMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT user_id, revision FROM live.tenant_kpis")) {
            while (row.next()) {
                revisions.put(row.getObject(1, UUID.class), row.getLong(2));
            }
        }
        return revisions;
    }

    /** Prunes what the journal holds, and keeps it for the judgement. */
    void pruneJournal() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "WITH gone AS (DELETE FROM live.dashboard_event RETURNING *) INSERT INTO fault_kept SELECT * FROM gone");
        }
    }

    /** A tenant's next event is one that nobody can read. */
    void poison(Random random) throws SQLException {
        UUID user = users.get(random.nextInt(users.size()));
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "WITH bumped AS (UPDATE live.tenant_kpis SET revision = revision + 1 WHERE user_id = '" + user
                            + "' RETURNING *) INSERT INTO live.dashboard_event (user_id, revision, type, created_at, sums)"
                            + " SELECT user_id, revision, 'business:deleted', 'infinity',"
                            + " ARRAY[active_businesses, landlord_views, messages_total, invites_total] FROM bumped");
        }
    }

    // ---- judging

    /** An event, as far as clients and journal must agree on it. */
    static String event(String type, JsonNode payload) {
        JsonNode business = payload.path("business");
        JsonNode metrics = payload.path("metrics");
        return switch (type) {
            case "metrics:updated" ->
                payload.path("businessId").asText() + " views="
                        + metrics.path("views_count").asLong() + " messages="
                        + metrics.path("messages_count").asLong();
            case "business:deleted" -> payload.path("businessId").asText();
            default ->
                business.path("id").asText() + " " + business.path("name").asText() + " "
                        + business.path("status").asText();
        };
    }

    /** The same, of a row of the journal. */
    private static String event(ResultSet row) throws SQLException {
        return switch (row.getString("type")) {
            case "metrics:updated" -> {
                Long[] counts = (Long[]) row.getArray("counts").getArray();
                yield row.getString("business_id") + " views=" + counts[0] + " messages=" + counts[4];
            }
            case "business:deleted" -> String.valueOf(row.getString("business_id"));
            default -> row.getString("business_id") + " " + row.getString("name") + " " + row.getString("status");
        };
    }

    static String kpis(JsonNode kpis) {
        return kpis.path("activeBusinesses").asLong() + " "
                + kpis.path("responseRate").asDouble() + " "
                + kpis.path("landlordViews").asLong() + " "
                + kpis.path("messagesTotal").asLong();
    }

    private record Fact(String type, String event, String kpis) {}

    /**
     * What did not hold. Lost, repeated and disordered events are counted by the clients; here those that were shown and are not
     * true (phantoms), KPIs that never were, and a database that contradicts its writers.
     */
    List<String> judge(List<OracleClient> clients) throws SQLException, JsonProcessingException {
        List<String> wrong = new ArrayList<>();
        Map<UUID, Map<Long, Fact>> facts = facts();
        for (OracleClient client : clients) {
            Map<Long, Fact> true_ = facts.getOrDefault(client.user(), Map.of());
            for (OracleClient.Seen seen : client.seen()) {
                Fact fact = true_.get(seen.revision());
                boolean holds = fact != null
                        && (seen.what().equals("kpis") || seen.what().equals("state")
                                ? fact.kpis().equals(seen.shown())
                                : fact.type().equals(seen.what())
                                        && fact.event().equals(seen.shown()));
                if (!holds) {
                    wrong.add("phantom: " + seen + " shown to " + client + ", true is " + fact);
                }
            }
            client.faults().forEach(fault -> wrong.add(client + ": " + fault));
        }
        judgeWrites(wrong);
        return wrong;
    }

    private Map<UUID, Map<Long, Fact>> facts() throws SQLException {
        Map<UUID, Map<Long, Fact>> facts = new HashMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT * FROM live.dashboard_event UNION ALL SELECT * FROM fault_kept")) {
            while (row.next()) {
                Long[] after = (Long[]) row.getArray("sums").getArray();
                KpiSums sums = new KpiSums(after[0], after[1], after[2], after[3]);
                facts.computeIfAbsent(row.getObject(1, UUID.class), user -> new HashMap<>())
                        .put(
                                row.getLong(2),
                                new Fact(row.getString(3), event(row), kpis(JSON.valueToTree(sums.values()))));
            }
        }
        return facts;
    }

    private void judgeWrites(List<String> wrong) throws SQLException {
        Set<UUID> written = new HashSet<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT id FROM fault_write")) {
                while (row.next()) {
                    written.add(row.getObject(1, UUID.class));
                }
            }
            committed.stream().filter(id -> !written.contains(id)).forEach(id -> wrong.add("a commit is lost: " + id));
            failed.stream().filter(written::contains).forEach(id -> wrong.add("a failed write is there: " + id));
            written.stream()
                    .filter(id -> !committed.contains(id) && !unknown.contains(id))
                    .forEach(id -> wrong.add("a write of nobody: " + id));
            try (ResultSet row =
                    statement.executeQuery("SELECT count(*) FROM live.tenant_kpis k FULL JOIN (SELECT b.user_id,"
                            + " sum(m.views_count) AS views, sum(m.messages_count) AS messages FROM businesses b JOIN"
                            + " business_metrics m ON m.business_id = b.id GROUP BY b.user_id) s USING (user_id) WHERE"
                            + " k.landlord_views <> s.views OR k.messages_total <> s.messages OR k.user_id IS NULL")) {
                row.next();
                if (row.getLong(1) > 0) {
                    wrong.add("KPIs differ from their recomputation, of " + row.getLong(1) + " tenants");
                }
            }
            try (ResultSet row =
                    statement.executeQuery("SELECT count(*) FROM (SELECT business_id, sum(views) AS views FROM"
                            + " fault_write GROUP BY business_id) w JOIN business_metrics m ON m.id = w.business_id WHERE"
                            + " m.views_count <> w.views")) {
                row.next();
                if (row.getLong(1) > 0) {
                    wrong.add("views differ from the writes of " + row.getLong(1) + " businesses");
                }
            }
        }
    }
}
