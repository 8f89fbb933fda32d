package com.tenantlist.live.journal;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.lifecycle.Managed;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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

    private static final String LOCK_TIMEOUT = "SET LOCAL lock_timeout = '250ms'";

    private final JournalConfiguration config;
    private final Jdbi jdbi;
    private final Meter pruned;
    private final List<Runnable> also = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Threads.scheduler("journal-prune");

    Pruner(JournalConfiguration config, Jdbi jdbi, MetricRegistry metrics) {
        this.config = config;
        this.jdbi = jdbi;
        this.pruned = metrics.meter("journal.pruned");
    }

    /** Does this too, each time. */
    void also(Runnable pruning) {
        also.add(pruning);
    }

    @Override
    public void start() {
        long interval = config.pruneInterval.toMilliseconds();
        thread.scheduleWithFixedDelay(this::run, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void run() {
        attempt(this::prune);
        attempt(this::mendUnapplied);
        also.forEach(Pruner::attempt);
    }

    private static void attempt(Runnable pruning) {
        try {
            pruning.run();
        } catch (RuntimeException e) {
            log.warn("not pruned cause=\"{}\"", Postgres.rootMessage(e));
        }
    }

    private void prune() {
        if (rotate()) {
            pruned.mark();
            log.info("journal part begun");
        }
    }

    /** What transactions noted and could not apply is mended, or makes the guard speak, within one interval. */
    private void mendUnapplied() {
        boolean more;
        do {
            more = jdbi.inTransaction(handle -> {
                handle.execute(LOCK_TIMEOUT);
                return handle.createQuery("SELECT live.mend_unapplied()")
                        .mapTo(boolean.class)
                        .one();
            });
        } while (more);
    }

    /** Returns whether a part was begun. Waits a moment for readers of the part that is emptied, and they for us. */
    boolean rotate() {
        return jdbi.inTransaction(handle -> {
            handle.execute(LOCK_TIMEOUT);
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
