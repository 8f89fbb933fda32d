package com.tenantlist.live.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.redis.RedisConfiguration;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.EmbeddedRedis;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.util.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.config.Config;

class BusTest {
    private final String channel = "bus " + UUID.randomUUID();
    private final List<BusNode> nodes = new ArrayList<>();

    private BusNode node(String redisUrl) throws Exception {
        RedisConfiguration config = new RedisConfiguration();
        config.url = redisUrl;
        return node(config, BusNode.config());
    }

    private BusNode node(RedisConfiguration redis, BusConfiguration bus) throws Exception {
        BusNode node = new BusNode(channel, redis, bus);
        nodes.add(node);
        return node;
    }

    @AfterEach
    void stop() throws Exception {
        for (BusNode node : nodes) {
            node.close();
        }
    }

    @Test
    void everyNodeHearsAllTheOthersInOrderOnceAndNotItself() throws Exception {
        RedisConfiguration redis = new RedisConfiguration();
        redis.url = Parts.redis().url();
        for (int i = 0; i < 3; i++) {
            // Its own pings wait behind what it says.
            BusConfiguration patient = BusNode.config();
            patient.pingTimeout = io.dropwizard.util.Duration.minutes(1);
            node(redis, patient).awaitConnected();
        }
        for (int number = 0; number < 5_000; number++) {
            for (BusNode node : nodes) {
                node.say(number);
            }
        }
        List<Integer> all = IntStream.range(0, 5_000).boxed().toList();
        for (BusNode listener : nodes) {
            for (BusNode speaker : nodes) {
                if (speaker != listener) {
                    listener.awaitHeard(speaker, 4_999);
                    assertThat(listener.heardOf(speaker)).isEqualTo(all);
                } else {
                    assertThat(listener.heardOf(speaker)).isEmpty();
                }
            }
            assertThat(listener.gaps()).isEmpty();
            assertThat(listener.isHealthy()).isTrue();
        }
    }

    @Test
    void whatCouldNotBeSaidIsAGapForThoseWhoHearWhatComesNext() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            BusNode speaker = node(redis.url());
            BusNode listener = node(redis.url());
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
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> speaker.bus().isConnected() && listener.bus().isConnected());
            speaker.say(3);
            listener.awaitHeard(speaker, 3);
            assertThat(listener.gaps()).containsKey(speaker.bus().node());
            assertThat(listener.isHealthy()).isTrue();
        }
    }

    @Test
    void aQueueThatIsFullIsDroppedAndTheOthersKnow() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary();
                CutLine line = new CutLine(EmbeddedDatabase.freePort(), redis.port())) {
            BusConfiguration small = BusNode.config();
            small.maxQueue = DataSize.bytes(400);
            BusNode speaker = node(through(line), small);
            BusNode listener = node(redis.url());
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
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                speaker.say(1001);
                return listener.heardOf(speaker).contains(1001);
            });
            assertThat(listener.gaps()).containsKey(speaker.bus().node());
        }
    }

    /** Also by an Error: a class that cannot be loaded, a stack that is too deep. */
    @Test
    void whatAListenerDoesNotTakeCountsAsLost() throws Exception {
        String url = Parts.redis().url();
        BusNode speaker = node(url);
        BusNode listener = node(url);
        speaker.awaitConnected();
        listener.awaitConnected();
        listener.refuse(2, new IllegalStateException("refused by the test"));
        listener.refuse(3, new StackOverflowError("refused by the test"));
        for (int number = 1; number <= 4; number++) {
            speaker.say(number);
        }
        listener.awaitHeard(speaker, 4);
        assertThat(listener.heardOf(speaker)).containsExactly(1, 4);
        assertThat(listener.gaps()).containsEntry(speaker.bus().node(), 2);
        assertThat(listener.count("bus.refused")).isEqualTo(2);
    }

    @Test
    void nothingIsSaidToNobodyAndWhoComesKnows() throws Exception {
        String url = Parts.redis().url();
        BusNode first = node(url);
        await().until(() -> !first.bus().mayBeHeard());
        long before = first.count("bus.published");
        for (int number = 0; number < 100; number++) {
            first.sayIfHeard(number);
        }
        assertThat(first.count("bus.published")).as("but pings").isEqualTo(before);
        BusNode second = node(url);
        await().until(() -> {
            first.sayIfHeard(100);
            return second.heardOf(first).contains(100);
        });
        assertThat(second.heardOf(first)).containsOnly(100);
        // It is gone, and after a while not spoken to any more.
        second.close();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            long published = first.count("bus.published");
            first.sayIfHeard(101);
            return first.count("bus.published") == published;
        });
    }

    /** Who was there before may not have said anything yet. */
    @Test
    void whoHasJustComeDoesNotThinkItselfAlone() throws Exception {
        BusConfiguration patient = BusNode.config();
        patient.pingTimeout = io.dropwizard.util.Duration.hours(1);
        RedisConfiguration redis = new RedisConfiguration();
        redis.url = Parts.redis().url();
        BusNode node = node(redis, patient);
        node.awaitConnected();
        assertThat(node.bus().mayBeHeard()).isTrue();
    }

    @Test
    void aSubscriptionThatHasDiedWithoutASignIsMadeAnew() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            BusNode speaker = node(redis.url());
            BusNode listener = node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            // Only of a node that it has heard can it miss anything.
            speaker.say(1);
            listener.awaitHeard(speaker, 1);
            // The connections live, and nothing comes by them any more.
            RedissonClient dead = listener.client();
            dead.getTopic(channel, ByteArrayCodec.INSTANCE).removeAllListeners();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
            assertThat(listener.client()).isNotSameAs(dead);
            assertThat(listener.gaps()).containsKey(speaker.bus().node());
        }
    }

    @Test
    void aSubscriptionThatRedisEndsIsMadeAnew() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary()) {
            BusNode speaker = node(redis.url());
            BusNode listener = node(redis.url());
            speaker.awaitConnected();
            listener.awaitConnected();
            assertThat(redis.command("CLIENT", "KILL", "TYPE", "pubsub")).isEqualTo(":2");
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
        }
    }

    @Test
    void aLineThatIsFrozenIsNoticedAndHeals() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.startTemporary();
                CutLine line = new CutLine(EmbeddedDatabase.freePort(), redis.port())) {
            BusNode speaker = node(redis.url());
            BusNode listener = node("redis://127.0.0.1:" + line.uri().getPort());
            speaker.awaitConnected();
            listener.awaitConnected();
            line.freeze();
            await().until(() -> !listener.isHealthy());
            line.drop();
            line.thaw();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                speaker.say(2);
                return listener.heardOf(speaker).contains(2);
            });
            await().until(listener::isHealthy);
        }
    }

    @Test
    void forgedFramesAndCopiesOfTrueOnesAreDroppedAndCounted() throws Exception {
        String url = Parts.redis().url();
        BusNode listener = node(url);
        listener.awaitConnected();
        RedissonClient attacker = client(url);
        try {
            List<byte[]> overheard = Collections.synchronizedList(new ArrayList<>());
            var topic = attacker.getTopic(channel, ByteArrayCodec.INSTANCE);
            topic.addListener(byte[].class, (name, frame) -> overheard.add(frame));
            BusNode speaker = node(url);
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
            assertThat(listener.heard()).containsOnlyKeys(speaker.bus().node());
            assertThat(listener.heardOf(speaker)).containsExactly(1, 2);
        } finally {
            attacker.shutdown();
        }
    }

    @Test
    void aServiceWithoutRedisStartsAndConnectsWhenThereIsOne() throws Exception {
        int port = EmbeddedDatabase.freePort();
        BusNode speaker = node("redis://127.0.0.1:" + port);
        BusNode listener = node("redis://127.0.0.1:" + port);
        await().until(() -> !speaker.isHealthy());
        assertThat(speaker.isHealthy()).isFalse();
        try (EmbeddedRedis redis = EmbeddedRedis.start(port)) {
            assertThat(redis.port()).isEqualTo(port);
            speaker.awaitConnected();
            listener.awaitConnected();
            speaker.say(5);
            listener.awaitHeard(speaker, 5);
        }
    }

    private static RedisConfiguration through(CutLine line) {
        RedisConfiguration config = new RedisConfiguration();
        config.url = "redis://127.0.0.1:" + line.uri().getPort();
        return config;
    }

    private static RedissonClient client(String url) {
        Config config = new Config();
        config.useSingleServer().setAddress(url).setConnectionMinimumIdleSize(1).setConnectionPoolSize(2);
        return Redisson.create(config);
    }
}
