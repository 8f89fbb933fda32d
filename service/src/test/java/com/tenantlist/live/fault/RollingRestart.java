package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.Nginx;
import com.tenantlist.live.testing.ServiceProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Three nodes behind nginx are restarted one after another while clients watch and writers write. */
final class RollingRestart {
    private static final int NODES = 3;
    private static final int TENANTS = 50;
    /** One client in so many polls. */
    private static final int POLLING = 10;

    private static final int WRITERS = 4;
    private static final long SILENCE_MILLIS = 10_000;

    private RollingRestart() {}

    /** Restarts all; every client must have had every revision, once, in order. Returns the longest gap, in milliseconds. */
    static long run(int count, int perSecond) throws Exception {
        try (Cluster cluster = new Cluster("rolling", NODES, TENANTS, RollingRestart::settings)) {
            cluster.startNodes();
            try (Nginx nginx = new Nginx(cluster.nodes())) {
                return run(cluster, nginx, count, perSecond);
            }
        }
    }

    private static Map<String, String> settings(int number) {
        return Map.of(
                "SOCKET_ROUTE_KEY", String.valueOf((char) ('a' + number)),
                "SOCKET_TRUSTED_PROXIES", "127.0.0.1",
                "DRAIN_NOTICE", "500ms",
                "DRAIN_RATE", "200");
    }

    private static long run(Cluster cluster, Nginx nginx, int count, int perSecond) throws Exception {
        Truth truth = cluster.truth();
        for (int i = 0; i < count; i++) {
            UUID user = truth.users().get(i % TENANTS);
            cluster.connect(List.of(nginx.uri()), user, i / TENANTS % POLLING == POLLING - 1, SILENCE_MILLIS);
        }
        cluster.awaitStates();
        truth.write(WRITERS, perSecond, 1);
        for (ServiceProcess node : cluster.nodes()) {
            long before = System.nanoTime();
            node.terminate();
            long drained = System.nanoTime();
            node.start();
            await().atMost(Duration.ofMinutes(2)).until(node::isReady);
            Cluster.say(
                    "restarted %s: ended %d ms after SIGTERM, ready %d ms later; %d changes",
                    node.log().getFileName(),
                    (drained - before) / 1_000_000,
                    (System.nanoTime() - drained) / 1_000_000,
                    truth.done());
            long until = truth.done() + perSecond;
            await().atMost(Duration.ofMinutes(1)).until(() -> truth.done() >= until);
        }
        truth.stopWriting();
        cluster.awaitEverything();
        List<OracleClient> clients = cluster.clients();
        Cluster.say(
                "changes=%d clients=%d connects=%d fullStates=%d twice=%d lostOrOutOfOrder=%d gap %s",
                truth.done(),
                clients.size(),
                clients.stream().mapToInt(OracleClient::connects).sum(),
                clients.stream().mapToInt(OracleClient::jumps).sum(),
                clients.stream().mapToInt(OracleClient::duplicates).sum(),
                clients.stream().mapToInt(OracleClient::gaps).sum(),
                Cluster.spread(clients.stream().map(OracleClient::longestGapMillis)));
        assertThat(cluster.judge()).isEmpty();
        return clients.stream().mapToLong(OracleClient::longestGapMillis).max().orElseThrow();
    }

    /** {@code RollingRestart CLIENTS CHANGES-A-SECOND}. */
    public static void main(String[] args) throws Exception {
        run(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        System.exit(0);
    }
}
