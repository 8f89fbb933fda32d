package com.tenantlist.live.dashboard;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sends dashboards away, a few at a time, so that the nodes which take them are not run over. */
final class Departure {
    /** A group leaves this often. */
    private static final long TICK_MILLIS = 50;

    /** Clients that heed {@code retryAfterMs} wait a random part of it; of this much at least. */
    private static final long MIN_RETRY_MILLIS = 1_000;

    private static final long SECOND_MILLIS = 1_000;

    private final List<OpenDashboard> dashboards;
    private final long departureMillis;
    private final long retryMillis;

    /** @param limitMillis how long it may take until the last one leaves */
    Departure(List<OpenDashboard> dashboards, int perSecond, long limitMillis) {
        this.dashboards = new ArrayList<>(dashboards);
        Collections.shuffle(this.dashboards);
        long wholeMillis = dashboards.size() * SECOND_MILLIS / perSecond;
        this.departureMillis = Math.min(wholeMillis, limitMillis);
        this.retryMillis = Math.max(MIN_RETRY_MILLIS, wholeMillis - departureMillis);
    }

    /** Blocks until all were told. */
    void run() throws InterruptedException {
        long start = System.nanoTime();
        for (int gone = 0; gone < dashboards.size(); ) {
            long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + TICK_MILLIS;
            long due = passed >= departureMillis ? dashboards.size() : dashboards.size() * passed / departureMillis;
            while (gone < due) {
                dashboards.get(gone++).sendAway(retryMillis);
            }
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
    }
}
