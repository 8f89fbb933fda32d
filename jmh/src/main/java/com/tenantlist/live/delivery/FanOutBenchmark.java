package com.tenantlist.live.delivery;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.dashboard.Dashboard;
import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.feed.Supply;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.journal.JournalPage;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.journal.Revisions;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Snapshot;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.socketio.OutgoingEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From a committed event to the frames of all its dashboards, on one thread: what is between the decoder and the sockets. The
 * tenant's {@code kpi:update}, ten a second at most, are not sent.
 */
public class FanOutBenchmark extends HotWay {
    private static final UUID USER = UUID.fromString("11111111-1111-4111-8111-111111111111");
    private static final String EPOCH = "4nQ3cJ8sTfKq0m9Yb2XzRw";
    private static final String PAYLOAD = """
            {"businessId":"22222222-2222-4222-8222-222222222222","metrics":{"views_count":120,"clicks_count":34,"property_invites_count":5,\
            "declined_count":1,"messages_count":67,"qfps_submitted_count":8}}""";
    private static final KpiSums SUMS = new KpiSums(12, 34_567, 890, 1_234);
    private static final Instant TIME = Instant.parse("2026-11-24T06:20:00.123Z");

    /** Dashboards of the tenant; 0: nobody watches. */
    @Param({"0", "1", "100", "1000"})
    public int sessions;

    private final Caller workers = new Caller();
    private final Empty database = new Empty();
    private final Delivery<OutgoingEvent> delivery = new Delivery<>(
            new DeliveryConfiguration(),
            database,
            new KpiMemory(new KpiConfiguration()),
            database,
            Dashboard::encode,
            workers,
            new MetricRegistry());
    private long revision;
    private long before;
    private long deliveries;

    @Setup
    public void open() {
        delivery.start();
        delivery.supplied(Supply.FED);
        for (int i = 0; i < sessions; i++) {
            delivery.attach(USER, new Counter(), Optional.empty())
                    .toCompletableFuture()
                    .join()
                    .begin();
        }
        workers.runTimers();
        // With the first event the KPIs are due; with the next, not before a timer.
        event();
        deliveries = 0;
        before = revision;
    }

    @Benchmark
    public void event() {
        JournalEvent event = new JournalEvent(USER, ++revision, EventType.METRICS_UPDATED, PAYLOAD, SUMS, TIME);
        delivery.relayed(EPOCH, List.of(new CommittedEvent(event, 3)), true);
    }

    /** What was measured is what was promised. */
    @TearDown
    public void everyoneGotEverything() {
        long events = revision - before;
        if (deliveries != events * sessions) {
            throw new IllegalStateException(
                    deliveries + " deliveries of " + events + " events to " + sessions + " dashboards");
        }
    }

    private final class Counter implements Sink<OutgoingEvent> {
        @Override
        public void send(OutgoingEvent event) {
            deliveries++;
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }
    }

    /** Runs all at once, on the caller's thread, but for timers: those of the setup run at its end, later ones never. */
    private static final class Caller implements Workers {
        private List<Runnable> timers = new ArrayList<>();

        void runTimers() {
            List<Runnable> due = timers;
            timers = new ArrayList<>();
            due.forEach(Runnable::run);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long jitter(long bound) {
            return bound;
        }

        @Override
        public void later(long delayNanos, Runnable task) {
            timers.add(task);
        }

        @Override
        public void sweep(long delayNanos, Runnable pass) {
            if (delayNanos == 0) {
                pass.run();
            }
        }

        @Override
        public boolean read(UUID userId, Runnable task) {
            task.run();
            return true;
        }

        @Override
        public void stop() {}
    }

    /** A database in which nothing has happened before. */
    private static final class Empty implements JournalReader, StateReader {
        private static final Snapshot SNAPSHOT = new Snapshot(3, 3, Set.of(), 3);

        @Override
        public JournalPage readAfter(UUID userId, long after, int limit) {
            return new JournalPage(EPOCH, KpiSnapshot.EMPTY, List.of());
        }

        @Override
        public Revisions revisions(Collection<UUID> userIds) {
            return new Revisions(EPOCH, SNAPSHOT, Map.of());
        }

        @Override
        public CurrentState read(UUID userId) {
            return new CurrentState(readKpis(userId), "[]");
        }

        @Override
        public KpiState readKpis(UUID userId) {
            return new KpiState(EPOCH, SNAPSHOT, KpiSnapshot.EMPTY, false);
        }

        @Override
        public String renewEpoch(String known) {
            return known;
        }
    }
}
