package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.protocol.EventType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's most recent events on this node, and the sessions that read them. Written under its monitor by the feed's
 * thread and the sweep; read by any thread without a lock.
 */
final class TenantChannel<F> {
    private static final long UNKNOWN = -1;

    private final UUID userId;
    private final AtomicReferenceArray<@Nullable Recent<F>> recent;
    private final Set<Session<F>> sessions = ConcurrentHashMap.newKeySet();
    /** By the revision they come after; only for a moment each. */
    private final ConcurrentNavigableMap<Long, CompletableFuture<Delivery.Page<F>>> pages =
            new ConcurrentSkipListMap<>();

    private final Workers workers;
    private final KpiMemory kpis;
    private final long kpiIntervalNanos;

    /** The history that all of this belongs to; null before this node knows it. */
    private volatile @Nullable String epoch;

    /** What clients were last told that a history is. */
    private volatile @Nullable Told told;

    private volatile @Nullable Newest newest;
    private volatile long kpiDue = UNKNOWN;
    private long lastKpiAt;
    private boolean kpiTimerRuns;
    private final StateReads<F> stateReads;

    TenantChannel(UUID userId, @Nullable String epoch, DeliveryConfiguration config, Workers workers, KpiMemory kpis) {
        this.userId = userId;
        this.epoch = epoch;
        this.recent = new AtomicReferenceArray<>(config.recentEvents);
        this.workers = workers;
        this.kpis = kpis;
        this.kpiIntervalNanos = config.kpiInterval.toNanoseconds();
        this.stateReads = new StateReads<>(userId, config.waitingReadsPerTenant);
        this.lastKpiAt = workers.nanoTime() - kpiIntervalNanos;
    }

    /**
     * A page of the journal that has the event after that revision, or is being read for it: one that is there already, or
     * {@code fresh}, which the caller then completes. Any thread.
     */
    CompletableFuture<Delivery.Page<F>> pageAfter(long after, CompletableFuture<Delivery.Page<F>> fresh) {
        Map.Entry<Long, CompletableFuture<Delivery.Page<F>>> before = pages.floorEntry(after);
        if (before != null
                && before.getValue().isDone()
                && !before.getValue().isCompletedExceptionally()
                && before.getValue().join().reaches(after + 1)) {
            return before.getValue();
        }
        return pages.computeIfAbsent(after, revision -> fresh);
    }

    void forgetPage(long after, CompletableFuture<Delivery.Page<F>> page) {
        pages.remove(after, page);
    }

    UUID userId() {
        return userId;
    }

    Set<Session<F>> sessions() {
        return sessions;
    }

    StateReads<F> stateReads() {
        return stateReads;
    }

    private record Told(String history, String epoch) {}

    /** What the tenant's clients are told that a history is; made once a history. Any thread. */
    String told(String history) {
        Told last = told;
        if (last == null || !last.history().equals(history)) {
            last = new Told(history, Epoch.told(history, userId));
            told = last;
        }
        return last.epoch();
    }

    /** Whether it is of that history. */
    boolean isOf(String history) {
        return history.equals(epoch);
    }

    /**
     * Where a session that is new may start; empty if it is not known yet, or not known to be shown by queries: what the session
     * is then told of may be older.
     */
    synchronized Optional<Position> end() {
        return Optional.ofNullable(newest).filter(Newest::shown).map(Newest::position);
    }

    /** The newest revision that is known to exist; below all if none is. */
    long newest() {
        Newest known = newest;
        return known == null ? UNKNOWN : known.revision();
    }

    /** The same, and how it is known; null if none is. */
    @Nullable
    Newest known() {
        return newest;
    }

    /** The revision whose KPIs are due; a session that has reached it and sent none since sends its newest. */
    long kpiDue() {
        return kpiDue;
    }

    /** The event of that revision, or null if it is not kept: then it stands in the journal. */
    @Nullable
    Recent<F> find(long revision) {
        Recent<F> event = recent.get((int) (revision % recent.length()));
        return event != null && event.revision() == revision ? event : null;
    }

    /**
     * An event was relayed. One that is known already, or of another history, is dropped; one that asks for full state is not
     * kept, so that sessions find that the journal does not lead on. The caller wakes the sessions.
     */
    synchronized void publish(Recent<F> event, Newest relayed) {
        if (isOf(event.epoch()) && event.revision() > newest()) {
            if (event.type() != EventType.STATE_RESET) {
                recent.set((int) (event.revision() % recent.length()), event);
            }
            rise(relayed);
        }
    }

    /** A query has shown this revision: sessions that have not look for it. */
    void advance(Position position) {
        advance(Newest.shown(position));
    }

    /** This revision is committed: sessions that have not look for it. */
    void advance(Newest found) {
        long revision = found.revision();
        if (isOf(found.position().epoch())) {
            // Before a session can show it, REST must not show older ones.
            kpis.seen(userId, revision);
        }
        synchronized (this) {
            if (!isOf(found.position().epoch()) || revision < newest()) {
                return;
            }
            if (revision == newest()) {
                newest = found.shown() ? found : newest;
                return;
            }
            if (newest == null) {
                // The first that is known is no change; but a session may have started from before it.
                newest = found;
                kpiDue = revision;
            } else {
                rise(found);
            }
        }
        wake();
    }

    private void rise(Newest to) {
        newest = to;
        long revision = to.revision();
        if (kpiTimerRuns) {
            return;
        }
        long now = workers.nanoTime();
        long wait = lastKpiAt + kpiIntervalNanos - now;
        if (wait <= 0) {
            lastKpiAt = now;
            kpiDue = revision;
        } else {
            kpiTimerRuns = true;
            workers.later(wait, this::kpiTimerFired);
        }
    }

    private void kpiTimerFired() {
        synchronized (this) {
            kpiTimerRuns = false;
            lastKpiAt = workers.nanoTime();
            kpiDue = newest();
        }
        wake();
    }

    /** Another history began, or the first is known: nothing that was known counts. Sessions see it and get full state. */
    void restart(String newEpoch) {
        synchronized (this) {
            for (int i = 0; i < recent.length(); i++) {
                recent.set(i, null);
            }
            pages.clear();
            newest = null;
            kpiDue = UNKNOWN;
            epoch = newEpoch;
        }
        wake();
    }

    void wake() {
        sessions.forEach(Session::wake);
    }
}
