package com.tenantlist.live.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
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
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** An order of turns that the simulation meets too rarely; each runs when the test says so. */
class SessionTest {
    private static final UUID USER = UUID.randomUUID();

    private final Deque<Runnable> reads = new ArrayDeque<>();
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final Database database = new Database();
    private final Delivery<String> delivery = new Delivery<>(
            new DeliveryConfiguration(),
            database,
            new KpiMemory(new KpiConfiguration()),
            database,
            (name, payload, revision) -> name + " " + revision,
            new Threads(),
            new MetricRegistry());

    private static void runAll(Deque<Runnable> tasks) {
        for (int left = tasks.size(); left > 0; left--) {
            tasks.remove().run();
        }
    }

    @Test
    void whoIsAnsweredTooEarlyAsksAgainAndReadsNothingBesideIt() {
        delivery.start();
        delivery.supplied(Supply.FED);
        var attached = delivery.attach(USER, new Turns(), Optional.empty()).toCompletableFuture();
        runAll(reads);
        Session<String> session = attached.join();
        session.begin();
        runAll(turns);
        session.requestState(OptionalLong.of(9), Optional.empty(), ack -> {});
        assertThat(reads).as("the state").hasSize(1);
        runAll(reads);
        // Two turns wait: the answer, which is older than what the client holds, and an event that the journal must
        // lead to.
        JournalEvent event = new JournalEvent(USER, 3, EventType.METRICS_UPDATED, "{}", KpiSums.ZERO, Instant.EPOCH);
        delivery.relayed(Database.EPOCH, List.of(new CommittedEvent(event, 7)), true);
        assertThat(turns).hasSize(2);
        while (!turns.isEmpty()) {
            runAll(turns);
            runAll(timers);
        }
        assertThat(reads).as("one thing at a time").hasSize(1);
    }

    private final class Turns implements Sink<String> {
        @Override
        public void send(String event) {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void execute(Runnable task) {
            turns.add(task);
        }
    }

    private final class Threads implements Workers {
        @Override
        public long nanoTime() {
            return 0;
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
            return reads.add(task);
        }

        @Override
        public void stop() {}
    }

    /** A tenant whose first event is all there is. */
    private static final class Database implements JournalReader, StateReader {
        static final String EPOCH = "e1";

        private final Snapshot snapshot = new Snapshot(9, 9, Set.of(), 9);
        private final KpiSnapshot kpis = new KpiSnapshot(1, KpiSums.ZERO);

        @Override
        public JournalPage readAfter(UUID userId, long after, int limit) {
            return new JournalPage(EPOCH, kpis, List.of());
        }

        @Override
        public Revisions revisions(Collection<UUID> userIds) {
            return new Revisions(EPOCH, snapshot, Map.of(USER, 1L));
        }

        @Override
        public CurrentState read(UUID userId) {
            return new CurrentState(readKpis(userId), "[]");
        }

        @Override
        public KpiState readKpis(UUID userId) {
            return new KpiState(EPOCH, snapshot, kpis, false);
        }

        @Override
        public String renewEpoch(String known) {
            return known;
        }
    }
}
