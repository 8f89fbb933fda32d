package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One transaction changes very much, which is far more than a node's memory holds, while others change a little. Those whose
 * dashboards it does not touch must not wait until the others have everything.
 */
final class Backlog {
    private static final int NODES = 2;
    private static final int TENANTS = 20;

    /** Of each tenant that the transaction changes: as many events as one transaction writes for a tenant. */
    private static final int BUSINESSES = 10_000;

    private static final int WRITERS = 2;
    private static final int PER_SECOND = 50;
    private static final long SILENCE_MILLIS = 30_000;
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private Backlog() {}

    /**
     * Everybody must have had everything, once, in order. Returns how many events of others were shown before those that the
     * transaction changes had all.
     *
     * @param size a multiple of 10,000
     */
    static int run(int size) throws Exception {
        Map<String, String> settings = Map.of("JOURNAL_MAX_EVENTS", String.valueOf(2 * BUSINESSES));
        try (Cluster cluster = new Cluster("backlog", NODES, TENANTS, number -> settings)) {
            cluster.startNodes();
            Truth truth = cluster.truth();
            List<UUID> big =
                    Stream.generate(UUID::randomUUID).limit(size / BUSINESSES).toList();
            for (UUID user : big) {
                truth.addBusinesses(user, BUSINESSES);
            }
            List<OracleClient> ofBig = big.stream()
                    .flatMap(user -> cluster.nodes().stream().map(node -> cluster.connect(node, user, SILENCE_MILLIS)))
                    .toList();
            List<OracleClient> others = truth.users().stream()
                    .flatMap(user -> cluster.nodes().stream().map(node -> cluster.connect(node, user, SILENCE_MILLIS)))
                    .toList();
            cluster.awaitStates();
            truth.write(WRITERS, PER_SECOND, 1);
            long began = System.nanoTime();
            Map<OracleClient, Long> ends = new HashMap<>();
            ofBig.forEach(client -> ends.put(client, client.revision() + BUSINESSES));
            write(truth, big);
            long committed = System.nanoTime();
            others.forEach(OracleClient::takeLatencies);
            await().atMost(LIMIT)
                    .until(() -> ends.entrySet().stream()
                            .allMatch(end -> end.getKey().revision() >= end.getValue()));
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

    private static void write(Truth truth, List<UUID> users) throws SQLException {
        try (Connection connection = truth.connect();
                PreparedStatement change =
                        connection.prepareStatement("UPDATE business_metrics SET messages_count = messages_count + 1"
                                + " WHERE business_id IN (SELECT id FROM businesses WHERE user_id = ANY (?))")) {
            change.setArray(1, connection.createArrayOf("uuid", users.toArray()));
            change.executeUpdate();
        }
    }

    /** {@code Backlog EVENTS}. */
    public static void main(String[] args) throws Exception {
        run(Integer.parseInt(args[0]));
        System.exit(0);
    }
}
