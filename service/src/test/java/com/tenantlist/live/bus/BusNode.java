package com.tenantlist.live.bus;

import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.redis.Redis;
import com.tenantlist.live.redis.RedisConfiguration;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.util.Duration;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.redisson.api.RedissonClient;

/** A node's end of the bus, with what it hears. */
final class BusNode implements BusListener, AutoCloseable {
    static final String SECRET = "a secret of 32 bytes, or of more";

    private final Environment environment = new Environment("test");
    private final Redis redis;
    private final Bus bus;
    private final Map<UUID, List<Integer>> heard = new ConcurrentHashMap<>();
    private final Map<UUID, Integer> gaps = new ConcurrentHashMap<>();
    private final Map<Integer, Throwable> refusals = new ConcurrentHashMap<>();

    BusNode(String channel, RedisConfiguration redisConfig, BusConfiguration config) throws Exception {
        redis = Redis.open(redisConfig, environment);
        config.channel = channel;
        bus = Bus.open(config, redis, SECRET, environment);
        bus.listen(MessageKind.EVENTS, this);
        bus.start();
    }

    /** That notices soon what is wrong. */
    static BusConfiguration config() {
        BusConfiguration config = new BusConfiguration();
        config.pingInterval = Duration.milliseconds(100);
        config.pingTimeout = Duration.milliseconds(1000);
        return config;
    }

    Bus bus() {
        return bus;
    }

    /** What it heard, by the node that said it. */
    Map<UUID, List<Integer>> heard() {
        return heard;
    }

    /** How often it was told that something of a node was lost. */
    Map<UUID, Integer> gaps() {
        return gaps;
    }

    /** What comes of this number will not be taken. */
    void refuse(int number, Throwable because) {
        refusals.put(number, because);
    }

    @Override
    public void received(UUID node, byte[] body) {
        Throwable refusal = refusals.get(ByteBuffer.wrap(body).getInt());
        if (refusal instanceof RuntimeException failure) {
            throw failure;
        } else if (refusal instanceof Error error) {
            throw error;
        }
        heard.computeIfAbsent(node, id -> Collections.synchronizedList(new ArrayList<>()))
                .add(ByteBuffer.wrap(body).getInt());
    }

    @Override
    public void missed(UUID node) {
        gaps.merge(node, 1, Integer::sum);
    }

    void say(int number) {
        bus.publish(MessageKind.EVENTS, body(number));
    }

    void sayIfHeard(int number) {
        bus.publishIfHeard(MessageKind.EVENTS, () -> body(number));
    }

    private static byte[] body(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    List<Integer> heardOf(BusNode other) {
        return List.copyOf(heard.getOrDefault(other.bus.node(), List.of()));
    }

    void awaitConnected() {
        await().until(bus::isConnected);
    }

    void awaitHeard(BusNode other, int last) {
        await().until(() ->
                !heardOf(other).isEmpty() && heardOf(other).get(heardOf(other).size() - 1) == last);
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

    @Override
    public void close() {
        try {
            bus.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        redis.stop();
    }
}
