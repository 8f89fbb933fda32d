package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Uninterruptibles;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Three nodes while Redis is there, is away for a while, and is back; then three that are started without it. Measures how
 * long after its commit an event is at a dashboard.
 */
final class WithoutRedis {
    private static final int NODES = 3;
    private static final int TENANTS = 20;
    private static final int CLIENTS = 60;
    private static final int WRITERS = 2;
    private static final int PER_SECOND = 50;
    private static final long SILENCE_MILLIS = 10_000;

    private WithoutRedis() {}

    private static void run(int seconds, boolean atStart) throws Exception {
        try (Cluster cluster = new Cluster("without-redis", NODES, TENANTS, number -> Map.of())) {
            if (!atStart) {
                cluster.redis().stop();
            }
            cluster.startNodes();
            for (int i = 0; i < CLIENTS; i++) {
                UUID user = cluster.truth().users().get(i % TENANTS);
                cluster.connect(cluster.nodes().get(i % NODES), user, SILENCE_MILLIS);
            }
            cluster.awaitStates();
            cluster.truth().write(WRITERS, PER_SECOND, 1);
            if (atStart) {
                measure(cluster, "with Redis", seconds / 2);
                cluster.redis().stop();
                measure(cluster, "without Redis", seconds);
                cluster.redis().start();
                measure(cluster, "with Redis again", seconds / 2);
            } else {
                measure(cluster, "without Redis from the start", seconds / 2);
                cluster.redis().start();
                measure(cluster, "when Redis comes", seconds / 2);
            }
            cluster.truth().stopWriting();
            cluster.awaitEverything();
            assertThat(cluster.judge()).isEmpty();
            Cluster.say(
                    "every client has every revision, once and in order; changes=%d",
                    cluster.truth().done());
        }
    }

    private static void measure(Cluster cluster, String phase, int seconds) {
        cluster.clients().forEach(OracleClient::takeLatencies);
        Uninterruptibles.sleepUninterruptibly(seconds, TimeUnit.SECONDS); // how long it lasts
        List<Long> millis = cluster.clients().stream()
                .flatMap(client -> client.takeLatencies().stream())
                .toList();
        Cluster.say(
                "%-30s %3d s, %6d events; commit to dashboard %s",
                phase, seconds, millis.size(), Cluster.spread(millis.stream()));
    }

    /** {@code WithoutRedis SECONDS}. */
    public static void main(String[] args) throws Exception {
        int seconds = Integer.parseInt(args[0]);
        run(seconds, true);
        run(seconds, false);
        System.exit(0);
    }
}
