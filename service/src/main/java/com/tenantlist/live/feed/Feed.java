package com.tenantlist.live.feed;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.Timer;
import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.postgres.Postgres;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the journal's inserts from the WAL, as leader, and relays them. See the package. */
public final class Feed implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Feed.class);

    /** Events relayed at once, at most: what bounds the memory of a large transaction. */
    private static final int MAX_BATCH = 512;

    private static final long FIRST_BACKOFF_MILLIS = 100;

    private final FeedConfiguration config;
    private final Postgres postgres;
    private final Jdbi jdbi;
    private final List<FeedListener> listeners = new CopyOnWriteArrayList<>();
    private final Timer lag;
    private final Meter events;
    private final Meter poisoned;
    private final ScheduledExecutorService heartbeats =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "feed-heartbeat"));
    private final ScheduledExecutorService watchdog =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "feed-watchdog"));
    private final Thread thread = new Thread(this::run, "feed");

    private volatile FeedState state = FeedState.STOPPED;
    private volatile String reason = "not started";
    private volatile boolean stopping;
    private volatile @Nullable Connection connection;
    private volatile long connectingSince;
    private volatile long lastMessageAt;

    private Feed(FeedConfiguration config, Postgres postgres, Jdbi jdbi, Environment environment) {
        this.config = config;
        this.postgres = postgres;
        this.jdbi = jdbi;
        this.lag = environment.metrics().timer("feed.lag");
        this.events = environment.metrics().meter("feed.events");
        this.poisoned = environment.metrics().meter("feed.poisoned");
        environment.metrics().register("feed.leader", (Gauge<Integer>) () -> isLeading() ? 1 : 0);
    }

    /** Makes the feed, managed by the environment, and registers the health check {@code feed}. */
    public static Feed open(FeedConfiguration config, Postgres postgres, Jdbi jdbi, Environment environment) {
        Feed feed = new Feed(config, postgres, jdbi, environment);
        environment.lifecycle().manage(feed);
        environment.healthChecks().register("feed", feed.new Check());
        return feed;
    }

    /** Adds a listener; before the feed starts. */
    public void listen(FeedListener listener) {
        listeners.add(listener);
    }

    public FeedState state() {
        return state;
    }

    /** Whether every commit from now on reaches the listeners. */
    public boolean isLeading() {
        return state == FeedState.LEADING;
    }

    @Override
    public void start() {
        thread.start();
        long interval = config.heartbeatInterval.toMilliseconds();
        heartbeats.scheduleWithFixedDelay(this::beat, interval, interval, TimeUnit.MILLISECONDS);
        watchdog.scheduleWithFixedDelay(this::watch, interval, interval, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() throws InterruptedException {
        stopping = true;
        heartbeats.shutdownNow();
        watchdog.shutdownNow();
        cut();
        thread.interrupt();
        if (thread.isAlive()) {
            thread.join(TimeUnit.SECONDS.toMillis(2));
        }
        state = FeedState.STOPPED;
    }

    // ---- the loop

    private void run() {
        long backoff = FIRST_BACKOFF_MILLIS;
        while (!stopping) {
            boolean led = false;
            try {
                become(FeedState.CONNECTING, "connecting to " + postgres.address());
                ReplicationAdvice.check(config, jdbi);
                led = lead();
            } catch (ReplicationUnavailableException e) {
                become(FeedState.UNAVAILABLE, String.valueOf(e.getMessage()));
            } catch (SlotTakenException e) {
                become(FeedState.STANDBY, "another node leads");
            } catch (Exception e) {
                if (!stopping) {
                    led = state == FeedState.LEADING;
                    become(FeedState.CONNECTING, "lost: " + Postgres.rootMessage(e));
                }
            } finally {
                cut();
            }
            backoff = led ? FIRST_BACKOFF_MILLIS : Math.min(2 * backoff, config.maxBackoff.toMilliseconds());
            pause(ThreadLocalRandom.current().nextLong(backoff / 2, backoff + 1));
        }
    }

    private void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            // stop() wakes it; the loop looks at `stopping`.
        }
    }

    /** Owns the slot until the connection ends; returns only when stopping. */
    private boolean lead() throws SQLException, SlotTakenException, ReplicationUnavailableException {
        connectingSince = System.nanoTime();
        Connection replication = postgres.connectForReplication(config.heartbeatTimeout);
        connection = replication;
        if (stopping) {
            return false;
        }
        PGReplicationStream stream = ReplicationSlot.open(replication, postgres.database());
        lastMessageAt = System.nanoTime();
        become(FeedState.LEADING, "slot stands");
        PgOutputDecoder decoder = new PgOutputDecoder();
        List<JournalEvent> batch = new ArrayList<>();
        while (!stopping) {
            ByteBuffer message = stream.read();
            while (message != null) {
                take(decoder, message, batch);
                message = batch.size() < MAX_BATCH ? stream.readPending() : null;
            }
            lastMessageAt = System.nanoTime();
            if (!batch.isEmpty()) {
                List<JournalEvent> relayed = List.copyOf(batch);
                batch.clear();
                events.mark(relayed.size());
                tell(listener -> listener.relayed(relayed));
            }
            stream.setFlushedLSN(stream.getLastReceiveLSN());
            stream.setAppliedLSN(stream.getLastReceiveLSN());
        }
        return true;
    }

    private void take(PgOutputDecoder decoder, ByteBuffer message, List<JournalEvent> batch) {
        try {
            PgOutputDecoder.Message decoded = decoder.decode(message);
            if (decoded instanceof PgOutputDecoder.Inserted inserted) {
                batch.add(inserted.event());
            } else if (decoded instanceof PgOutputDecoder.Heartbeat heartbeat) {
                lag.update(System.nanoTime() - Long.parseLong(heartbeat.content()), TimeUnit.NANOSECONDS);
            }
        } catch (IllegalArgumentException e) {
            // One unreadable row must not stop the others; sessions find the gap and read the journal.
            poisoned.mark();
            log.error("feed skipped a message cause=\"{}\"", e.getMessage());
        }
    }

    private void tell(java.util.function.Consumer<FeedListener> what) {
        for (FeedListener listener : listeners) {
            try {
                what.accept(listener);
            } catch (RuntimeException e) {
                log.error("feed listener failed", e);
            }
        }
    }

    private void become(FeedState next, String why) {
        FeedState before = state;
        boolean news = before != next || (next == FeedState.UNAVAILABLE && !reason.equals(why));
        state = next;
        reason = why;
        if (!news) {
            return;
        }
        log.info("feed state={} reason=\"{}\"", next, why);
        if (next == FeedState.LEADING) {
            tell(FeedListener::leadershipGained);
        } else {
            tell(listener -> listener.leadershipLost(next));
        }
    }

    // ---- heartbeat

    /** On the thread {@code feed-heartbeat}; it may block as long as a query may. */
    private void beat() {
        if (state != FeedState.LEADING) {
            return;
        }
        try {
            jdbi.useHandle(handle -> handle.createQuery("SELECT pg_logical_emit_message(true, :prefix, :now)::text")
                    .bind("prefix", PgOutputDecoder.MESSAGE_PREFIX)
                    .bind("now", String.valueOf(System.nanoTime()))
                    .mapTo(String.class)
                    .one());
        } catch (RuntimeException e) {
            log.debug("heartbeat not written cause=\"{}\"", e.toString());
            if (Postgres.isAway(e)) {
                // A server that shuts down waits for this connection to confirm all it sent; pgjdbc answers only when
                // the next message comes, and none will. Letting go lets it end.
                cut();
            }
        }
    }

    /** On the thread {@code feed-watchdog}, which never blocks: cuts a connection that brings nothing. */
    private void watch() {
        long now = System.nanoTime();
        if (state == FeedState.LEADING && now - lastMessageAt > config.heartbeatTimeout.toNanoseconds()) {
            log.warn("feed cut reason=\"no heartbeat within {}\"", config.heartbeatTimeout);
            cut();
        } else if (state == FeedState.CONNECTING
                && connection != null
                && now - connectingSince > config.slotTimeout.toNanoseconds()) {
            log.warn("feed cut reason=\"no slot within {}; is a transaction open that long?\"", config.slotTimeout);
            cut();
        }
    }

    /** Ends the replication connection at once, whatever waits on it. Any thread. */
    private void cut() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                log.debug("replication connection not aborted cause=\"{}\"", e.toString());
            }
        }
    }

    private final class Check extends HealthCheck {
        @Override
        protected Result check() {
            return switch (state) {
                case LEADING ->
                    Result.healthy(
                            "leading; commit to here p99 %.1f ms",
                            lag.getSnapshot().get99thPercentile() / 1e6);
                case STANDBY -> Result.healthy("standing by: another node leads");
                case UNAVAILABLE -> Result.healthy("no logical replication, living on the sweep: %s", reason);
                default -> Result.unhealthy("%s; living on the sweep", reason);
            };
        }
    }
}
