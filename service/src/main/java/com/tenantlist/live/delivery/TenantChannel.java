package com.tenantlist.live.delivery;

import java.util.Map;
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
    private final long kpiIntervalNanos;

    private volatile long newest = UNKNOWN;
    private volatile long kpiDue = UNKNOWN;
    private long lastKpiAt;
    private boolean kpiTimerRuns;
    private int timesBehind;

    TenantChannel(UUID userId, DeliveryConfiguration config, Workers workers) {
        this.userId = userId;
        this.recent = new AtomicReferenceArray<>(config.recentEvents);
        this.workers = workers;
        this.kpiIntervalNanos = config.kpiInterval.toNanoseconds();
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

    /** Whether {@link #newest()} says something. */
    boolean isReady() {
        return newest != UNKNOWN;
    }

    /** The newest revision that is known to exist. */
    long newest() {
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

    /** An event was relayed. One that is known already is dropped. */
    synchronized void publish(Recent<F> event) {
        if (event.revision() <= newest) {
            return;
        }
        recent.set((int) (event.revision() % recent.length()), event);
        advance(event.revision());
    }

    /** What the database has as the first session opens: nobody waits for the KPIs of that. */
    synchronized void begin(long revision) {
        if (newest == UNKNOWN) {
            newest = revision;
        } else {
            advance(revision);
        }
    }

    /** The database has this revision. */
    synchronized void advance(long revision) {
        if (revision <= newest) {
            return;
        }
        newest = revision;
        timesBehind = 0;
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
            kpiDue = newest;
        }
        wake();
    }

    /**
     * The sweep found a revision in the database.
     *
     * @param before what {@link #newest()} was before the database was asked
     * @return true if the database is behind us, twice in a row: its history was rewound. (Once may be a commit that the
     *     WAL shows a moment before queries do.)
     */
    synchronized boolean swept(long revision, long before) {
        if (revision >= before || before != newest) {
            timesBehind = 0;
            advance(revision);
            return false;
        }
        timesBehind++;
        return timesBehind >= 2;
    }

    /** Another history began: nothing that was known counts. Sessions must get full state. */
    synchronized void reset() {
        for (int i = 0; i < recent.length(); i++) {
            recent.set(i, null);
        }
        pages.clear();
        newest = UNKNOWN;
        kpiDue = UNKNOWN;
        timesBehind = 0;
    }

    void wake() {
        sessions.forEach(Session::wake);
    }
}
