package com.tenantlist.live.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * All threads of all nodes in one: which of them goes on, and for how long, follows from a seed. Time is what it says, in
 * nanoseconds.
 *
 * <p>A thread is a {@link Lane}. A task that would block, or could be interrupted by the system's scheduler, calls
 * {@link #pause}: other lanes go on meanwhile, and what they do is done before it returns.
 */
final class Scheduler {
    /** Whether the schedule is told as it goes. */
    private static final boolean TOLD = Boolean.getBoolean("simulation.told");

    private static final int DEEPEST = 4;
    private static final int MOST_AT_ONCE = 4;
    private static final long LONGEST_STEP = TimeUnit.MICROSECONDS.toNanos(200);

    /** Tasks one after another, or as many at once as there are threads. */
    final class Lane {
        private final String name;
        private final int threads;
        private final Deque<Runnable> ready = new ArrayDeque<>();
        private int running;
        private boolean stopped;
        private boolean frozen;

        private Lane(String name, int threads) {
            this.name = name;
            this.threads = threads;
        }

        void execute(Runnable task) {
            if (!stopped) {
                ready.add(task);
            }
        }

        void after(long nanos, Runnable task) {
            if (nanos <= 0) {
                execute(task);
            } else {
                timers.add(new Timer(now + nanos, ++timerNumber, this, task));
            }
        }

        void afterMillis(long millis, Runnable task) {
            after(TimeUnit.MILLISECONDS.toNanos(millis), task);
        }

        boolean isRunning() {
            return running > 0;
        }

        /** As a process that is killed: what runs does not go on. */
        void stop() {
            stopped = true;
            ready.clear();
            lanes.remove(this);
        }

        void freeze(boolean on) {
            frozen = on;
        }

        private boolean canRun() {
            return !ready.isEmpty() && running < threads && !frozen;
        }
    }

    private record Timer(long at, long number, Lane lane, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    /** Ends a task of a process that was killed while the task paused. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super(null, null, false, false);
        }
    }

    private final SplittableRandom random;
    private final List<Lane> lanes = new ArrayList<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final Deque<Lane> stack = new ArrayDeque<>();
    private long now = 1;
    private long timerNumber;
    private long steps;
    private long trace;

    Scheduler(long seed) {
        random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    /** True once in so many times. */
    boolean once(int in) {
        return random.nextInt(in) == 0;
    }

    long now() {
        return now;
    }

    long steps() {
        return steps;
    }

    /** What happened, as a number: two runs that differ have different ones. */
    long trace() {
        return trace;
    }

    /** Tells what happens, to one who replays a seed. */
    void tell(Object who, String what, Object more) {
        if (TOLD) {
            System.out.printf("%10.3f ms %s%s %s %s%n", now / 1e6, "  ".repeat(stack.size()), who, what, more);
        }
    }

    Lane lane(String name) {
        return lane(name, 1);
    }

    Lane lane(String name, int threads) {
        Lane lane = new Lane(name, threads);
        lanes.add(lane);
        return lane;
    }

    /** One task of one lane; or time passes until there is one. False if nothing will ever happen. */
    boolean step() {
        now += random.nextLong(LONGEST_STEP);
        while (!timers.isEmpty() && (timers.peek().at() <= now)) {
            Timer due = timers.remove();
            due.lane().execute(due.task());
        }
        Lane lane = choose();
        if (lane == null) {
            if (timers.isEmpty()) {
                return false;
            }
            now = timers.peek().at();
            return true;
        }
        steps++;
        trace = trace * 31 + lane.name.hashCode() + now;
        lane.running++;
        stack.push(lane);
        try {
            lane.ready.remove().run();
        } catch (Killed e) {
            // The process is gone.
        } finally {
            stack.pop();
            lane.running--;
        }
        return true;
    }

    private Lane choose() {
        int start = lanes.isEmpty() ? 0 : random.nextInt(lanes.size());
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get((start + i) % lanes.size());
            if (lane.canRun()) {
                return lane;
            }
        }
        return null;
    }

    /** Others may go on here. */
    void pause() {
        Lane lane = stack.peek();
        if (lane == null || stack.size() > DEEPEST) {
            return;
        }
        for (int i = random.nextInt(MOST_AT_ONCE); i > 0; i--) {
            step();
        }
        if (lane.stopped) {
            throw new Killed();
        }
    }
}
