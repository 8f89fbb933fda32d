package com.tenantlist.live.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.feed.Supply;
import com.tenantlist.live.journal.JournalPage;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.journal.Revisions;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.postgres.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often it looks. What it finds is the simulation's to judge. */
class SweepTest {
    private static final UUID USER = UUID.randomUUID();

    private final DeliveryConfiguration config = new DeliveryConfiguration();
    private final OneThread workers = new OneThread();
    private final Database database = new Database();
    private final KpiMemory kpis = new KpiMemory(new KpiConfiguration());
    private Sweep<String> sweep;

    @BeforeEach
    void aTenantWithADashboard() {
        sweep = new Sweep<>(
                config,
                database,
                database,
                Map.of(USER, new TenantChannel<>(USER, "e1", config, workers, kpis)),
                kpis,
                new Relays(1),
                workers,
                new MetricRegistry());
    }

    /** Runs as many passes; returns after how many milliseconds each is followed by the next. */
    private List<Long> delaysAfter(int passes) {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < passes; i++) {
            workers.runNext();
            delays.add(Duration.ofNanos(workers.delay).toMillis());
        }
        return delays;
    }

    @Test
    void aloneItLooksOftenWhileChangesFlowAndEasesWhenQuiet() {
        sweep.supplied(Supply.ALONE);
        assertThat(delaysAfter(7)).containsExactly(50L, 100L, 200L, 400L, 800L, 1000L, 1000L);
        database.revision++;
        assertThat(delaysAfter(3)).containsExactly(50L, 100L, 200L);
        database.revision++;
        assertThat(delaysAfter(1)).containsExactly(50L);
    }

    @Test
    void itBeginsFastHoweverQuietItWasBefore() {
        sweep.supplied(Supply.UNFED);
        assertThat(delaysAfter(8)).containsOnly(1000L);
        sweep.supplied(Supply.ALONE);
        assertThat(delaysAfter(2)).containsExactly(50L, 100L);
    }

    @Test
    void aloneItRestsLongerThanItWorks() {
        database.takes = Duration.ofMillis(100);
        sweep.supplied(Supply.ALONE);
        database.revision++;
        assertThat(delaysAfter(1)).containsExactly(400L);
        database.takes = Duration.ofSeconds(2);
        database.revision++;
        assertThat(delaysAfter(1)).as("but not for ever").containsExactly(1000L);
        database.takes = Duration.ZERO;
        database.revision++;
        assertThat(delaysAfter(1)).containsExactly(50L);
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsNotAskedEverFaster() {
        database.isAway = true;
        sweep.supplied(Supply.ALONE);
        assertThat(delaysAfter(7)).containsExactly(50L, 100L, 200L, 400L, 800L, 1000L, 1000L);
    }

    @Test
    void onlyPassesThatFailOneAfterAnotherAreWorthSaying() {
        database.isAway = true;
        sweep.supplied(Supply.FED);
        delaysAfter(2);
        assertThat(sweep.failure()).isNull();
        delaysAfter(1);
        assertThat(sweep.failure()).isEqualTo("no answer");
        database.isAway = false;
        delaysAfter(1);
        assertThat(sweep.failure()).isNull();
    }

    @Test
    void fedItLooksASecondTimeAndThenRarely() {
        sweep.supplied(Supply.FED);
        assertThat(delaysAfter(3)).containsExactly(1000L, 30_000L, 30_000L);
    }

    @Test
    void whatAPassThatFailedWasAskedForIsLookedForUntilAllThatHadBegunHasEnded() {
        database.oldestOpen = 5;
        database.isAway = true;
        sweep.supplied(Supply.FED);
        assertThat(delaysAfter(1)).containsExactly(1000L);
        database.isAway = false;
        assertThat(delaysAfter(3)).containsExactly(1000L, 2000L, 4000L);
        database.oldestOpen = 10;
        assertThat(delaysAfter(1)).containsExactly(30_000L);
    }

    private final class Database implements JournalReader, StateReader {
        private long revision;
        private Duration takes = Duration.ZERO;
        private boolean isAway;
        private long oldestOpen = 10;

        @Override
        public Revisions revisions(Collection<UUID> userIds) {
            if (isAway) {
                throw new IllegalStateException("no answer");
            }
            workers.now += takes.toNanos();
            return new Revisions("e1", new Snapshot(oldestOpen, 10, Set.of(), 10), Map.of(USER, revision));
        }

        @Override
        public JournalPage readAfter(UUID userId, long after, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CurrentState read(UUID userId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public KpiState readKpis(UUID userId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String renewEpoch(String known) {
            throw new UnsupportedOperationException();
        }
    }

    /** Keeps the newest pass that was asked for. */
    private static final class OneThread implements Workers {
        private long now;
        private long delay;
        private Runnable next = () -> {};

        void runNext() {
            now += delay;
            next.run();
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void sweep(long delayNanos, Runnable pass) {
            delay = delayNanos;
            next = pass;
        }

        @Override
        public long jitter(long bound) {
            return bound;
        }

        @Override
        public void later(long delayNanos, Runnable task) {}

        @Override
        public boolean read(UUID userId, Runnable task) {
            return false;
        }

        @Override
        public void stop() {}
    }
}
