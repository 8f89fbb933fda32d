package com.tenantlist.live.delivery;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import com.tenantlist.live.feed.Supply;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.journal.Revisions;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The safety net: compares the revisions that channels know with those in the database, on its own thread. It runs at
 * once when the supply changes or may have a gap, rarely while this node is fed, every second while it is not, and, when it
 * is alone, every 50 ms while changes flow, as long as the passes are short. A pass that was asked for, failed, or found the
 * database behind is followed by another as if the node were not fed.
 */
final class Sweep<F> {
    private static final Logger log = LoggerFactory.getLogger(Sweep.class);

    /** Tenants asked for in one query. */
    private static final int BATCH = 1000;

    /** Alone, it rests so many times as long as a pass took: many tenants, or a slow database, must not mean a busy one. */
    private static final int REST = 4;

    /** So often in {@code staleAfter} it is asked whether what dashboards show may be old. */
    private static final int WATCHES = 10;

    /**
     * After so many times {@code staleAfter} they are told again: who was answered meanwhile may be as old again, by changes that this node
     * does not see.
     */
    private static final int TOLD_AGAIN = 3;

    /** One pass may fail by a line that was cut; so many, one after another, are worth saying. */
    private static final int TELLING_FAILURES = 3;

    private final DeliveryConfiguration config;
    private final JournalReader journal;
    private final StateReader states;
    private final Map<UUID, TenantChannel<F>> channels;
    private final KpiMemory kpis;
    private final Relays relays;
    private final Timer timer;
    private final Workers workers;
    private final long patience;
    private final AtomicBoolean asked = new AtomicBoolean();

    private volatile Supply supply = Supply.UNFED;
    private volatile boolean stopping;
    private volatile @Nullable String epoch;
    private volatile @Nullable String failure;

    /** When what dashboards show was last known to be true, or about to be. */
    private volatile long trueAt;

    private volatile boolean stale;

    /** Of the watch. */
    private long toldAt;

    // Of the sweep's thread.
    private long passes;
    private long aloneDelayNanos;
    private long restNanos;
    private boolean wasAlone;
    private int failures;
    private boolean behind;
    /** Somebody asked, and no pass has succeeded since. */
    private boolean owed;

    private @Nullable Unseen unseen;

    /**
     * What may have been missed may not be visible either, until every transaction has ended that had begun when somebody
     * asked. It is looked for ever more rarely: one that has nothing to do with us may be open for hours.
     *
     * @param until the first transaction that had not begun
     */
    private record Unseen(long until, long delayNanos) {}

    private void lookForUnseen(Snapshot now) {
        Unseen before = unseen;
        if (owed) {
            owed = false;
            before = new Unseen(now.next(), config.sweepWhileUnfed.toNanoseconds() / 2);
        }
        unseen = before == null || now.xmin() >= before.until()
                ? null
                : new Unseen(before.until(), Math.min(2 * before.delayNanos(), config.sweepWhileFed.toNanoseconds()));
    }

    Sweep(
            DeliveryConfiguration config,
            JournalReader journal,
            StateReader states,
            Map<UUID, TenantChannel<F>> channels,
            KpiMemory kpis,
            Relays relays,
            Workers workers,
            MetricRegistry metrics) {
        this.config = config;
        this.journal = journal;
        this.states = states;
        this.channels = channels;
        this.kpis = kpis;
        this.relays = relays;
        this.workers = workers;
        this.timer = metrics.timer("delivery.sweep");
        metrics.register("delivery.stale", (Gauge<Integer>) () -> stale ? 1 : 0);
        this.aloneDelayNanos = config.sweepAlone.toNanoseconds();
        this.patience = Math.max(config.staleAfter.toNanoseconds(), 2 * config.sweepWhileUnfed.toNanoseconds());
    }

    /** The epoch as of the last sweep; null before the first. */
    @Nullable
    String epoch() {
        return epoch;
    }

    /** Why the last passes failed, all of them; null if they did not. Any thread. */
    @Nullable
    String failure() {
        return failure;
    }

    void start() {
        trueAt = workers.nanoTime();
        sweepNow();
        watch();
    }

    void stop() {
        stopping = true;
    }

    /** Apart from the passes: one that hangs says nothing. */
    private void watch() {
        long now = workers.nanoTime();
        if (supply == Supply.FED) {
            trueAt = now;
        } else if (now - trueAt > patience && (!stale || now - toldAt > TOLD_AGAIN * patience)) {
            if (!stale) {
                log.warn("dashboards may be stale ms={}", TimeUnit.NANOSECONDS.toMillis(now - trueAt));
            }
            stale = true;
            toldAt = now;
            long at = trueAt;
            // Each then asks for its state: not all at once.
            channels.values()
                    .forEach(channel -> workers.later(
                            workers.jitter(patience / WATCHES),
                            () -> channel.sessions().forEach(session -> session.tellStale(at))));
        }
        workers.later(patience / WATCHES, this::watch);
    }

    /** @param at when a pass began that has come to its end; one that took too long shows that what is shown is as old */
    private void wasTrue(long at) {
        trueAt = Math.max(trueAt, at);
        if (stale && workers.nanoTime() - trueAt < patience) {
            stale = false;
            log.info("dashboards are true again");
        }
    }

    /** Changes reach us in another way, or some may have been missed: sweep now. */
    void supplied(Supply how) {
        if (supply == Supply.FED) {
            trueAt = workers.nanoTime();
        }
        supply = how;
        sweepNow();
    }

    /** Any thread. */
    void sweepNow() {
        if (asked.compareAndSet(false, true)) {
            workers.sweep(0, () -> {
                asked.set(false);
                pass(true);
            });
        }
    }

    /** One pass, on the sweep's thread; and the next one in time, if none comes before. */
    private void pass(boolean wasAsked) {
        long mine = ++passes;
        long began = workers.nanoTime();
        boolean found = false;
        owed |= wasAsked;
        try {
            found = sweep();
            wasTrue(began);
            if (failures > 0) {
                failures = 0;
                failure = null;
                log.info("sweep back");
            }
        } catch (RuntimeException e) {
            if (!stopping && ++failures == 1) {
                log.warn("sweep failed cause=\"{}\"", e.toString());
            }
            failure = failures < TELLING_FAILURES ? null : Postgres.rootMessage(e);
        } finally {
            passLater(mine, wasAsked, found, began);
        }
    }

    private void passLater(long mine, boolean wasAsked, boolean found, long began) {
        boolean isAlone = supply == Supply.ALONE;
        aloneDelayNanos = found || (isAlone && !wasAlone)
                ? config.sweepAlone.toNanoseconds()
                : Math.min(aloneDelayNanos * 2, config.sweepWhileUnfed.toNanoseconds());
        restNanos = REST * (workers.nanoTime() - began);
        wasAlone = isAlone;
        // What somebody knew of when asking may not have been visible yet.
        long delay = delayNanos(wasAsked || behind || failures > 0);
        workers.sweep(unseen == null ? delay : Math.min(delay, unseen.delayNanos()), () -> {
            if (passes == mine) {
                pass(false);
            }
        });
    }

    private long delayNanos(boolean again) {
        long delay = switch (supply) {
            case FED -> config.sweepWhileFed.toNanoseconds();
            case UNFED -> config.sweepWhileUnfed.toNanoseconds();
            case ALONE -> Math.max(aloneDelayNanos, Math.min(restNanos, config.sweepWhileUnfed.toNanoseconds()));
        };
        return again ? Math.min(delay, config.sweepWhileUnfed.toNanoseconds()) : delay;
    }

    /** Returns true if it found something that nobody had told us of. */
    private boolean sweep() {
        Timer.Context measured = timer.time();
        try {
            behind = false;
            boolean found = false;
            boolean rewound = false;
            List<TenantChannel<F>> all = new ArrayList<>(channels.values());
            Snapshot first = null;
            int from = 0;
            do {
                Compared compared = compare(all.subList(from, Math.min(all.size(), from + BATCH)));
                first = first == null ? compared.snapshot() : first;
                found |= compared.found();
                rewound |= compared.rewound();
                from += BATCH;
            } while (from < all.size());
            lookForUnseen(first);
            String current = epoch;
            if (rewound && current != null) {
                log.warn("history rewound reason=\"a tenant's revision went backwards\"");
                changeTo(states.renewEpoch(current));
            }
            return found;
        } finally {
            measured.stop();
        }
    }

    /** What a query of some tenants told. */
    private record Compared(Snapshot snapshot, boolean found, boolean rewound) {}

    private Compared compare(List<TenantChannel<F>> batch) {
        Map<UUID, Newest> before = new HashMap<>();
        for (TenantChannel<F> channel : batch) {
            Newest known = channel.known();
            if (known != null) {
                before.put(channel.userId(), known);
            }
        }
        Revisions revisions =
                journal.revisions(batch.stream().map(TenantChannel::userId).toList());
        changeTo(revisions.epoch());
        boolean found = false;
        boolean rewound = false;
        for (TenantChannel<F> channel : batch) {
            Position position = new Position(revisions.epoch(), revisions.of(channel.userId()));
            Newest known = before.get(channel.userId());
            if (known == null || position.revision() > known.revision()) {
                found = true;
            }
            if (known != null) {
                behind |= known.isPendingIn(position, revisions.snapshot());
                rewound |= known.isLostIn(position, revisions.snapshot());
            }
            channel.advance(position);
        }
        return new Compared(revisions.snapshot(), found, rewound);
    }

    /** The database's history is this one: channels that are of another, or of none yet, start anew. */
    private void changeTo(String current) {
        String known = epoch;
        epoch = current;
        if (known != null && !known.equals(current)) {
            log.warn("history changed epoch={}", current);
            kpis.distrust();
            relays.forget();
        }
        for (TenantChannel<F> channel : channels.values()) {
            if (!channel.isOf(current)) {
                channel.restart(current);
            }
        }
    }
}
