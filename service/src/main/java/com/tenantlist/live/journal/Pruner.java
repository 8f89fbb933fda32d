package com.tenantlist.live.journal;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.dropwizard.lifecycle.Managed;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what is too old or too much, in small transactions, on the thread {@code journal-prune}. An advisory lock sees
 * to it that one node does it at a time.
 */
final class Pruner implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Pruner.class);

    /** The key of the advisory lock: the bytes of "tl-prune". */
    private static final long LOCK = 0x746c2d7072756e65L;

    private static final int TENANTS_A_BATCH = 200;
    private static final int EVENTS_A_TENANT = 200;

    /** The rows of one batch of tenants that are due; only each tenant's oldest rows are looked at. */
    private static final String PRUNE = """
            WITH batch AS (
                SELECT user_id, revision FROM tenant_kpis WHERE user_id > :after ORDER BY user_id LIMIT :tenants
            ), due AS (
                SELECT oldest.user_id, oldest.revision
                FROM batch CROSS JOIN LATERAL (
                    SELECT e.user_id, e.revision, e.created_at FROM dashboard_event e
                    WHERE e.user_id = batch.user_id ORDER BY e.revision LIMIT :events
                ) oldest
                WHERE oldest.created_at < :before OR oldest.revision <= batch.revision - :maxEvents
            ), deleted AS (
                DELETE FROM dashboard_event e USING due
                WHERE e.user_id = due.user_id AND e.revision = due.revision
                RETURNING e.user_id
            )
            SELECT (SELECT max(user_id::text) FROM batch) AS last, (SELECT count(*) FROM deleted) AS deleted""";

    private static final UUID FIRST = new UUID(0, 0);

    private record Batch(UUID last, long deleted) {}

    private final JournalConfiguration config;
    private final Jdbi jdbi;
    private final Meter pruned;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "journal-prune"));

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
            long total = jdbi.withHandle(this::prune);
            if (total > 0) {
                pruned.mark(total);
                log.info("journal pruned events={}", total);
            }
        } catch (RuntimeException e) {
            log.warn("journal not pruned cause=\"{}\"", e.toString());
        }
    }

    /** Walks all tenants once, and stays with a batch while it has more to delete. Returns what it deleted. */
    long prune(Handle handle) {
        boolean locked = handle.createQuery("SELECT pg_try_advisory_lock(:lock)")
                .bind("lock", LOCK)
                .mapTo(boolean.class)
                .one();
        if (!locked) {
            return 0;
        }
        try {
            long total = 0;
            UUID after = FIRST;
            while (!Thread.currentThread().isInterrupted()) {
                Batch batch = prune(handle, after);
                total += batch.deleted();
                if (batch.deleted() == 0) {
                    if (batch.last().equals(FIRST)) {
                        return total;
                    }
                    after = batch.last();
                }
            }
            return total;
        } finally {
            handle.execute("SELECT pg_advisory_unlock(?)", LOCK);
        }
    }

    private Batch prune(Handle handle, UUID after) {
        return handle.createQuery(PRUNE)
                .bind("after", after)
                .bind("tenants", TENANTS_A_BATCH)
                .bind("events", EVENTS_A_TENANT)
                .bind(
                        "before",
                        Instant.now()
                                .minusMillis(config.maxAge.toMilliseconds())
                                .atOffset(ZoneOffset.UTC))
                .bind("maxEvents", config.maxEvents)
                .map((row, context) -> new Batch(
                        row.getString("last") == null ? FIRST : UUID.fromString(row.getString("last")),
                        row.getLong("deleted")))
                .one();
    }

    @Override
    public void stop() {
        thread.shutdownNow();
    }
}
