package com.tenantlist.live.feed;

import com.tenantlist.live.bus.BusListener;
import com.tenantlist.live.bus.MessageKind;
import com.tenantlist.live.kpi.KpiMemory;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node says as leader, hears as one that stands by, and tells its listeners. It has no thread, no clock and no
 * connection of its own. Any thread.
 */
public final class FeedProtocol {
    private static final Logger log = LoggerFactory.getLogger(FeedProtocol.class);

    private final SupplyWatch watch;
    private final LongSupplier clock;
    private final BiConsumer<MessageKind, Supplier<byte[]>> bus;
    private final KpiMemory kpis;
    private final Supplier<@Nullable String> knownEpoch;
    private final List<FeedListener> listeners = new CopyOnWriteArrayList<>();

    private volatile FeedState state = FeedState.STOPPED;
    private volatile Supply supply = Supply.UNFED;
    private volatile long term;
    private volatile String epoch = "";

    /**
     * Makes one that is stopped.
     *
     * @param silenceNanos after which a leader that is not heard, or is behind the WAL itself, does not count
     * @param aloneNanos after which a node that is not fed counts as alone
     * @param clock as {@link System#nanoTime}
     * @param bus publishes to the other nodes, if there are any; does not block
     * @param knownEpoch the history of the database that this node shows; null while it does not know
     */
    public FeedProtocol(
            long silenceNanos,
            long aloneNanos,
            LongSupplier clock,
            BiConsumer<MessageKind, Supplier<byte[]>> bus,
            KpiMemory kpis,
            Supplier<@Nullable String> knownEpoch) {
        this.watch = new SupplyWatch(silenceNanos, aloneNanos);
        this.clock = clock;
        this.bus = bus;
        this.kpis = kpis;
        this.knownEpoch = knownEpoch;
    }

    /** Adds a listener; before anything happens. */
    public void listen(FeedListener listener) {
        listeners.add(listener);
    }

    FeedState state() {
        return state;
    }

    /** Whether this node reads the WAL. */
    public boolean isLeading() {
        return state == FeedState.LEADING;
    }

    Supply supply() {
        return supply;
    }

    /** Whether every commit from now on reaches the listeners at once, from here or from the node that leads. */
    public boolean isFed() {
        return supply == Supply.FED;
    }

    // ---- this node's own feed

    /**
     * The slot is ours: this node leads.
     *
     * @param newTerm where the slot begins in the WAL; a later leader has a later one
     * @param current the database's epoch, read after the slot was opened
     */
    public void lead(long newTerm, String current) {
        term = newTerm;
        epoch = current;
        become(FeedState.LEADING);
    }

    /** This node's own feed is in another state; to lead, call {@link #lead}. */
    public void become(FeedState next) {
        FeedState before = state;
        state = next;
        if (next == before) {
            return;
        }
        if (next == FeedState.LEADING) {
            kpis.distrust();
            sayThatWeLead(false);
        } else if (before == FeedState.LEADING) {
            sayThatWeLead(true);
        }
        now(time -> watch.own(next, time));
    }

    /** The leader read events from the WAL. They go to this node's own dashboards first: they lose nothing without the bus. */
    public void relay(List<CommittedEvent> batch) {
        String current = epoch;
        relayed(current, batch, true);
        bus.accept(MessageKind.EVENTS, () -> FeedMessages.encode(new FeedMessages.Events(current, batch)));
    }

    /** The leader could not read an event: whose it is, and what it changed, is not known. */
    public void skipped() {
        kpis.distrust();
        if (isFed()) {
            sayThatWeLead(false);
        }
    }

    /**
     * The leader read its heartbeat back: the others shall know that it lives. While it is behind it is silent, so that they
     * look for changes too.
     *
     * @param writtenAt of the clock
     */
    public void heartbeatReturned(long writtenAt) {
        now(time -> watch.returned(writtenAt, time));
        if (isFed()) {
            sayThatWeLead(false);
        }
    }

    /**
     * Whether what the leader reads from the WAL is of this history. If not, it must lead anew: what it has received and not
     * relayed yet may not be in the database any more.
     */
    public boolean leadsIn(String current) {
        return current.equals(epoch);
    }

    private void sayThatWeLead(boolean leaves) {
        bus.accept(
                MessageKind.LEADER,
                () -> FeedMessages.encode(new LeaderSign(epoch, term, kpis.cacheGeneration(), leaves)));
    }

    // ---- the others

    /** Hears the events that the leader relays. */
    public BusListener eventsHeard() {
        return (node, body) -> {
            FeedMessages.Events heard = FeedMessages.events(body);
            relayed(heard.epoch(), heard.events(), isLedBy(node));
        };
    }

    /** Hears who leads, and what was lost on the way. */
    public BusListener leaderHeard() {
        return new BusListener() {
            @Override
            public void received(UUID node, byte[] body) {
                LeaderSign sign = FeedMessages.leader(body);
                now(time -> {
                    Supply news = watch.heard(node, sign, knownEpoch.get(), time);
                    if (isLedBy(node)) {
                        kpis.adoptCacheGeneration(sign.cacheGeneration());
                    }
                    return news;
                });
            }

            @Override
            public void missed(UUID node) {
                now(time -> watch.missed(node, time));
            }
        };
    }

    private boolean isLedBy(UUID node) {
        synchronized (watch) {
            return watch.isLedBy(node) && !isLeading();
        }
    }

    /** Whether every commit reaches the journal, and the journal the WAL's readers; while not, this node is not fed. */
    public void trust(boolean whole) {
        now(time -> watch.trusted(whole, time));
    }

    boolean isTrusted() {
        synchronized (watch) {
            return watch.isTrusted();
        }
    }

    /** Time has passed; to be called often. */
    public void passed() {
        now(watch::passed);
    }

    // ---- telling

    /** Puts something to the watch over the supply, and tells what follows from it. */
    private void now(LongFunction<@Nullable Supply> input) {
        synchronized (watch) {
            Supply news = input.apply(clock.getAsLong());
            if (news != null) {
                supply = news;
                tell(listener -> listener.supplied(news));
            }
        }
    }

    private void relayed(String history, List<CommittedEvent> events, boolean fed) {
        if (!tell(listener -> listener.relayed(history, events, fed))) {
            now(watch::notTaken);
        }
    }

    /** Returns whether all of them took it. */
    private boolean tell(Consumer<FeedListener> what) {
        boolean taken = true;
        for (FeedListener listener : listeners) {
            try {
                what.accept(listener);
            } catch (RuntimeException e) {
                log.error("feed listener failed", e);
                taken = false;
            }
        }
        return taken;
    }
}
