package com.tenantlist.live.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.redis.Redis;
import com.tenantlist.live.redis.RedisConfiguration;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.config.Config;

class BusTest {
    private static final String SECRET = "a secret of 32 bytes, or of more";

    private final String channel = "bus " + UUID.randomUUID();
    private final List<Node> nodes = new ArrayList<>();

    /** A node's end, with what it hears. */
    private final class Node implements BusListener {
        private final Environment environment = new Environment("test");
        private final Redis redis;
        private final Bus bus;
        private final Map<UUID, List<Integer>> heard = new ConcurrentHashMap<>();
        private final Map<UUID, Integer> gaps = new ConcurrentHashMap<>();

        Node(String redisUrl) throws Exception {
            this(redisUrl, new BusConfiguration());
        }

        Node(String redisUrl, BusConfiguration config) throws Exception {
            RedisConfiguration redisConfig = new RedisConfiguration();
            redisConfig.url = redisUrl;
            redis = Redis.open(redisConfig, environment);
            config.channel = channel;
            config.pingInterval = Duration.milliseconds(100);
            config.pingTimeout = Duration.milliseconds(1000);
            bus = Bus.open(config, redis, SECRET, environment);
            bus.listen(MessageKind.EVENTS, this);
            bus.start();
            nodes.add(this);
        }

        @Override
        public void received(UUID node, byte[] body) {
            heard.computeIfAbsent(node, id -> Collections.synchronizedList(new ArrayList<>()))
                    .add(ByteBuffer.wrap(body).getInt());
        }

        @Override
        public void missed(UUID node) {
            gaps.merge(node, 1, Integer::sum);
        }

        void say(int number) {
            bus.publish(
                    MessageKind.EVENTS,
                    ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
        }

        List<Integer> heardOf(Node other) {
            return List.copyOf(heard.getOrDefault(other.bus.node(), List.of()));
        }

        void awaitConnected() {
            await().until(bus::isConnected);
        }

        void awaitHeard(Node other, int last) {
            await().until(() -> !heardOf(other).isEmpty()
                    && heardOf(other).get(heardOf(other).size() - 1) == last);
        }

        RedissonClient client() throws ReflectiveOperationException {
            var field = Bus.class.getDeclaredField("client");
            field.setAccessible(true);
            return (RedissonClient) field.get(bus);
        }

        long count(String meter) {
            MetricRegistry metrics = environment.metrics();
            return metrics.getMeters().get(meter).getCount();
        }

        boolean isHealthy() {
            return environment.healthChecks().runHealthCheck("bus").isHealthy();
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Node node : nodes) {
            node.bus.stop();
            node.redis.stop();
        }
    }

    @Test
    void everyNodeHearsAllTheOthersInOrderOnceAndNotItself() throws Exception {
        String url = Parts.redis().url();
        for (int i = 0; i < 3; i++) {
            new Node(url).awaitConnected();
        }
        for (int number = 0; number < 5_000; number++) {
            for (Node node : nodes) {
                node.say(number);
            }
        }
        List<Integer> all = IntStream.range(0, 5_000).boxed().toList();
        for (Node listener : nodes) {
            for (Node speaker : nodes) {
                if (speaker != listener) {
                    listener.awaitHeard(speaker, 4_999);
                    assertThat(listener.heardOf(speaker)).isEqualTo(all);
                } else {
                    assertThat(listener.heardOf(speaker)).isEmpty();
                }
            }
            assertThat(listener.gaps).isEmpty();
            assertThat(listener.isHealthy()).isTrue();
        }
    }

    @Test
    void whatCouldNotBeSaidIsAGapForThoseWhoHearWhatComesNext() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            Node speaker = new Node(redis.url());
            Node listener = new Node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            speaker.say(1);
            listener.awaitHeard(speaker, 1);
            redis.stop();
            await().until(() -> {
                speaker.say(2);
                return speaker.count("bus.unpublished") > 0;
            });
            await().until(() -> !listener.isHealthy());
            redis.start();
            await().atMost(java.time.Duration.ofSeconds(30))
                    .until(() -> speaker.bus.isConnected() && listener.bus.isConnected());
            speaker.say(3);
            listener.awaitHeard(speaker, 3);
            assertThat(listener.gaps).containsKey(speaker.bus.node());
            assertThat(listener.isHealthy()).isTrue();
        }
    }

    @Test
    void aQueueThatIsFullIsDroppedAndTheOthersKnow() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary();
                CutLine line = new CutLine(EmbeddedDatabase.freePort(), redis.port())) {
            BusConfiguration small = new BusConfiguration();
            small.maxQueue = DataSize.bytes(400);
            Node speaker = new Node("redis://127.0.0.1:" + line.uri().getPort(), small);
            Node listener = new Node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            speaker.say(0);
            listener.awaitHeard(speaker, 0);
            line.freeze();
            for (int number = 1; number <= 1000; number++) {
                speaker.say(number);
            }
            assertThat(speaker.count("bus.unpublished")).isPositive();
            line.thaw();
            await().atMost(java.time.Duration.ofSeconds(30)).until(() -> {
                speaker.say(1001);
                return listener.heardOf(speaker).contains(1001);
            });
            assertThat(listener.gaps).containsKey(speaker.bus.node());
        }
    }

    @Test
    void aSubscriptionThatHasDiedWithoutASignIsMadeAnew() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            Node speaker = new Node(redis.url());
            Node listener = new Node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            // The connections live, and nothing comes by them any more.
            RedissonClient dead = listener.client();
            dead.getTopic(channel, ByteArrayCodec.INSTANCE).removeAllListeners();
            await().atMost(java.time.Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
            assertThat(listener.client()).isNotSameAs(dead);
            assertThat(listener.gaps).containsKey(speaker.bus.node());
        }
    }

    @Test
    void aSubscriptionThatRedisEndsIsMadeAnew() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            Node speaker = new Node(redis.url());
            Node listener = new Node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            assertThat(redis.command("CLIENT", "KILL", "TYPE", "pubsub")).isEqualTo(":2");
            await().atMost(java.time.Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
        }
    }

    @Test
    void aLineThatIsFrozenIsNoticedAndHeals() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary();
                CutLine line = new CutLine(EmbeddedDatabase.freePort(), redis.port())) {
            Node speaker = new Node(redis.url());
            Node listener = new Node("redis://127.0.0.1:" + line.uri().getPort());
            speaker.awaitConnected();
            listener.awaitConnected();
            line.freeze();
            await().until(() -> !listener.isHealthy());
            line.drop();
            line.thaw();
            await().atMost(java.time.Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
            await().until(listener::isHealthy);
        }
    }

    @Test
    void forgedFramesAndCopiesOfTrueOnesAreDroppedAndCounted() throws Exception {
        String url = Parts.redis().url();
        Node listener = new Node(url);
        listener.awaitConnected();
        RedissonClient attacker = client(url);
        try {
            List<byte[]> overheard = Collections.synchronizedList(new ArrayList<>());
            var topic = attacker.getTopic(channel, ByteArrayCodec.INSTANCE);
            topic.addListener(byte[].class, (name, frame) -> overheard.add(frame));
            Node speaker = new Node(url);
            speaker.awaitConnected();
            speaker.say(1);
            listener.awaitHeard(speaker, 1);
            long refused = listener.count("bus.refused");
            List<byte[]> copies = List.copyOf(overheard);
            topic.publish("nonsense".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            topic.publish(new Frame.Codec("another".getBytes(java.nio.charset.StandardCharsets.UTF_8), channel)
                    .encode(new Frame(UUID.randomUUID(), 1, 0, List.of(new Frame.Message(1, new byte[4])))));
            copies.forEach(topic::publish);
            speaker.say(2);
            listener.awaitHeard(speaker, 2);
            await().until(() -> listener.count("bus.refused") >= refused + 3);
            assertThat(listener.heard).containsOnlyKeys(speaker.bus.node());
            assertThat(listener.heardOf(speaker)).containsExactly(1, 2);
        } finally {
            attacker.shutdown();
        }
    }

    @Test
    void aServiceWithoutRedisStartsAndConnectsWhenThereIsOne() throws Exception {
        int port = EmbeddedDatabase.freePort();
        Node speaker = new Node("redis://127.0.0.1:" + port);
        Node listener = new Node("redis://127.0.0.1:" + port);
        await().until(() ->
                speaker.environment.healthChecks().runHealthCheck("bus").getMessage() != null);
        assertThat(speaker.isHealthy()).isFalse();
        try (EmbeddedRedis redis = EmbeddedRedis.start(port)) {
            assertThat(redis.port()).isEqualTo(port);
            speaker.awaitConnected();
            listener.awaitConnected();
            speaker.say(5);
            listener.awaitHeard(speaker, 5);
        }
    }

    private static RedissonClient client(String url) {
        Config config = new Config();
        config.useSingleServer().setAddress(url).setConnectionMinimumIdleSize(1).setConnectionPoolSize(2);
        return Redisson.create(config);
    }
}
