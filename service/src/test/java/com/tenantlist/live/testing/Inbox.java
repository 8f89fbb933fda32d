package com.tenantlist.live.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What a client received, in order: added by its thread, awaited by the test's. */
final class Inbox<T> {
    private final BlockingQueue<T> waiting = new LinkedBlockingQueue<>();
    private final List<T> seen = new ArrayList<>();
    private final long timeoutSeconds;

    Inbox(long timeoutSeconds) {
        this.timeoutSeconds = timeoutSeconds;
    }

    void add(T item) {
        waiting.add(item);
    }

    /** The next item that fits; those before it are passed over, and stand in {@link #seen()}. {@code last} ends the wait. */
    T await(Predicate<T> wanted, Predicate<T> last) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (true) {
            T item = waiting.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (item == null) {
                throw new AssertionError("nothing fitting within " + timeoutSeconds + " s; came: " + seen);
            }
            seen.add(item);
            if (wanted.test(item)) {
                return item;
            }
            if (last.test(item)) {
                throw new AssertionError("closed before anything fitting came; came: " + seen);
            }
        }
    }

    /** All that was awaited or passed over. */
    List<T> seen() {
        return seen;
    }
}
