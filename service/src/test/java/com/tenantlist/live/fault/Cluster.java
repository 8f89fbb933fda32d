package com.tenantlist.live.fault;

import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;

/** Nodes in processes of their own on one Postgres and one Redis, with dashboards and writers who know what is true. */
final class Cluster implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final EmbeddedDatabase database = EmbeddedDatabase.startTemporary();
    private final EmbeddedRedis redis = EmbeddedRedis.startTemporary();
    private final List<ServiceProcess> nodes = new ArrayList<>();
    private final ExecutorService callbacks = Executors.newFixedThreadPool(2);
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(callbacks)
            .build();
    private final List<OracleClient> clients = new ArrayList<>();
    private final Truth truth;

    /**
     * Makes it; nothing runs but Postgres and Redis.
     *
     * @param name of the nodes' logs
     * @param settings of a node, by its number
     */
    Cluster(String name, int nodeCount, int tenants, Function<Integer, Map<String, String>> settings) throws Exception {
        String databaseName = Parts.newName();
        Parts.migrated(database, databaseName);
        truth = new Truth(database, databaseName, tenants);
        for (int i = 0; i < nodeCount; i++) {
            Map<String, String> all = new HashMap<>(Map.of(
                    "DATABASE_URL",
                    database.url(databaseName),
                    "REDIS_URL",
                    redis.url(),
                    "DATABASE_REST_CONNECTIONS",
                    "4"));
            all.putAll(settings.apply(i));
            nodes.add(new ServiceProcess(name + "-" + i, Path.of("target", "faults"), all));
        }
    }

    EmbeddedRedis redis() {
        return redis;
    }

    List<ServiceProcess> nodes() {
        return nodes;
    }

    Truth truth() {
        return truth;
    }

    List<OracleClient> clients() {
        return clients;
    }

    void startNodes() throws IOException {
        for (ServiceProcess node : nodes) {
            node.start();
        }
        await().atMost(START_LIMIT).until(() -> nodes.stream().allMatch(ServiceProcess::isReady));
    }

    /** A dashboard that goes to one of these entries. */
    OracleClient connect(List<URI> entries, UUID user, boolean polling, long silenceMillis) {
        OracleClient client =
                new OracleClient(http, timer, entries, user, polling, silenceMillis, new Random(clients.size()));
        clients.add(client);
        return client;
    }

    /** A dashboard that speaks WebSocket with that node, without a balancer. */
    OracleClient connect(ServiceProcess node, UUID user, long silenceMillis) {
        return connect(List.of(URI.create("http://127.0.0.1:" + node.socketPort())), user, false, silenceMillis);
    }

    void awaitStates() {
        await().atMost(START_LIMIT).until(() -> clients.stream().allMatch(client -> client.epoch() != null));
    }

    /** Every dashboard has every revision that there is. */
    void awaitEverything() throws SQLException {
        Map<UUID, Long> revisions = truth.revisions();
        await().atMost(START_LIMIT)
                .until(() -> clients.stream()
                        .allMatch(client -> client.revision() >= revisions.getOrDefault(client.user(), 0L)));
    }

    /** What did not hold: anything lost, twice, out of order or untrue. */
    List<String> judge() throws Exception {
        List<String> wrong = truth.judge(clients);
        for (OracleClient client : clients) {
            if (client.duplicates() + client.gaps() + client.jumps() > 0) {
                wrong.add(client + ": twice=" + client.duplicates() + " lostOrOutOfOrder=" + client.gaps()
                        + " fullStates=" + client.jumps());
            }
        }
        return wrong;
    }

    /** Of times in milliseconds, one at least. */
    static String spread(Stream<Long> millis) {
        List<Long> sorted = millis.sorted().toList();
        return String.format(
                Locale.ROOT,
                "p50 %d ms, p99 %d ms, longest %d ms",
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100),
                sorted.get(sorted.size() - 1));
    }

    static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        truth.close();
        clients.forEach(OracleClient::close);
        nodes.forEach(ServiceProcess::close);
        timer.shutdownNow();
        callbacks.shutdownNow();
        redis.close();
        database.close();
    }
}
