package com.tenantlist.live.feed;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import com.tenantlist.live.bus.Bus;
import com.tenantlist.live.bus.MessageKind;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.threads.Backoff;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Reads the journal's inserts from the WAL, as leader, and relays them. See the package. */
public final class Feed implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Feed.class);

    /** Events relayed at once, at most: what bounds the memory of a large transaction. */
    private static final int MAX_BATCH = 512;

    private static final long FIRST_BACKOFF_MILLIS = 100;

    private final FeedConfiguration config;
    private final Postgres postgres;
    private final Jdbi jdbi;
    private final FeedProtocol protocol;
    private final ReplicationAdvice advice;

    /** Whether another node may wait for what is relayed. */
    private final BooleanSupplier mayBeHeard;

    /** Of the thread {@code feed-heartbeat}. */
    private final Heartbeat heartbeat;

    private final RetainedWal retained;
    private final Object supplyNews = new Object();
    private final Timer lag;
    private final Meter events;
    private final Meter batches;
    private final Meter poisoned;
    private final Meter refusals;
    private final ScheduledExecutorService heartbeats = Threads.scheduler("feed-heartbeat");
    private final ScheduledExecutorService watchdog = Threads.scheduler("feed-watchdog");
    private final Thread thread = new Thread(this::run, "feed");

    /** Whether a session here waits for what is relayed. */
    private BooleanSupplier isWatched = () -> true;

    private volatile String reason = "not started";
    private volatile boolean stopping;
    private volatile boolean steppedDown;
    private volatile @Nullable Connection connection;
    private volatile long connectingSince;
    private volatile long lastMessageAt;

    /** Why the slot had to be given up: heartbeats may not be written, it keeps too much WAL …; null if for nothing of that. */
    private volatile @Nullable String refusal;

    /** Whose rows come next in the WAL; of the thread {@code feed}. */
    private int transaction;

    /** Whether more of it is to come, its commit at least; of the thread {@code feed}. */
    private boolean inTransaction;

    /** Whether the batch lacks a row that could not be read; of the thread {@code feed}. */
    private boolean skipped;

    private Feed(
            FeedConfiguration config,
            Postgres postgres,
            Jdbi jdbi,
            FeedProtocol protocol,
            BooleanSupplier mayBeHeard,
            MetricRegistry metrics) {
        this.config = config;
        this.postgres = postgres;
        this.jdbi = jdbi;
        this.protocol = protocol;
        this.mayBeHeard = mayBeHeard;
        this.advice = new ReplicationAdvice(config, jdbi);
        this.heartbeat = new Heartbeat(postgres, config.heartbeatTimeout);
        this.retained = new RetainedWal(config.maxRetained);
        this.lag = metrics.timer("feed.lag");
        this.events = metrics.meter("feed.events");
        this.batches = metrics.meter("feed.batches");
        this.poisoned = metrics.meter("feed.poisoned");
        this.refusals = metrics.meter("feed.refusals");
        metrics.register("feed.leader", (Gauge<Integer>) () -> isLeading() ? 1 : 0);
        metrics.register("feed.fed", (Gauge<Integer>) () -> isFed() ? 1 : 0);
        metrics.register("feed.alone", (Gauge<Integer>) () -> protocol.supply() == Supply.ALONE ? 1 : 0);
        metrics.register("feed.retained", (Gauge<Long>) retained::bytes);
        metrics.register("feed.refused", (Gauge<Integer>) () -> protocol.state() == FeedState.UNAVAILABLE ? 1 : 0);
    }

    /**
     * Makes the feed, managed by the environment, and registers the health check {@code feed}.
     *
     * @param knownEpoch the history of the database that this node shows; null while it does not know
     * @param sweepFailure why changes are not looked for, which is how they come without a feed; null if they are
     */
    public static Feed open(
            FeedConfiguration config,
            Postgres postgres,
            Jdbi jdbi,
            Bus bus,
            KpiMemory kpis,
            Supplier<@Nullable String> knownEpoch,
            Supplier<@Nullable String> sweepFailure,
            Environment environment) {
        FeedProtocol protocol = new FeedProtocol(
                config.leaderTimeout.toNanoseconds(),
                config.aloneAfter.toNanoseconds(),
                System::nanoTime,
                bus::publishIfHeard,
                kpis,
                knownEpoch);
        bus.listen(MessageKind.EVENTS, protocol.eventsHeard());
        bus.listen(MessageKind.LEADER, protocol.leaderHeard());
        Feed feed = new Feed(config, postgres, jdbi, protocol, bus::mayBeHeard, environment.metrics());
        feed.listen(feed.new Waker());
        bus.listenForCompany(feed::wake);
        environment.lifecycle().manage(feed);
        environment
                .healthChecks()
                .register(
                        "feed",
                        new FeedHealth(protocol, () -> feed.reason, sweepFailure, feed.lag, jdbi, config.refusedRetry));
        return feed;
    }

    /** Adds a listener; before the feed starts. */
    public void listen(FeedListener listener) {
        protocol.listen(listener);
    }

    /**
     * Names who knows whether a session here waits for what is relayed; before the feed starts. While none does, and no other
     * node is heard, the leader may rest after a batch ({@link FeedConfiguration#restWhileUnwatched}); without this it never does.
     *
     * @param watched true before {@link #wake} is called for the session that comes
     */
    public void restUnless(BooleanSupplier watched) {
        isWatched = watched;
    }

    /** Somebody came who waits for what is relayed: a rest ends now. Does not block. Any thread. */
    public void wake() {
        LockSupport.unpark(thread);
    }

    /** Whether this node reads the WAL. */
    public boolean isLeading() {
        return protocol.isLeading();
    }

    /** Whether every commit from now on reaches the listeners at once, from here or from the node that leads. */
    public boolean isFed() {
        return protocol.isFed();
    }

    /** Whether what the feed reads is all that is committed, as far as is known; while it is not, this node is not fed. */
    public void trust(boolean whole) {
        protocol.trust(whole);
    }

    /** Gives the slot to another node, and never asks for it again; what commits is still relayed if another leads. */
    public void stepDown() {
        steppedDown = true;
        cut();
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
        become(FeedState.STOPPED, "stopped");
    }

    // ---- the loop

    private void run() {
        Backoff whileLost = new Backoff(FIRST_BACKOFF_MILLIS, config.maxBackoff.toMilliseconds());
        // The first refusal may be of a moment: of the connection, or the slot, that the last leader has not given back
        // yet.
        Backoff whileRefused = new Backoff(config.maxBackoff.toMilliseconds(), config.refusedRetry.toMilliseconds());
        int losses = 0;
        int refused = 0;
        while (!stopping) {
            boolean led = false;
            refusal = null;
            try {
                led = attempt();
            } catch (ReplicationUnavailableException e) {
                refusals.mark();
                become(FeedState.UNAVAILABLE, String.valueOf(e.getMessage()));
            } catch (SlotTakenException e) {
                become(FeedState.STANDBY, "another node leads");
            } catch (Exception | Error e) {
                Threads.unhandled(e);
                if (!stopping) {
                    led = isLeading();
                    become(FeedState.CONNECTING, "lost: " + Postgres.rootMessage(e));
                }
            } finally {
                cut();
            }
            if (led || protocol.state() == FeedState.STANDBY) {
                losses = 0;
            }
            if (protocol.state() != FeedState.UNAVAILABLE) {
                refused = 0;
            }
            switch (protocol.state()) {
                case STANDBY -> awaitFreeSlot();
                case UNAVAILABLE -> pause(whileRefused.after(++refused));
                default -> pause(whileLost.after(++losses));
            }
        }
    }

    /** Leads if it can; a refusal stays what it is until another outcome is known. */
    private boolean attempt() throws SQLException, SlotTakenException, ReplicationUnavailableException {
        if (steppedDown) {
            throw new SlotTakenException();
        }
        if (protocol.state() != FeedState.UNAVAILABLE) {
            become(FeedState.CONNECTING, "connecting to " + postgres.address());
        }
        ReplicationAdvice.Place place = advice.check();
        try (Handle handle = jdbi.open()) {
            retained.awaited(handle);
        }
        Refusal.Step step = Refusal.Step.CONNECTING;
        try {
            connectingSince = System.nanoTime();
            Connection replication = postgres.connectForReplication(config.heartbeatTimeout);
            connection = replication;
            if (stopping || steppedDown) {
                return false;
            }
            step = Refusal.Step.MAKING_SLOT;
            ReplicationSlot slot = ReplicationSlot.make(replication, place, config.heartbeatTimeout);
            step = Refusal.Step.READING;
            return lead(slot);
        } catch (SQLException e) {
            String given = refusal;
            if (given != null) {
                throw new ReplicationUnavailableException(given);
            }
            Refusal.check(e, step, postgres.replicationRole());
            throw e;
        }
    }

    /**
     * Returns when nobody has the slot. Looking costs a query, trying would cost a connection; a leader that is heard is
     * looked after rarely, but as soon as it falls silent or steps down.
     */
    private void awaitFreeSlot() {
        try {
            do {
                long poll = (isFed() ? config.slotPollWhileFed : config.slotPoll).toNanoseconds();
                long until = System.nanoTime() + ThreadLocalRandom.current().nextLong(poll / 2, poll + 1);
                synchronized (supplyNews) {
                    boolean wasFed = isFed();
                    for (long left; wasFed == isFed() && !stopping && (left = until - System.nanoTime()) > 0; ) {
                        TimeUnit.NANOSECONDS.timedWait(supplyNews, left);
                    }
                }
            } while (!stopping && (steppedDown || jdbi.withHandle(ReplicationSlot::isTaken)));
        } catch (InterruptedException e) {
            // stop() wakes it; the loop looks at `stopping`.
        } catch (RuntimeException e) {
            log.debug("slot not looked for cause=\"{}\"", e.toString());
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            // stop() wakes it; the loop looks at `stopping`.
        }
    }

    /** Owns the slot until the connection ends; returns only when it shall not lead any more. */
    private boolean lead(ReplicationSlot slot) throws SQLException {
        PGReplicationStream stream = slot.read();
        lastMessageAt = System.nanoTime();
        reason = "slot stands";
        protocol.lead(slot.term(), jdbi.withHandle(Epoch::read));
        log.info("feed state={} reason=\"{}\"", FeedState.LEADING, reason);
        PgOutputDecoder decoder = new PgOutputDecoder();
        List<CommittedEvent> batch = new ArrayList<>();
        inTransaction = false;
        while (!stopping) {
            ByteBuffer message = stream.read();
            while (message != null) {
                take(decoder, message, batch);
                message = batch.size() == MAX_BATCH ? null : inTransaction ? stream.read() : stream.readPending();
            }
            lastMessageAt = System.nanoTime();
            int taken = batch.size();
            if (taken > 0) {
                events.mark(taken);
                protocol.relay(List.copyOf(batch));
                batch.clear();
                batches.mark();
            }
            if (skipped) {
                // After what came before it: that is not the newest.
                skipped = false;
                protocol.skipped();
            }
            stream.setFlushedLSN(stream.getLastReceiveLSN());
            stream.setAppliedLSN(stream.getLastReceiveLSN());
            if (taken > 0 && taken < MAX_BATCH) {
                rest();
            }
        }
        return true;
    }

    /**
     * Lets commits gather while nobody watches. A full batch is followed by the next one at once, so resting costs no
     * throughput. Who comes, {@link #cut} and {@link #stop} change what is asked here and then unpark the thread: nothing may
     * park between the question and the rest. A permit left over from before only makes one rest shorter.
     */
    private void rest() {
        if (!stopping && connection != null && !isWatched.getAsBoolean() && !mayBeHeard.getAsBoolean()) {
            LockSupport.parkNanos(this, config.restWhileUnwatched.toNanoseconds());
        }
    }

    private void take(PgOutputDecoder decoder, ByteBuffer message, List<CommittedEvent> batch) {
        try {
            PgOutputDecoder.Message decoded = decoder.decode(message);
            if (decoded instanceof PgOutputDecoder.Begun begun) {
                transaction = begun.transaction();
                inTransaction = true;
            } else if (decoded instanceof PgOutputDecoder.Committed) {
                inTransaction = false;
            } else if (decoded instanceof PgOutputDecoder.Inserted inserted) {
                batch.add(new CommittedEvent(inserted.event(), transaction));
            } else if (decoded instanceof PgOutputDecoder.Heartbeat beat) {
                OptionalLong writtenAt = heartbeat.writtenAt(beat);
                if (writtenAt.isPresent()) {
                    lag.update(System.nanoTime() - writtenAt.getAsLong(), TimeUnit.NANOSECONDS);
                    protocol.heartbeatReturned(writtenAt.getAsLong());
                }
            }
        } catch (IllegalArgumentException e) {
            // One unreadable row must not stop the others; sessions find the gap and read the journal.
            poisoned.mark();
            skipped = true;
            log.error("feed skipped a message cause=\"{}\"", e.getMessage());
        }
    }

    private void become(FeedState next, String why) {
        FeedState before = protocol.state();
        boolean news = before != next || (next == FeedState.UNAVAILABLE && !reason.equals(why));
        reason = why;
        if (news) {
            // Once when it begins; how it ends is told by the next state.
            log.atLevel(next == FeedState.UNAVAILABLE && config.enabled ? Level.WARN : Level.INFO)
                    .log("feed state={} reason=\"{}\"", next, why);
            protocol.become(next);
        }
    }

    /** Wakes a feed that waits for the slot. */
    private final class Waker implements FeedListener {
        @Override
        public void supplied(Supply supply) {
            synchronized (supplyNews) {
                supplyNews.notifyAll();
            }
        }
    }

    // ---- heartbeat

    /** On the thread {@code feed-heartbeat}. */
    private void beat() {
        boolean leads = isLeading();
        if (!leads && connection == null) {
            heartbeat.close();
            retained.none();
            return;
        }
        try {
            retained.check(heartbeat.retained(), heartbeat.open());
            if (!leads) {
                return;
            }
            if (!protocol.leadsIn(heartbeat.epoch())) {
                log.warn("feed cut reason=\"another history of the database began\"");
                cut();
                return;
            }
            heartbeat.write();
        } catch (ReplicationUnavailableException e) {
            refusal = e.getMessage();
            cut();
        } catch (SQLException | RuntimeException e) {
            log.debug("heartbeat not written cause=\"{}\"", e.toString());
            heartbeat.close();
            if (leads && Postgres.isAway(e)) {
                // A server that shuts down waits for the replication connection to confirm all it sent; pgjdbc answers
                // only when the next message comes, and none will. Letting go lets it end.
                cut();
            }
        }
    }

    /** On the thread {@code feed-watchdog}, which never blocks: cuts a connection that brings nothing. */
    private void watch() {
        protocol.passed();
        long now = System.nanoTime();
        if (isLeading() && now - lastMessageAt > config.heartbeatTimeout.toNanoseconds()) {
            log.warn("feed cut reason=\"no heartbeat within {}\"", config.heartbeatTimeout);
            cut();
        } else if (!isLeading() && connection != null && now - connectingSince > config.slotTimeout.toNanoseconds()) {
            log.warn("feed cut reason=\"no slot within {}; is a transaction open that long?\"", config.slotTimeout);
            cut();
        }
    }

    /** Ends the replication connection at once, whatever waits on it. Any thread. */
    private void cut() {
        Connection open = connection;
        connection = null;
        wake();
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                log.debug("replication connection not aborted cause=\"{}\"", e.toString());
            }
        }
    }
}
