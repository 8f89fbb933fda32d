package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.Nginx;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.ServiceProcess;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Three nodes behind nginx are restarted one after another while clients watch and writers write. */
final class RollingRestart implements AutoCloseable {
    private static final int NODES = 3;
    private static final int TENANTS = 50;
    private static final long SILENCE_MILLIS = 10_000;

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
    private Nginx nginx;

    RollingRestart() throws Exception {
        String name = Parts.newName();
        Parts.migrated(database, name);
        truth = new Truth(database, name, TENANTS);
        for (int i = 0; i < NODES; i++) {
            String key = String.valueOf((char) ('a' + i));
            nodes.add(new ServiceProcess(
                    "rolling-" + key,
                    Path.of("target", "faults"),
                    Map.of(
                            "DATABASE_URL", database.url(name),
                            "REDIS_URL", redis.url(),
                            "DATABASE_MAX_CONNECTIONS", "8",
                            "SOCKET_ROUTE_KEY", key,
                            "SOCKET_TRUSTED_PROXIES", "127.0.0.1",
                            "DRAIN_NOTICE", "500ms",
                            "DRAIN_RATE", "200")));
        }
    }

    /** Restarts all; every client must have had every revision, once, in order. Returns the longest gap, in milliseconds. */
    long run(int count, int perSecond) throws Exception {
        for (ServiceProcess node : nodes) {
            node.start();
        }
        await().atMost(Duration.ofMinutes(2)).until(() -> nodes.stream().allMatch(ServiceProcess::isReady));
        nginx = new Nginx(nodes);
        for (int i = 0; i < count; i++) {
            UUID user = truth.users().get(i % TENANTS);
            clients.add(new OracleClient(
                    http, timer, List.of(nginx.uri()), user, i / TENANTS % 2 == 1, SILENCE_MILLIS, new Random(i)));
        }
        await().atMost(Duration.ofMinutes(2)).until(() -> clients.stream().allMatch(client -> client.epoch() != null));
        truth.write(4, perSecond, 1);
        for (ServiceProcess node : nodes) {
            long before = System.nanoTime();
            node.terminate();
            long drained = System.nanoTime();
            node.start();
            await().atMost(Duration.ofMinutes(2)).until(node::isReady);
            say(
                    "restarted %s: ended %d ms after SIGTERM, ready %d ms later; %d changes",
                    node.log().getFileName(),
                    (drained - before) / 1_000_000,
                    (System.nanoTime() - drained) / 1_000_000,
                    truth.done());
            long until = truth.done() + perSecond;
            await().atMost(Duration.ofMinutes(1)).until(() -> truth.done() >= until);
        }
        truth.stopWriting();
        Map<UUID, Long> revisions = truth.revisions();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> clients.stream()
                        .allMatch(client -> client.revision() >= revisions.getOrDefault(client.user(), 0L)));
        List<Long> gaps =
                clients.stream().map(OracleClient::longestGapMillis).sorted().toList();
        say(
                "changes=%d clients=%d connects=%d fullStates=%d twice=%d lostOrOutOfOrder=%d gap p50=%d ms, p99=%d ms, longest=%d ms",
                truth.done(),
                clients.size(),
                clients.stream().mapToInt(OracleClient::connects).sum(),
                clients.stream().mapToInt(OracleClient::jumps).sum(),
                clients.stream().mapToInt(OracleClient::duplicates).sum(),
                clients.stream().mapToInt(OracleClient::gaps).sum(),
                gaps.get(gaps.size() / 2),
                gaps.get(gaps.size() * 99 / 100),
                gaps.get(gaps.size() - 1));
        assertThat(truth.judge(clients)).isEmpty();
        assertThat(clients).allSatisfy(client -> {
            assertThat(client.duplicates()).isZero();
            assertThat(client.gaps()).isZero();
            assertThat(client.jumps()).isZero();
        });
        return gaps.get(gaps.size() - 1);
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        truth.close();
        clients.forEach(OracleClient::close);
        if (nginx != null) {
            nginx.close();
        }
        nodes.forEach(ServiceProcess::close);
        timer.shutdownNow();
        callbacks.shutdownNow();
        redis.close();
        database.close();
    }

    /** {@code RollingRestart CLIENTS CHANGES-A-SECOND}. */
    public static void main(String[] args) throws Exception {
        try (RollingRestart restart = new RollingRestart()) {
            restart.run(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        }
        System.exit(0);
    }
}
