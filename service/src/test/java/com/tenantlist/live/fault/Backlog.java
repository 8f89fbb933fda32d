package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.ServiceProcess;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One tenant changes very much in one transaction, which is far more than a node's memory holds, while others change a little.
 * The others must not wait until the one has everything.
 */
final class Backlog {
    private static final int NODES = 2;
    private static final int TENANTS = 20;
    private static final int BUSINESSES = 2_000;
    private static final int WRITERS = 2;
    private static final int PER_SECOND = 50;
    private static final long SILENCE_MILLIS = 30_000;
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private Backlog() {}

    /**
     * What became of the others meanwhile.
     *
     * @param events of the others that were shown while the one had not everything yet
     * @param longestMillis from the commit of such an event to its dashboard
     */
    record Others(int events, long longestMillis) {}

    static Others run(int size) throws Exception {
        Map<String, String> settings = Map.of("JOURNAL_MAX_EVENTS", String.valueOf(2 * size));
        try (Cluster cluster = new Cluster("backlog", NODES, TENANTS, number -> settings)) {
            cluster.startNodes();
            Truth truth = cluster.truth();
            UUID big = UUID.randomUUID();
            truth.addBusinesses(big, BUSINESSES);
            List<OracleClient> ofBig = cluster.nodes().stream()
                    .map(node -> connect(cluster, node, big))
                    .toList();
            List<OracleClient> others = truth.users().stream()
                    .flatMap(user -> cluster.nodes().stream().map(node -> connect(cluster, node, user)))
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
            List<Long> millis = latencies(others.stream());
            truth.stopWriting();
            cluster.awaitEverything();
            Cluster.say(
                    "backlog of %d events written in %d ms, shown %d ms later on %d nodes of %s; meanwhile %d events of others,"
                            + " commit to dashboard p50 %d ms, p99 %d ms, longest %d ms",
                    size,
                    (committed - began) / 1_000_000,
                    (shown - committed) / 1_000_000,
                    NODES,
                    "256 MiB",
                    millis.size(),
                    millis.get(millis.size() / 2),
                    millis.get(millis.size() * 99 / 100),
                    millis.get(millis.size() - 1));
            assertThat(cluster.judge()).isEmpty();
            return new Others(millis.size(), millis.get(millis.size() - 1));
        }
    }

    private static OracleClient connect(Cluster cluster, ServiceProcess node, UUID user) {
        URI uri = URI.create("http://127.0.0.1:" + node.socketPort());
        return cluster.connect(List.of(uri), user, false, SILENCE_MILLIS);
    }

    private static List<Long> latencies(Stream<OracleClient> clients) {
        return clients.flatMap(client -> client.takeLatencies().stream())
                .sorted()
                .toList();
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
