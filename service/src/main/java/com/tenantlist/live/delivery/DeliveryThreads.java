package com.tenantlist.live.delivery;

import com.tenantlist.live.threads.Backoff;
import com.tenantlist.live.threads.Threads;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real ones: {@code delivery-timer}, {@code delivery-sweep} and {@code delivery-read-N}. */
final class DeliveryThreads implements Workers {
    private static final Logger log = LoggerFactory.getLogger(DeliveryThreads.class);
    private static final long STOP_SECONDS = 2;

    private final ScheduledThreadPoolExecutor timer = Threads.scheduler("delivery-timer");
    private final ScheduledThreadPoolExecutor sweeper = Threads.scheduler("delivery-sweep");
    private final ThreadPoolExecutor readers;
    private final TurnsByTenant reads;

    DeliveryThreads(DeliveryConfiguration config) {
        AtomicInteger number = new AtomicInteger();
        readers = new ThreadPoolExecutor(
                config.readers,
                config.readers,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new Thread(task, "delivery-read-" + number.incrementAndGet()));
        reads = new TurnsByTenant(config.waitingReads, config.waitingReadsPerTenant);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long jitter(long bound) {
        return Backoff.jitter(bound);
    }

    @Override
    public void later(long delayNanos, Runnable task) {
        schedule(timer, delayNanos, task);
    }

    @Override
    public void sweep(long delayNanos, Runnable pass) {
        schedule(sweeper, delayNanos, pass);
    }

    private static void schedule(ScheduledThreadPoolExecutor scheduler, long delayNanos, Runnable task) {
        try {
            scheduler.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("stopping: a timer was not set");
        }
    }

    @Override
    public boolean read(UUID userId, Runnable task) {
        if (readers.isShutdown() || !reads.offer(userId, task)) {
            return false;
        }
        try {
            readers.execute(this::readNext);
        } catch (RejectedExecutionException e) {
            log.debug("stopping: a read was not begun");
        }
        return true;
    }

    private void readNext() {
        Runnable next = reads.poll();
        if (next != null) {
            next.run();
        }
    }

    @Override
    public void stop() throws InterruptedException {
        timer.shutdownNow();
        readers.shutdownNow();
        sweeper.shutdownNow();
        if (!sweeper.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            log.debug("a pass of the sweep does not end");
        }
    }
}
