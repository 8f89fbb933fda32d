package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One tenant changes very much in one transaction, which is far more than a node's memory holds, while others change a little.
 * The others must not wait until the one has everything.
 */
final class Backlog {
    private static final int NODES = 2;
    private static final int TENANTS = 20;
    private static final int BUSINESSES = 10_000;
    private static final int WRITERS = 2;
    private static final int PER_SECOND = 50;
    private static final long SILENCE_MILLIS = 30_000;
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private Backlog() {}

    /** Everybody must have had everything, once, in order. Returns how many events of others were shown before the one had all. */
    static int run(int size) throws Exception {
        Map<String, String> settings = Map.of("JOURNAL_MAX_EVENTS", String.valueOf(2 * size));
        try (Cluster cluster = new Cluster("backlog", NODES, TENANTS, number -> settings)) {
            cluster.startNodes();
            Truth truth = cluster.truth();
            UUID big = UUID.randomUUID();
            truth.addBusinesses(big, BUSINESSES);
            List<OracleClient> ofBig = cluster.nodes().stream()
                    .map(node -> cluster.connect(node, big, SILENCE_MILLIS))
                    .toList();
            List<OracleClient> others = truth.users().stream()
                    .flatMap(user -> cluster.nodes().stream().map(node -> cluster.connect(node, user, SILENCE_MILLIS)))
                    .toList();
            cluster.awaitStates();
            truth.write(WRITERS, PER_SECOND, 1);
            long began = System.nanoTime();
            long end = ofBig.get(0).revision() + size;
            write(truth, big, size);
            long committed = System.nanoTime();
            others.forEach(OracleClient::takeLatencies);
            await().atMost(LIMIT).until(() -> ofBig.stream().allMatch(client -> client.revision() >= end));
            long shown = System.nanoTime();
            List<Long> millis = others.stream()
                    .flatMap(client -> client.takeLatencies().stream())
                    .toList();
            truth.stopWriting();
            cluster.awaitEverything();
            Cluster.say(
                    "backlog of %d events written in %d ms, shown %d ms later; meanwhile %d events of others,"
                            + " commit to dashboard %s",
                    size,
                    (committed - began) / 1_000_000,
                    (shown - committed) / 1_000_000,
                    millis.size(),
                    Cluster.spread(millis.stream()));
            assertThat(cluster.judge()).isEmpty();
            return millis.size();
        }
    }

    private static void write(Truth truth, UUID user, int size) throws SQLException {
        try (Connection connection = truth.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int written = 0; written < size; written += BUSINESSES) {
                statement.executeUpdate(
                        "UPDATE business_metrics SET messages_count = messages_count + 1 WHERE business_id IN"
                                + " (SELECT id FROM businesses WHERE user_id = '" + user + "' LIMIT " + (size - written)
                                + ")");
            }
            connection.commit();
        }
    }

    /** {@code Backlog EVENTS}. */
    public static void main(String[] args) throws Exception {
        run(Integer.parseInt(args[0]));
        System.exit(0);
    }
}
