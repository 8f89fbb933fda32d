package com.tenantlist.live.loadtest;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Times in microseconds: all together, and by the second in which they ended. Any thread. */
final class Latency {
    /** What took longer counts as this. */
    static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);
    /** Seconds that are told apart; what comes later counts with the last. */
    private static final long SECONDS = 3600;

    private final String name;
    private final long began = System.nanoTime();
    private final Histogram all = new ConcurrentHistogram(HIGHEST_MICROS, 3);
    private final Map<Long, Histogram> bySecond = new ConcurrentSkipListMap<>();

    Latency(String name) {
        this.name = name;
    }

    /** Both by {@link System#nanoTime()}. */
    void record(long from, long until) {
        long micros = Math.min(HIGHEST_MICROS, Math.max(0, TimeUnit.NANOSECONDS.toMicros(until - from)));
        all.recordValue(micros);
        long second = Math.min(SECONDS, Math.max(0, TimeUnit.NANOSECONDS.toSeconds(until - began)));
        bySecond.computeIfAbsent(second, ignored -> new ConcurrentHistogram(HIGHEST_MICROS, 2))
                .recordValue(micros);
    }

    /**
     * What there would be if each that took longer than the interval had had others wait behind it, as HdrHistogram counts them.
     * Call it when nothing is recorded any more.
     */
    Latency corrected(String newName, long intervalMicros) {
        Latency corrected = new Latency(newName);
        corrected.all.add(all.copyCorrectedForCoordinatedOmission(intervalMicros));
        bySecond.forEach((second, histogram) -> corrected.bySecond.put(second, histogram));
        return corrected;
    }

    /** Adds what another turn recorded, second by second from its own beginning. */
    void add(Latency other) {
        all.add(other.all);
        other.bySecond.forEach((second, histogram) -> bySecond.computeIfAbsent(
                        second, ignored -> new ConcurrentHistogram(HIGHEST_MICROS, 2))
                .add(histogram));
    }

    String name() {
        return name;
    }

    /** In microseconds. */
    Histogram all() {
        return all;
    }

    /** In microseconds, in order of the seconds since it began. */
    Map<Long, Histogram> bySecond() {
        return bySecond;
    }

    double millisAt(double percentile) {
        return all.getValueAtPercentile(percentile) / 1e3;
    }
}
