package com.tenantlist.live.loadtest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What was committed when, and how long its events took. Any thread. */
final class Commits {
    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);

    /** A tenant's revision. */
    record Key(UUID userId, long revision) {}

    /** Both by {@link System#nanoTime()}. */
    record Times(long due, long commit) {}

    private final Map<Key, Times> times = new ConcurrentHashMap<>();
    private final Map<UUID, Long> newest = new ConcurrentHashMap<>();
    private final Histogram fromCommit = new ConcurrentHistogram(HIGHEST_MICROS, 3);
    private final Histogram fromDue = new ConcurrentHistogram(HIGHEST_MICROS, 3);
    private volatile boolean measuring;

    /** COMMIT is about to be sent. */
    void committing(UUID userId, long revision, long due) {
        newest.merge(userId, revision, Math::max);
        times.put(new Key(userId, revision), new Times(due, System.nanoTime()));
    }

    /** An event arrived at one dashboard. */
    void arrived(UUID userId, long revision) {
        long now = System.nanoTime();
        @Nullable Times commit = times.get(new Key(userId, revision));
        if (measuring && commit != null) {
            fromCommit.recordValue(micros(now - commit.commit()));
            fromDue.recordValue(micros(now - commit.due()));
        }
    }

    private static long micros(long nanos) {
        return Math.min(HIGHEST_MICROS, Math.max(0, TimeUnit.NANOSECONDS.toMicros(nanos)));
    }

    /** What was committed before does not count. */
    void startMeasuring() {
        times.clear();
        measuring = true;
    }

    /** Waits until every dashboard has its tenant's newest revision; false if that takes longer. */
    boolean awaitDelivery(List<DashboardClient> clients, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        for (DashboardClient client : clients) {
            if (!client.awaitRevision(newest.getOrDefault(client.userId(), 0L), until)) {
                return false;
            }
        }
        return true;
    }

    Histogram fromCommit() {
        return fromCommit;
    }

    Histogram fromDue() {
        return fromDue;
    }
}
