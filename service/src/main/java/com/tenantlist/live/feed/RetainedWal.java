package com.tenantlist.live.feed;

import io.dropwizard.util.DataSize;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The WAL that the server keeps for the slot: what fills a disk, if anything of ours does. Reading to the end is not enough against it.
 * A slot must keep all since the oldest open transaction began that has written, in any database of the server, ours or not, for who decodes
 * would need it from there; a slot that is being made keeps all since its making began, which waits for the same transactions. So a
 * slot that keeps too much is given up, and not asked for again while the transaction is open that was the oldest then.
 *
 * <p>{@link #check} is for one thread, {@link #awaited} for another.
 */
final class RetainedWal {
    /** Each transaction that has written holds a lock on its own id, which every role may see; the age, not every one. */
    private static final String OLDEST = """
            SELECT l.transactionid::text,
                   CASE WHEN a.pid IS NOT NULL
                        THEN format('pid %1$s (%2$s, %3$s, database %4$s, %5$s). End it: SELECT pg_terminate_backend(%1$s)',
                                    a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'), a.datname,
                                    coalesce('open since ' || date_trunc('second', a.xact_start)::text,
                                             format('GRANT pg_read_all_stats TO %I shows since when', current_user)))
                        ELSE format('a prepared transaction (database %s, prepared %s). COMMIT PREPARED or ROLLBACK PREPARED it: its name is in pg_prepared_xacts',
                                    p.database, date_trunc('second', p.prepared)) END
            FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
              LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = l.transactionid
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
              AND (a.pid IS NOT NULL OR p.transaction IS NOT NULL)
            ORDER BY age(l.transactionid) DESC LIMIT 1""";

    private static final String IS_OPEN = """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
                           WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.transactionid::text = :id)""";

    private final DataSize limit;
    private volatile long bytes;
    private volatile @Nullable GivenUp givenUp;

    RetainedWal(DataSize limit) {
        this.limit = limit;
    }

    /**
     * For whom the slot was given up.
     *
     * @param id of the transaction
     * @param why the whole sentence, in which nothing changes while it is open: it is logged when it is news
     */
    private record GivenUp(String id, String why) {}

    private record Writer(String id, String words) {}

    /** How much it was when it was looked at last. */
    long bytes() {
        return bytes;
    }

    /** This node has no slot, and makes none. */
    void none() {
        bytes = 0;
    }

    /**
     * Judges what the server keeps.
     *
     * @param kept for the slot, made or being made, in bytes
     * @param handle to ask for whom, if it is too much
     * @throws ReplicationUnavailableException if the slot must be given up
     */
    void check(long kept, Handle handle) throws ReplicationUnavailableException {
        bytes = kept;
        if (bytes <= limit.toBytes()) {
            return;
        }
        String tooMuch = "the server kept " + (bytes >> 20) + " MiB of WAL for the slot, more than FEED_MAX_RETAINED ("
                + limit.toMebibytes() + " MiB), so it was given up; ";
        Writer oldest = handle.createQuery(OLDEST)
                .map((row, context) -> new Writer(row.getString(1), row.getString(2)))
                .findOne()
                .orElse(null);
        if (oldest == null) {
            throw new ReplicationUnavailableException(
                    tooMuch + "no transaction that has written is open now. If this comes again: raise it above"
                            + " what the server writes in half a minute");
        }
        GivenUp now = new GivenUp(
                oldest.id(),
                tooMuch + "it keeps all since the oldest open transaction began that has written: " + oldest.words());
        givenUp = now;
        throw new ReplicationUnavailableException(now.why());
    }

    /** @throws ReplicationUnavailableException while the transaction is open for which the slot was given up */
    void awaited(Handle handle) throws ReplicationUnavailableException {
        GivenUp before = givenUp;
        if (before != null) {
            if (handle.createQuery(IS_OPEN)
                    .bind("id", before.id())
                    .mapTo(Boolean.class)
                    .one()) {
                throw new ReplicationUnavailableException(before.why());
            }
            givenUp = null;
        }
    }
}
