package com.tenantlist.live.cli;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Changes at a steady rate, from several threads: each has its time, and is made then or as soon after as one is free. It ends
 * early when the service cannot be reached or refuses.
 */
final class ChangeStream implements AutoCloseable {
    private static final int WORKERS = 8;

    private final Changer changer;
    private final List<UUID> targets;
    private final List<Change> kinds;
    private final int rate;
    private final AtomicLong total;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicReference<@Nullable CliException> firstFailure = new AtomicReference<>();
    private final CountDownLatch done = new CountDownLatch(WORKERS);
    private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(WORKERS);
    private final long began = System.nanoTime();

    /**
     * Starts it.
     *
     * @param changer is not closed
     * @param rate changes a second
     * @param total how many; {@link #stop} ends it before
     */
    ChangeStream(Changer changer, List<UUID> targets, List<Change> kinds, int rate, long total) {
        this.changer = changer;
        this.targets = targets;
        this.kinds = kinds;
        this.rate = rate;
        this.total = new AtomicLong(total);
        for (int i = 0; i < WORKERS; i++) {
            workers.execute(this::work);
        }
    }

    /** How many connections a changer needs to serve it. */
    static int workers() {
        return WORKERS;
    }

    private void work() {
        long number = next.getAndIncrement();
        if (number >= total.get() || isFatal(firstFailure.get())) {
            done.countDown();
            return;
        }
        long due = began + number * TimeUnit.SECONDS.toNanos(1) / rate;
        workers.schedule(
                () -> {
                    change(number);
                    work();
                },
                due - System.nanoTime(),
                TimeUnit.NANOSECONDS);
    }

    private void change(long number) {
        if (number >= total.get()) {
            return;
        }
        try {
            changer.change(pick(targets), pick(kinds), number);
            made.incrementAndGet();
        } catch (CliException e) {
            failed.incrementAndGet();
            firstFailure.compareAndSet(null, e);
        }
    }

    private static boolean isFatal(@Nullable CliException failure) {
        return failure != null
                && (failure.exitCode() == ExitCode.UNREACHABLE || failure.exitCode() == ExitCode.REFUSED);
    }

    private static <T> T pick(List<T> list) {
        return list.get(ThreadLocalRandom.current().nextInt(list.size()));
    }

    /** Waits until all are made. */
    ChangeStream await() throws InterruptedException {
        done.await();
        return this;
    }

    /** Makes no more, and waits for those under way. */
    ChangeStream stop() throws InterruptedException {
        total.set(0);
        return await();
    }

    long made() {
        return made.get();
    }

    long failed() {
        return failed.get();
    }

    Optional<CliException> firstFailure() {
        return Optional.ofNullable(firstFailure.get());
    }

    double seconds() {
        return (System.nanoTime() - began) / 1e9;
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
