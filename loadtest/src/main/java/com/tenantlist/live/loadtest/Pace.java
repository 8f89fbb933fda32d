package com.tenantlist.live.loadtest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Work that is due at a rate, done by workers of which each is a thread. Who is late does not shift what is due next. */
final class Pace {
    /** One piece. */
    interface Work {
        /**
         * Does it.
         *
         * @param worker from 0
         * @param turn how many that worker has done before
         * @param due by {@link System#nanoTime()}
         */
        void run(int worker, long turn, long due) throws Exception;
    }

    private static final int TELL_MILLIS = 500;

    private Pace() {}

    /**
     * Returns how many were done; no piece begins after the time and {@code grace} more are over.
     *
     * @param rate pieces a second over all workers; 0: as fast as they can
     */
    static long run(int workers, int rate, Duration duration, Duration grace, Work work) throws Exception {
        long began = System.nanoTime();
        long end = began + duration.toNanos();
        long total = rate == 0 ? Long.MAX_VALUE : rate * duration.toMillis() / 1000;
        AtomicLong done = new AtomicLong();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            int worker = i;
            Thread thread = new Thread(
                    () -> {
                        try {
                            long turn = 0;
                            for (long number = worker; number < total && failure.get() == null; number += workers) {
                                long due = rate == 0
                                        ? System.nanoTime()
                                        : began + number * TimeUnit.SECONDS.toNanos(1) / rate;
                                awaitUntil(due);
                                if (System.nanoTime() - end > (rate == 0 ? 0 : grace.toNanos())) {
                                    return;
                                }
                                work.run(worker, turn++, due);
                                done.incrementAndGet();
                            }
                        } catch (Exception e) {
                            failure.compareAndSet(null, e);
                        }
                    },
                    "worker-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                thread.join(TELL_MILLIS);
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
                Progress.say(done.get() + " done in " + seconds + " of " + duration.toSeconds() + " s");
            }
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return done.get();
    }

    private static void awaitUntil(long due) {
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
    }
}
