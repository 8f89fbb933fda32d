package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
    @Test
    void whoIsLateDoesNotShiftWhatIsDueNext() throws Exception {
        Queue<Long> due = new ConcurrentLinkedQueue<>();

        long done = Pace.run(1, 100, Duration.ofMillis(200), Duration.ofMinutes(1), (worker, turn, at) -> {
            due.add(at);
            if (turn == 0) {
                busyUntil(at + TimeUnit.MILLISECONDS.toNanos(60));
            }
        });

        assertThat(done).isEqualTo(20);
        Long first = due.peek();
        assertThat(due).element(19).isEqualTo(first + TimeUnit.MILLISECONDS.toNanos(190));
    }

    @Test
    void workersShareTheRate() throws Exception {
        Map<Integer, Long> turns = new ConcurrentSkipListMap<>();

        long done = Pace.run(
                4,
                1000,
                Duration.ofMillis(100),
                Duration.ofMinutes(1),
                (worker, turn, due) -> turns.merge(worker, 1L, Long::sum));

        assertThat(done).isEqualTo(100);
        assertThat(turns).isEqualTo(Map.of(0, 25L, 1, 25L, 2, 25L, 3, 25L));
    }

    @Test
    void whatFailsEndsAllWorkers() {
        CountDownLatch failing = new CountDownLatch(1);

        assertThatThrownBy(() -> Pace.run(2, 0, Duration.ofMinutes(5), Duration.ZERO, (worker, turn, due) -> {
                    if (worker == 0) {
                        failing.countDown();
                        throw new IOException("refused");
                    }
                    failing.await();
                }))
                .hasMessage("refused");
    }

    private static void busyUntil(long nanoTime) {
        while (System.nanoTime() < nanoTime) {
            Thread.onSpinWait();
        }
    }
}
