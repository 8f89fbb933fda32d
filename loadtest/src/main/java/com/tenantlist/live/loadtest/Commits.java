package com.tenantlist.live.loadtest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What was changed when, and how long its events took. Any thread. */
final class Commits {
    /** A tenant's change, by its mark. */
    private record Key(UUID userId, long mark) {}

    /** Both by {@link System#nanoTime()}. */
    private record Times(long due, long sent) {}

    private final Map<Key, Times> times = new ConcurrentHashMap<>();
    private final Map<UUID, Long> newest = new ConcurrentHashMap<>();
    private final boolean bySequence;
    private final String sent;
    private volatile @Nullable Measure measure;

    private record Measure(Latency fromSent, Latency fromDue) {}

    private Commits(boolean bySequence, String sent) {
        this.bySequence = bySequence;
        this.sent = sent;
    }

    /** Changes are known by their revision; they are sent when COMMIT is. */
    static Commits byRevision() {
        return new Commits(false, "COMMIT to event");
    }

    /** Changes are known by the number in the business' name. */
    static Commits bySequence(String sent) {
        return new Commits(true, sent + " to event");
    }

    /** By what an event's change is known; -1 if it is none of ours. */
    long markOf(Frame frame) {
        return bySequence ? frame.sequence() : frame.revision();
    }

    boolean isByRevision() {
        return !bySequence;
    }

    /** A change is about to be sent. */
    void sending(UUID userId, long mark, long due) {
        newest.merge(userId, mark, Math::max);
        times.put(new Key(userId, mark), new Times(due, System.nanoTime()));
    }

    /** An event arrived at one dashboard. */
    void arrived(UUID userId, Frame frame) {
        Measure now = measure;
        Times change = now == null ? null : times.get(new Key(userId, markOf(frame)));
        if (now != null && change != null) {
            long nanos = System.nanoTime();
            now.fromSent.record(change.sent(), nanos);
            now.fromDue.record(change.due(), nanos);
        }
    }

    /** What was sent before does not count. */
    void startMeasuring() {
        times.clear();
        measure = new Measure(new Latency(sent), new Latency("due to event"));
    }

    /** Waits until every dashboard has its tenant's newest change; returns how many have not when the time is over. */
    long awaitDelivery(List<DashboardClient> clients, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        long behind = 0;
        for (DashboardClient client : clients) {
            if (!client.awaitMark(newest.getOrDefault(client.userId(), 0L), until)) {
                behind++;
            }
        }
        return behind;
    }

    /**
     * From the moment of sending, that corrected for what had to wait, and from the due time.
     *
     * @param interval between two changes of one sender
     */
    List<Latency> latencies(Duration interval) {
        Measure done = measure;
        if (done == null) {
            return List.of();
        }
        long micros = TimeUnit.NANOSECONDS.toMicros(interval.toNanos());
        return List.of(done.fromDue, done.fromSent, done.fromSent.corrected(sent + ", corrected", micros));
    }

    long deliveries() {
        Measure done = measure;
        return done == null ? 0 : done.fromSent.all().getTotalCount();
    }
}
