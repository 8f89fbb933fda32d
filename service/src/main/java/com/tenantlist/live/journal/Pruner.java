package com.tenantlist.live.journal;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.lifecycle.Managed;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the journal's next part when it is due, on the thread {@code journal-prune}; the oldest part is emptied as a whole for
 * that. All nodes try, one does.
 */
final class Pruner implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Pruner.class);

    private final JournalConfiguration config;
    private final Jdbi jdbi;
    private final Meter pruned;
    private final ScheduledExecutorService thread = Threads.scheduler("journal-prune");

    Pruner(JournalConfiguration config, Jdbi jdbi, MetricRegistry metrics) {
        this.config = config;
        this.jdbi = jdbi;
        this.pruned = metrics.meter("journal.pruned");
    }

    @Override
    public void start() {
        long interval = config.pruneInterval.toMilliseconds();
        thread.scheduleWithFixedDelay(this::run, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void run() {
        try {
            countUnapplied();
            if (rotate()) {
                pruned.mark();
                log.info("journal part begun");
            }
        } catch (RuntimeException e) {
            log.warn("journal not pruned cause=\"{}\"", Postgres.rootMessage(e));
        }
    }

    /** What transactions noted and could not apply makes the guard speak, within one interval. */
    private void countUnapplied() {
        jdbi.useTransaction(handle -> handle.execute("SELECT live.count_unapplied()"));
    }

    /** Returns whether a part was begun. Waits a moment for readers of the part that is emptied, and they for us. */
    boolean rotate() {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET LOCAL lock_timeout = '250ms'");
            return handle.createQuery("SELECT live.rotate_journal(make_interval(secs => :seconds))")
                    .bind("seconds", config.maxAge.toMilliseconds() / 1e3)
                    .mapTo(boolean.class)
                    .one();
        });
    }

    @Override
    public void stop() {
        thread.shutdownNow();
    }
}
