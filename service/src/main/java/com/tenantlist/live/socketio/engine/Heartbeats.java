package com.tenantlist.live.socketio.engine;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The heartbeats of one event loop's sessions: when each is pinged, and how long it may take to answer.
 *
 * <p>A timer of their own for each ping and each answer would wake the loop twice a session and interval, and keep its queue of
 * timers, which is a heap, as long as there are sessions. But all wait equally long: who began to wait first is due first. So there
 * are two queues, whose heads are all that a timer must know of, and one timer. Joining and leaving, wherever in a queue, costs a
 * few pointers and no garbage.
 *
 * <p>Pings that are due soon go along with one that is due now: none is late for it, and the loop wakes at most {@value #PARTS}
 * times an interval, and their answers come together too. An answer's time is counted from its ping, and given in full.
 *
 * <p>Everything is called on the event loop.
 */
final class Heartbeats {
    /** Into so many parts an interval is divided; what is due within one goes together. */
    private static final int PARTS = 32;

    /** After so many the loop looks after its connections before it goes on. */
    private static final int AT_ONCE = 128;

    private final EventLoop loop;
    private final long intervalNanos;
    private final long timeoutNanos;
    private final Line pings = new Line();
    private final Line pongs = new Line();
    private @Nullable Future<?> timer;
    private long timerDue;

    Heartbeats(EventLoop loop, long intervalMillis, long timeoutMillis) {
        this.loop = loop;
        this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    /** One session's heart. It is in one queue at most. */
    abstract static class Heart {
        private @Nullable Line line;
        private @Nullable Heart before;
        private @Nullable Heart after;
        private long due;

        /** The interval is over: send a ping. Throws nothing. */
        abstract void ping();

        /** No answer came within the timeout. Throws nothing. */
        abstract void silent();
    }

    /** From now on, and after each answer: a ping after the interval. */
    void begin(Heart heart) {
        leave(heart);
        pings.add(heart, System.nanoTime() + intervalNanos);
        awaitFirst();
    }

    /** Whether an answer is due. */
    boolean isPinged(Heart heart) {
        return heart.line == pongs;
    }

    /** No more pings. One that never began may end, too. */
    void end(Heart heart) {
        leave(heart);
    }

    /** How many hearts beat. */
    int size() {
        return pings.size + pongs.size;
    }

    private static void leave(Heart heart) {
        if (heart.line != null) {
            heart.line.remove(heart);
        }
    }

    private void beat() {
        timer = null;
        int left = AT_ONCE;
        for (Heart first = pongs.first; left > 0 && first != null && isDue(first, 0); first = pongs.first) {
            left--;
            pongs.remove(first);
            first.silent();
        }
        long soon = intervalNanos / PARTS;
        for (Heart first = pings.first; left > 0 && first != null && isDue(first, soon); first = pings.first) {
            left--;
            pings.remove(first);
            pongs.add(first, System.nanoTime() + timeoutNanos);
            first.ping();
            if (first.line == pongs) {
                // Sent, as far as it depends on us: what that took is not taken from the client's time.
                first.due = System.nanoTime() + timeoutNanos;
            }
        }
        awaitFirst();
    }

    private static boolean isDue(Heart heart, long early) {
        return heart.due - early - System.nanoTime() <= 0;
    }

    /** Sets the timer, if there is none that goes off early enough; one whose reason is gone goes off for nothing. */
    private void awaitFirst() {
        Heart first = sooner(pings.first, pongs.first);
        if (first == null) {
            return;
        }
        long due = first.due;
        if (timer != null) {
            if (timerDue - due <= 0) {
                return;
            }
            timer.cancel(false);
        }
        timerDue = due;
        timer = loop.schedule(this::beat, due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private static @Nullable Heart sooner(@Nullable Heart one, @Nullable Heart other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.due - other.due <= 0 ? one : other;
    }

    /** A queue, ordered by when they are due because all wait equally long. */
    private static final class Line {
        private @Nullable Heart first;
        private @Nullable Heart last;
        private int size;

        void add(Heart heart, long due) {
            heart.due = due;
            heart.line = this;
            heart.before = last;
            if (last == null) {
                first = heart;
            } else {
                last.after = heart;
            }
            last = heart;
            size++;
        }

        void remove(Heart heart) {
            Heart before = heart.before;
            Heart after = heart.after;
            if (before == null) {
                first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before = before;
            }
            heart.line = null;
            heart.before = null;
            heart.after = null;
            size--;
        }
    }
}
