package com.tenantlist.live.bus;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.redis.Redis;
import com.tenantlist.live.threads.Backoff;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RTopic;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's end of the bus. See the package. */
public final class Bus implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Bus.class);

    /** A frame ends with the message that makes it this long: Redis copies it for each node. */
    private static final int FRAME_BYTES = 256 * 1024;

    /** How long Redis may take to answer, the client's own retries included. */
    private static final long ANSWER_MILLIS = 2_000;

    private static final Backoff BACKOFF_MILLIS = new Backoff(50, 1_000);

    /** A node that was not heard for so many ping timeouts is not spoken to; if it is there, it says so, and hears of the gap. */
    private static final int FORGOTTEN_AFTER = 3;

    /** Nodes that were not heard of for as long are forgotten. */
    private static final long PEER_KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final BusConfiguration config;
    private final Redis redis;
    private final UUID node = UUID.randomUUID();
    private final Frame.Codec writer;
    private final Frame.Codec reader;
    private final Map<MessageKind, BusListener> listeners = new EnumMap<>(MessageKind.class);
    private Runnable companyListener = () -> {};
    private final Thread thread = new Thread(this::run, "bus");

    private final Timer lag;
    private final Meter published;
    private final Meter unpublished;
    private final Meter received;
    private final Meter missed;
    private final Meter refused;

    // What waits to be published. Under the monitor of the queue.
    private final Deque<Frame.Message> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean dropped;
    private boolean stopping;

    // The thread's own.
    private @Nullable RedissonClient client;
    private long sequence;
    private int failures;

    // What was heard. Under the monitor of the peers.
    private final Map<UUID, Peer> peers = new HashMap<>();

    private volatile boolean subscribed;
    private volatile boolean failing;
    private volatile long subscribedAt;
    private volatile long heardSelfAt;
    private volatile long otherHeardAt;

    /** How far a node was heard. */
    private record Peer(long sequence, long heardAt) {}

    private Bus(BusConfiguration config, Redis redis, String secret, MetricRegistry metrics) {
        this.config = config;
        this.redis = redis;
        byte[] key = secret.getBytes(StandardCharsets.UTF_8);
        this.otherHeardAt = System.nanoTime() - FORGOTTEN_AFTER * config.pingTimeout.toNanoseconds();
        this.writer = new Frame.Codec(key, config.channel);
        this.reader = new Frame.Codec(key, config.channel);
        this.lag = metrics.timer("bus.lag");
        this.published = metrics.meter("bus.published");
        this.unpublished = metrics.meter("bus.unpublished");
        this.received = metrics.meter("bus.received");
        this.missed = metrics.meter("bus.missed");
        this.refused = metrics.meter("bus.refused");
        metrics.register("bus.connected", (Gauge<Integer>) () -> isConnected() ? 1 : 0);
        metrics.register("bus.alone", (Gauge<Integer>) () -> mayBeHeard() ? 0 : 1);
    }

    /**
     * Makes the node's end, managed by the environment, and registers the health check {@code bus}. It connects after the
     * start, and again whenever it must; the service never waits for it.
     *
     * @param secret signs frames, the same on all nodes
     */
    public static Bus open(BusConfiguration config, Redis redis, String secret, Environment environment) {
        Bus bus = new Bus(config, redis, secret, environment.metrics());
        environment.lifecycle().manage(bus);
        environment.healthChecks().register("bus", bus.new Check());
        return bus;
    }

    /** The name of this node, another one after each start. */
    public UUID node() {
        return node;
    }

    /** Whether this node hears what is published, itself included. */
    public boolean isConnected() {
        return subscribed && System.nanoTime() - heardSelfAt < config.pingTimeout.toNanoseconds();
    }

    /** Names who reads the messages of a kind; before the start. */
    public void listen(MessageKind kind, BusListener listener) {
        listeners.put(kind, listener);
    }

    /** Names who is told when another node is heard after a time in which none was: on a thread of the Redis client; before the start. */
    public void listenForCompany(Runnable listener) {
        companyListener = listener;
    }

    /**
     * As {@link #publish}, while there may be other nodes. While there are none, which one that has heard itself alone knows, nothing is made and
     * nothing sent; who comes meanwhile, and hears the next message, knows that something was not said. Any thread.
     *
     * @param body is made on the calling thread, or not at all
     */
    public void publishIfHeard(MessageKind kind, Supplier<byte[]> body) {
        if (mayBeHeard()) {
            publish(kind, body.get());
            return;
        }
        synchronized (queue) {
            dropped = true;
        }
    }

    /**
     * Whether there may be other nodes: one is heard, or was not long ago, or this one would not hear it, or has not listened for as
     * long as the ping timeout. Any thread.
     */
    public boolean mayBeHeard() {
        long now = System.nanoTime();
        return !isConnected() || now - subscribedAt < config.pingTimeout.toNanoseconds() || isOtherHeard(now);
    }

    private boolean isOtherHeard(long now) {
        return now - otherHeardAt < FORGOTTEN_AFTER * config.pingTimeout.toNanoseconds();
    }

    /**
     * Tells the other nodes. Never blocks, and never fails: what cannot be published now is dropped, and those who hear the
     * next message know. Any thread.
     */
    public void publish(MessageKind kind, byte[] body) {
        synchronized (queue) {
            if (queuedBytes + body.length > config.maxQueue.toBytes()) {
                drop();
            }
            queue.add(new Frame.Message(kind.code(), body));
            queuedBytes += body.length;
            queue.notifyAll();
        }
    }

    /** Under the monitor of the queue. */
    private void drop() {
        unpublished.mark(queue.size());
        queue.clear();
        queuedBytes = 0;
        dropped = true;
    }

    @Override
    public void start() {
        thread.start();
    }

    /** Publishes what waits, if Redis answers, and ends. */
    @Override
    public void stop() throws InterruptedException {
        synchronized (queue) {
            stopping = true;
            queue.notifyAll();
        }
        thread.join(ANSWER_MILLIS);
        if (thread.isAlive()) {
            thread.interrupt();
            thread.join(ANSWER_MILLIS);
        }
    }

    // ---- the thread

    private void run() {
        try {
            while (true) {
                List<Frame.Message> messages = next();
                if (messages == null) {
                    return;
                }
                try {
                    subscribe();
                    publish(messages);
                    failures = 0;
                    if (failing) {
                        failing = false;
                        log.info("bus back at=\"{}\"", redis.address());
                    }
                } catch (ExecutionException | TimeoutException | RuntimeException e) {
                    failed(messages.size(), e);
                }
            }
        } catch (InterruptedException e) {
            // stop() waited long enough
        } finally {
            disconnect();
        }
    }

    /** What goes into the next frame, as soon as there is something or a ping is due; null at the end. */
    private @Nullable List<Frame.Message> next() throws InterruptedException {
        synchronized (queue) {
            // The first ping comes at once.
            long due = System.nanoTime() + (sequence == 0 ? 0 : config.pingInterval.toNanoseconds());
            while (queue.isEmpty() && !stopping && System.nanoTime() - due < 0) {
                TimeUnit.NANOSECONDS.timedWait(queue, Math.max(1, due - System.nanoTime()));
            }
            if (queue.isEmpty() && stopping) {
                return null;
            }
            List<Frame.Message> messages = new ArrayList<>();
            for (int bytes = 0; bytes < FRAME_BYTES && !queue.isEmpty(); ) {
                Frame.Message message = queue.remove();
                bytes += message.body().length;
                messages.add(message);
            }
            queuedBytes -= messages.stream()
                    .mapToLong(message -> message.body().length)
                    .sum();
            if (dropped) {
                dropped = false;
                sequence++; // the gap that tells the others
            }
            return messages;
        }
    }

    private void subscribe() throws InterruptedException, ExecutionException, TimeoutException {
        if (client != null && System.nanoTime() - heardSelfAt > config.pingTimeout.toNanoseconds()) {
            // Away, or a subscription that has died without a sign: the client mends the first, but not always the
            // second.
            if (!failing) {
                log.warn("bus restarted reason=\"published frames are not heard\"");
            }
            disconnect();
        }
        if (client == null) {
            client = redis.newClient();
            heardSelfAt = System.nanoTime();
        }
        if (!subscribed) {
            await(topic(client).addListenerAsync(byte[].class, (channel, bytes) -> received(bytes)));
            subscribedAt = System.nanoTime();
            subscribed = true;
        }
    }

    private void publish(List<Frame.Message> messages)
            throws InterruptedException, ExecutionException, TimeoutException {
        byte[] frame = writer.encode(new Frame(node, ++sequence, System.nanoTime(), messages));
        await(topic(client).publishAsync(frame));
        published.mark(messages.size());
    }

    private RTopic topic(@Nullable RedissonClient open) {
        return Objects.requireNonNull(open).getTopic(config.channel, ByteArrayCodec.INSTANCE);
    }

    private static void await(Future<?> answer) throws InterruptedException, ExecutionException, TimeoutException {
        answer.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void failed(int messages, Exception failure) throws InterruptedException {
        unpublished.mark(messages);
        if (!failing) {
            failing = true;
            log.warn("bus away at=\"{}\" cause=\"{}\"", redis.address(), failure.toString());
        }
        synchronized (queue) {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACKOFF_MILLIS.after(++failures));
            for (long left; !stopping && (left = until - System.nanoTime()) > 0; ) {
                TimeUnit.NANOSECONDS.timedWait(queue, left);
            }
            drop();
        }
    }

    private void disconnect() {
        RedissonClient open = client;
        client = null;
        subscribed = false;
        if (open != null) {
            open.shutdown(0, ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    // ---- hearing

    private void received(byte[] bytes) {
        synchronized (peers) {
            Frame frame;
            try {
                frame = reader.decode(bytes);
            } catch (IllegalArgumentException e) {
                refused.mark();
                log.warn("bus frame refused reason=\"{}\"", e.getMessage());
                return;
            }
            long now = System.nanoTime();
            if (frame.node().equals(node)) {
                heardSelfAt = now;
                lag.update(now - frame.sentAt(), TimeUnit.NANOSECONDS);
                return;
            }
            boolean wasAlone = !isOtherHeard(now);
            otherHeardAt = now;
            if (wasAlone) {
                companyListener.run();
            }
            Peer peer = peers.get(frame.node());
            if (peer != null && frame.sequence() <= peer.sequence()) {
                refused.mark();
                return; // a copy of one that was heard
            }
            if (peer == null) {
                peers.values().removeIf(other -> now - other.heardAt() > PEER_KEPT_NANOS);
            } else if (frame.sequence() > peer.sequence() + 1) {
                missed.mark(frame.sequence() - peer.sequence() - 1);
                missed(frame.node());
            }
            peers.put(frame.node(), new Peer(frame.sequence(), now));
            frame.messages().forEach(message -> deliver(frame.node(), message));
        }
    }

    private void deliver(UUID from, Frame.Message message) {
        received.mark();
        MessageKind.of(message.kind()).map(listeners::get).ifPresent(listener -> {
            if (!isTaken(() -> listener.received(from, message.body()))) {
                missed(from);
            }
        });
    }

    private void missed(UUID from) {
        listeners.values().forEach(listener -> isTaken(() -> listener.missed(from)));
    }

    private boolean isTaken(Runnable what) {
        try {
            what.run();
            return true;
        } catch (RuntimeException | Error e) {
            refused.mark();
            log.error("bus message not taken", e);
            Threads.unhandled(e);
            return false;
        }
    }

    private final class Check extends HealthCheck {
        @Override
        protected Result check() {
            return isConnected()
                    ? Result.healthy(
                            "round trip p99 %.1f ms; %d other nodes heard",
                            lag.getSnapshot().get99thPercentile() / 1e6, others())
                    : Result.unhealthy(
                            "nothing heard through %s; what other nodes see comes by the sweep", redis.address());
        }

        private int others() {
            synchronized (peers) {
                long now = System.nanoTime();
                return (int) peers.values().stream()
                        .filter(peer -> now - peer.heardAt() < config.pingTimeout.toNanoseconds())
                        .count();
            }
        }
    }
}
