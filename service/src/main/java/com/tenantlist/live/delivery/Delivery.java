package com.tenantlist.live.delivery;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.feed.FeedListener;
import com.tenantlist.live.feed.Supply;
import com.tenantlist.live.journal.JournalPage;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.threads.Backoff;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import io.dropwizard.util.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to sessions. See the package.
 *
 * @param <F> an encoded event
 */
public final class Delivery<F> implements FeedListener, Managed {
    private static final Logger log = LoggerFactory.getLogger(Delivery.class);

    /** How often the database is asked again when it does not show what this node, or the client, knows. */
    private static final int PATIENCE = 10;

    /** How long a page is kept for sessions that come to it a little later. */
    private static final Duration PAGE_KEPT = Duration.milliseconds(100);

    /** Of reads that were in vain. */
    private static final Backoff RETRY_NANOS = new Backoff(
            Duration.milliseconds(4).toNanoseconds(), Duration.seconds(1).toNanoseconds());

    private final DeliveryConfiguration config;
    private final JournalReader journal;
    private final KpiMemory kpis;
    private final StateReader states;
    private final Encoder<F> encoder;
    private final Map<UUID, TenantChannel<F>> channels = new ConcurrentHashMap<>();
    private final Map<EventType, Meter> sent = new EnumMap<>(EventType.class);
    private final Meter journalReads;
    private final Meter stateReads;
    private final Meter stateAnswers;
    private final Meter recoveries;
    private final Meter failedRecoveries;
    private final Workers workers;
    private final Relays relays;
    private final StatesOfTenants stateReader = new StatesOfTenants();
    private final Sweep<F> sweep;
    private Runnable arrivals = () -> {};

    /** What a read of the journal found. */
    record Page<F>(JournalPage source, List<Recent<F>> events) {
        /** Whether the page ends with that event or a later one. */
        boolean reaches(long wanted) {
            return !events.isEmpty() && events.get(events.size() - 1).revision() >= wanted;
        }
    }

    /** Makes delivery that runs on these workers. The caller must let it listen to the feed, and start and stop it. */
    public Delivery(
            DeliveryConfiguration config,
            JournalReader journal,
            KpiMemory kpis,
            StateReader states,
            Encoder<F> encoder,
            Workers workers,
            MetricRegistry metrics) {
        this.config = config;
        this.journal = journal;
        this.kpis = kpis;
        this.states = states;
        this.encoder = encoder;
        this.workers = workers;
        for (EventType type : EnumSet.complementOf(EnumSet.of(EventType.STATE_RESET))) {
            sent.put(type, metrics.meter("delivery.events." + type.wireName()));
        }
        this.journalReads = metrics.meter("delivery.journal.reads");
        this.stateReads = metrics.meter("delivery.states.reads");
        this.stateAnswers = metrics.meter("delivery.states");
        this.recoveries = metrics.meter("delivery.recoveries");
        this.failedRecoveries = metrics.meter("delivery.recoveries.failed");
        metrics.register("delivery.tenants", (Gauge<Integer>) channels::size);
        this.relays = new Relays(config.rememberedRelays);
        this.sweep = new Sweep<>(config, journal, states, channels, kpis, relays, workers, metrics);
    }

    /** Makes delivery, managed by the environment. The caller must let it listen to the feed. */
    public static <F> Delivery<F> open(
            DeliveryConfiguration config,
            JournalReader journal,
            KpiMemory kpis,
            StateReader states,
            Encoder<F> encoder,
            Environment environment) {
        Delivery<F> delivery = new Delivery<>(
                config, journal, kpis, states, encoder, new DeliveryThreads(config), environment.metrics());
        environment.lifecycle().manage(delivery);
        return delivery;
    }

    @Override
    public void start() {
        sweep.start();
    }

    @Override
    public void stop() throws InterruptedException {
        sweep.stop();
        workers.stop();
    }

    // ---- sessions

    /** Whether there is a session on this node, be it one that has not begun yet. Any thread. */
    public boolean isWatched() {
        return !channels.isEmpty();
    }

    /** Names who is told when a session comes, before it reads what it starts from; on its thread; before the start. */
    public void listenForSessions(Runnable listener) {
        arrivals = listener;
    }

    /**
     * A dashboard opens. From the moment the stage completes, every event of the tenant that commits will reach the sink,
     * once {@link Session#begin()} is called.
     *
     * @param held where a client that comes back was, as it was told. If all events after it still stand in the journal the
     *     session goes on from there, and {@link Session#isRecovered()}
     * @return completes on any thread; fails if the database does not answer
     */
    public CompletionStage<Session<F>> attach(UUID userId, Sink<F> sink, Optional<Position> held) {
        Session<F> session = join(userId, sink);
        Optional<Position> end = held.isEmpty() ? session.channel().end() : Optional.empty();
        if (end.isPresent()) {
            session.startAt(end.get());
            return CompletableFuture.completedFuture(session);
        }
        CompletableFuture<Session<F>> attached = new CompletableFuture<>();
        startSession(session, held, attached, 1);
        return attached;
    }

    private void startSession(
            Session<F> session, Optional<Position> held, CompletableFuture<Session<F>> attached, int attempt) {
        TenantChannel<F> channel = session.channel();
        Runnable failed = () -> {
            session.close();
            attached.completeExceptionally(new IllegalStateException("the database does not answer"));
        };
        Runnable again = () -> retry(attempt, () -> startSession(session, held, attached, attempt + 1));
        Optional<Newest> known = known(channel);
        long askedAt = workers.nanoTime();
        readState(
                session,
                false,
                answer -> {
                    KpiState state = answer.state();
                    Position now = Position.of(state);
                    Optional<Position> heldHere = held.filter(
                                    position -> position.epoch().equals(channel.told(now.epoch())))
                            .map(position -> new Position(now.epoch(), position.revision()));
                    Session.Standing standing = session.standing(
                            state, heldHere.map(Position::revision).orElse(0L), known, askedAt);
                    boolean isOfAnotherHistory = !channel.isOf(state.epoch());
                    if (isOfAnotherHistory || standing == Session.Standing.LOST) {
                        known.ifPresent(channel::advance);
                        historyMayHaveChanged();
                        (attempt < PATIENCE ? again : failed).run();
                    } else if (standing == Session.Standing.UNKNOWN) {
                        if (attempt < PATIENCE) {
                            again.run();
                        } else {
                            // Its client will say what it holds, and may wait for that longer than a handshake can.
                            failedRecoveries.mark();
                            session.startAt(now);
                            started(session, now, attached);
                        }
                    } else if (standing == Session.Standing.PENDING) {
                        // What it holds is true, and so is that nothing newer is in the journal yet.
                        Newest newest = known.orElseThrow();
                        recover(session, heldHere.orElseThrow());
                        if (newest.revision() == session.revision()) {
                            session.announce(newest.sums());
                        }
                        started(session, now, attached);
                    } else if (heldHere.isPresent() && heldHere.get().revision() < now.revision()) {
                        long after = heldHere.get().revision();
                        read(
                                channel.userId(),
                                () -> journal.readAfter(channel.userId(), after, 1),
                                page -> start(
                                        session,
                                        state,
                                        reaches(page, now, after) ? heldHere : Optional.empty(),
                                        true,
                                        attached),
                                failed);
                    } else {
                        start(session, state, heldHere.filter(now::equals), held.isPresent(), attached);
                    }
                },
                failed);
    }

    /** Whether a page leads on from that revision. */
    private static boolean reaches(JournalPage page, Position now, long after) {
        return page.epoch().equals(now.epoch())
                && !page.isPruned(after)
                && !page.events().isEmpty();
    }

    /** Starts a session where its client was, if the journal leads on from there, or as of now. */
    private void start(
            Session<F> session,
            KpiState state,
            Optional<Position> leadsOn,
            boolean comesBack,
            CompletableFuture<Session<F>> attached) {
        Position now = Position.of(state);
        if (leadsOn.isPresent()) {
            recover(session, leadsOn.get());
        } else {
            session.startAt(now);
            if (comesBack) {
                failedRecoveries.mark();
            }
        }
        if (comesBack && session.revision() == now.revision()) {
            session.announce(state.kpis().sums());
        }
        started(session, now, attached);
    }

    private void recover(Session<F> session, Position held) {
        recoveries.mark();
        session.recoverAt(held);
    }

    private void started(Session<F> session, Position now, CompletableFuture<Session<F>> attached) {
        TenantChannel<F> channel = session.channel();
        channel.advance(now);
        // An event may have been relayed before there was a channel, and not be visible to queries yet.
        known(channel).ifPresent(channel::advance);
        attached.complete(session);
    }

    /** The newest of a tenant that this node knows to be committed. */
    private Optional<Newest> known(TenantChannel<F> channel) {
        Newest here = channel.known();
        Newest relayed = relays.find(channel.userId());
        return Optional.ofNullable(
                here == null
                                || (relayed != null
                                        && channel.isOf(relayed.position().epoch())
                                        && relayed.revision() > here.revision())
                        ? relayed
                        : here);
    }

    private Session<F> join(UUID userId, Sink<F> sink) {
        List<Session<F>> made = new ArrayList<>(1);
        channels.compute(userId, (id, open) -> {
            TenantChannel<F> channel =
                    open == null ? new TenantChannel<>(userId, sweep.epoch(), config, workers, kpis) : open;
            Session<F> session = new Session<>(this, channel, sink);
            channel.sessions().add(session);
            made.add(session);
            return channel;
        });
        arrivals.run();
        return made.get(0);
    }

    void detach(Session<F> session) {
        channels.computeIfPresent(session.channel().userId(), (id, channel) -> {
            channel.sessions().remove(session);
            return channel.sessions().isEmpty() ? null : channel;
        });
    }

    // ---- the feed

    /** Something is of another history than our dashboards show: the sweep finds out which is true. */
    void historyMayHaveChanged() {
        sweep.sweepNow();
    }

    /** The history of the database that this node knows; null before the first sweep. */
    public @Nullable String epoch() {
        return sweep.epoch();
    }

    /** Why changes are not looked for, though it is tried again and again; null if they are. */
    public @Nullable String sweepFailure() {
        return sweep.failure();
    }

    @Override
    public void supplied(Supply supply) {
        kpis.look(supply == Supply.FED);
        sweep.supplied(supply);
    }

    @Override
    public void relayed(String epoch, List<CommittedEvent> events, boolean fed) {
        long sight = fed ? kpis.sight() : KpiMemory.NO_SIGHT;
        if (!epoch.equals(sweep.epoch())) {
            kpis.missed();
            historyMayHaveChanged();
            return;
        }
        Map<UUID, CommittedEvent> newest = new LinkedHashMap<>();
        Set<TenantChannel<F>> touched = new LinkedHashSet<>();
        for (CommittedEvent committed : events) {
            newest.put(committed.event().userId(), committed);
        }
        // Before a dashboard can see a revision, this node must not serve older KPIs.
        newest.forEach((userId, committed) -> {
            kpis.remember(userId, epoch, committed.event().kpis(), sight);
            relays.remember(userId, Newest.relayed(epoch, committed));
        });
        if (!epoch.equals(sweep.epoch())) {
            // Another history began meanwhile; what was remembered may be of the old one.
            relays.forget();
            return;
        }
        for (CommittedEvent committed : events) {
            TenantChannel<F> channel = channels.get(committed.event().userId());
            if (channel != null) {
                channel.publish(new Recent<>(epoch, committed.event(), encoder), Newest.relayed(epoch, committed));
                touched.add(channel);
            }
        }
        touched.forEach(TenantChannel::wake);
    }

    // ---- what sessions use

    DeliveryConfiguration config() {
        return config;
    }

    Workers workers() {
        return workers;
    }

    F encode(EventType type, String payload, long revision) {
        return encode(type.wireName(), payload, revision);
    }

    F encode(String event, String payload, long revision) {
        return encoder.encode(event, payload, revision);
    }

    void sent(EventType type) {
        Meter meter = sent.get(type);
        if (meter != null) {
            meter.mark();
        }
    }

    /**
     * A page of the journal that has the event after that revision, if there is one; it may begin before. Sessions of a
     * tenant share pages, and their events with the encodings: a burst that the channel does not hold costs some queries,
     * not some a session.
     */
    void readJournal(TenantChannel<F> channel, long after, Consumer<Page<F>> then, Runnable failed) {
        CompletableFuture<Page<F>> fresh = new CompletableFuture<>();
        CompletableFuture<Page<F>> page = channel.pageAfter(after, fresh);
        if (page == fresh) {
            journalReads.mark();
            UUID userId = channel.userId();
            read(
                    userId,
                    () -> {
                        JournalPage source = journal.readAfter(userId, after, config.journalPage);
                        return new Page<>(
                                source,
                                source.events().stream()
                                        .map(event -> new Recent<>(source.epoch(), event, encoder))
                                        .toList());
                    },
                    found -> {
                        JournalPage source = found.source();
                        if (!channel.isOf(source.epoch())) {
                            historyMayHaveChanged();
                        }
                        channel.advance(new Position(source.epoch(), source.revision()));
                        if (found.events().isEmpty()) {
                            channel.forgetPage(after, page);
                        } else {
                            later(PAGE_KEPT, () -> channel.forgetPage(after, page));
                        }
                        page.complete(found);
                    },
                    () -> {
                        channel.forgetPage(after, page);
                        page.completeExceptionally(new IllegalStateException("the database does not answer"));
                    });
        }
        page.whenComplete((found, failure) -> {
            if (failure == null) {
                then.accept(found);
            } else {
                failed.run();
            }
        });
    }

    /**
     * The state of a session's tenant, as of a moment after now.
     *
     * @param then on a reader's thread, unless the session is closed by then
     */
    void readState(Session<F> session, boolean full, Consumer<StateAnswer<F>> then, Runnable failed) {
        session.channel()
                .stateReads()
                .ask(
                        new StateReads.Question<>(
                                full,
                                session::isOpen,
                                answer -> {
                                    stateAnswers.mark();
                                    then.accept(answer);
                                },
                                failed),
                        stateReader);
    }

    private final class StatesOfTenants implements StateReads.Reader<F> {
        @Override
        public boolean execute(UUID userId, Runnable read) {
            return workers.read(userId, read);
        }

        @Override
        public StateAnswer<F> read(UUID userId, boolean full) {
            stateReads.mark();
            return full
                    ? StateAnswer.ofAll(userId, states.read(userId), encoder)
                    : StateAnswer.ofKpis(states.readKpis(userId));
        }
    }

    private <T> void read(UUID userId, java.util.function.Supplier<T> question, Consumer<T> then, Runnable failed) {
        boolean taken = workers.read(userId, () -> {
            T answer;
            try {
                answer = question.get();
            } catch (RuntimeException e) {
                log.debug("read failed cause=\"{}\"", e.toString());
                failed.run();
                return;
            }
            then.accept(answer);
        });
        if (!taken) {
            failed.run();
        }
    }

    void later(Duration delay, Runnable task) {
        workers.later(delay.toNanoseconds(), task);
    }

    /** Runs a task after a pause that grows with the failures there were in a row. */
    void retry(int failures, Runnable task) {
        workers.later(RETRY_NANOS.after(failures, workers::jitter), task);
    }
}
