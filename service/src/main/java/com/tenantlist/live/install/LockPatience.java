package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import com.tenantlist.live.threads.Backoff;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;

/**
 * Takes locks without making others wait: each attempt gives up after {@link InstallConfiguration#lockTimeout}, and the next
 * comes after a jittered backoff, until {@link InstallConfiguration#patience} has passed. Says who is in the way.
 */
final class LockPatience {
    private static final Backoff BACKOFF_MILLIS = new Backoff(150, 3_000);
    private static final long SAY_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Far less than {@code deadlock_timeout}, which is 1 s unless someone changed it. */
    private static final long LOOK_EVERY_MILLIS = 100;

    /** Who it is, as far as the role that is logged in may see of others' sessions; of its statement the beginning, in quotes. */
    private static final String SESSION = """
            format(CASE a.query WHEN '<insufficient privilege>'
                                THEN 'pid %1$s (%2$s, %3$s); GRANT pg_read_all_stats TO %6$I shows its age and statement'
                                ELSE 'pid %1$s (%2$s, %3$s, transaction open for %4$s s): "%5$s"' END,
                   a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'no application name'),
                   coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint::text, '?'),
                   regexp_replace(regexp_replace(a.query, '\\s+', ' ', 'g'), '^(.{80}).+$', '\\1 ...'), current_user)
            """;

    /** The oldest transaction that holds a lock on the table which is not only one of reading; or, of schema {@code live}, any lock on it or what is in it. */
    private static final String HOLDER =
            "SELECT CASE WHEN l.pid IS NULL THEN 'a prepared transaction' ELSE " + SESSION + """
            END
            FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid() AND CASE :relation
                  WHEN 'live' THEN l.classid = 'pg_namespace'::regclass AND l.objid = to_regnamespace('live')
                                   OR l.classid = 'pg_proc'::regclass AND l.objid IN (SELECT p.oid FROM pg_catalog.pg_proc p
                                                                                      WHERE p.pronamespace = to_regnamespace('live'))
                                   OR l.relation IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = to_regnamespace('live'))
                  ELSE l.locktype = 'relation' AND l.relation = to_regclass(:relation) AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') END
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
            ORDER BY a.xact_start NULLS FIRST LIMIT 1""";

    /** Whom a backend waits for, be it for a lock on a table or for the end of a transaction. */
    private static final String BLOCKERS = "SELECT " + SESSION + """
            FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids(:pid)) ORDER BY a.xact_start LIMIT 1""";

    /** Who waits for a lock on a table that a backend holds, or wants and came first for. */
    private static final String WAITERS = "SELECT " + SESSION + """
            FROM (SELECT DISTINCT l.pid FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' AND NOT l.granted OFFSET 0) w
            JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid
            WHERE :pid = ANY (pg_blocking_pids(w.pid)) ORDER BY a.xact_start LIMIT 1""";

    private final Handle handle;
    private final Supplier<Handle> another;
    private final InstallConfiguration config;
    private final Consumer<String> say;

    /** @param another opens a second connection, to see whom the first waits for */
    LockPatience(Handle handle, Supplier<Handle> another, InstallConfiguration config, Consumer<String> say) {
        this.handle = handle;
        this.another = another;
        this.config = config;
        this.say = say;
    }

    /**
     * Does something in transactions of its own until one commits. What goes wrong for another reason than a lock, a deadlock or
     * a serialization failure is thrown at once.
     *
     * @param what for messages: "triggers on public.businesses"
     * @param relation whose holders are named, as SQL names it; "live" is the schema
     * @throws InstallException when patience is at its end
     */
    <T> T take(String what, String relation, HandleCallback<T, RuntimeException> action) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.patience.toMilliseconds());
        long said = System.nanoTime() - SAY_EVERY_NANOS;
        for (int failures = 1; ; failures++) {
            try {
                return handle.inTransaction(transaction -> {
                    transaction.execute("SET LOCAL lock_timeout = " + config.lockTimeout.toMilliseconds());
                    return action.withHandle(transaction);
                });
            } catch (RuntimeException e) {
                if (!SqlState.isPassing(e)) {
                    throw e;
                }
                String holder = holder(relation);
                long now = System.nanoTime();
                if (now - until >= 0) {
                    throw new InstallException(
                            what + ": no lock on " + relation + " within " + config.patience + "; in the way: " + holder
                                    + ". The platform writes as before; when that has ended, run this again",
                            e);
                }
                if (now - said >= SAY_EVERY_NANOS) {
                    said = now;
                    say.accept(what + ": waiting for a lock on " + relation + "; in the way: " + holder);
                }
                pause(Math.min(BACKOFF_MILLIS.after(failures), TimeUnit.NANOSECONDS.toMillis(until - now) + 1));
            }
        }
    }

    /**
     * Executes what cannot be in a transaction and makes no writer wait, such as CREATE INDEX CONCURRENTLY. It may wait for
     * others as long as patience lasts; meanwhile it is said for whom.
     *
     * <p>What the simple way gets wrong: whoever wants a lock that ours is in the way of, e.g. for ALTER TABLE, waits for the whole build,
     * and all writers behind him; and if we wait for him, Postgres ends one of us as deadlocked, after {@code deadlock_timeout}: him, who came
     * last. So the statement is cancelled as soon as anybody waits for us, and comes again after a backoff.
     *
     * @param undo takes away what the cancelled statement left; with it, patience begins anew
     */
    void concurrently(String what, String sql, Runnable undo) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.patience.toMilliseconds());
        long left = config.patience.toMilliseconds();
        for (int failures = 1; ; failures++) {
            Optional<String> waiter = unlessWaitedFor(what, sql, left);
            if (waiter.isEmpty()) {
                return;
            }
            undo.run();
            left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                throw new InstallException(what + ": not done within " + config.patience
                        + ", given up again and again for others who waited for it, at last: " + waiter.get()
                        + ". The platform writes as before; when nobody does, run this again");
            }
            say.accept(what + ": cancelled, to be tried again; waited for it: " + waiter.get());
            pause(Math.min(BACKOFF_MILLIS.after(failures), left));
        }
    }

    /** Returns who waited for us, if it was cancelled for that. */
    private Optional<String> unlessWaitedFor(String what, String sql, long patienceMillis) {
        handle.execute("SET lock_timeout = " + patienceMillis);
        int pid = handle.createQuery("SELECT pg_backend_pid()").mapTo(int.class).one();
        String blocker = "one that has ended";
        Optional<String> waiter = Optional.empty();
        try (Handle watcher = another.get()) {
            CompletableFuture<Integer> done = CompletableFuture.supplyAsync(
                    () -> handle.execute(sql), work -> new Thread(work, "db-index").start());
            long said = System.nanoTime();
            while (!isDone(done)) {
                Optional<String> waits = first(watcher, WAITERS, pid);
                if (waits.isPresent()) {
                    waiter = waits;
                    watcher.execute("SELECT pg_cancel_backend(?)", pid);
                }
                Optional<String> inTheWay = first(watcher, BLOCKERS, pid);
                if (inTheWay.isPresent()) {
                    blocker = inTheWay.get();
                    if (System.nanoTime() - said >= SAY_EVERY_NANOS) {
                        said = System.nanoTime();
                        say.accept(what + ": waiting, and no writer behind it; in the way: " + blocker);
                    }
                }
            }
            return Optional.empty();
        } catch (CompletionException e) {
            String state = SqlState.of(e);
            if ((waiter.isPresent() && state.equals(SqlState.QUERY_CANCELED))
                    || state.equals(SqlState.DEADLOCK_DETECTED)) {
                return Optional.of(waiter.orElse(blocker));
            }
            if (!SqlState.isPassing(e)) {
                throw e;
            }
            throw new InstallException(
                    what + ": not done within " + config.patience + "; in the way: " + blocker
                            + ". The platform writes as before; when that has ended, run this again",
                    e);
        } finally {
            resetQuietly();
        }
    }

    private static Optional<String> first(Handle watcher, String sql, int pid) {
        return watcher.createQuery(sql).bind("pid", pid).mapTo(String.class).findFirst();
    }

    /** Waits for a moment. Throws what made it fail. */
    private static boolean isDone(CompletableFuture<Integer> future) {
        try {
            future.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InstallException("interrupted", e);
        }
    }

    private void resetQuietly() {
        try {
            handle.execute("RESET lock_timeout");
        } catch (RuntimeException e) {
            say.accept("the connection is lost: " + Postgres.rootMessage(e));
        }
    }

    private String holder(String relation) {
        List<String> holders = handle.createQuery(HOLDER)
                .bind("relation", relation)
                .mapTo(String.class)
                .list();
        return holders.isEmpty() ? "one that has ended" : holders.get(0);
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InstallException("interrupted", e);
        }
    }
}
