package com.tenantlist.live.postgres;

import com.tenantlist.live.threads.Backoff;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions that write, tried again when Postgres gave one up for another's sake: after a serialization failure or a
 * deadlock nothing was written, and the next try may succeed. A lock that does not come within
 * {@link PostgresConfiguration#lockTimeout} is not waited for again. Any thread; blocks.
 */
public final class Writes {
    private static final Logger log = LoggerFactory.getLogger(Writes.class);
    private static final Set<String> RETRIED = Set.of("40001", "40P01");

    /** Also "lock not available". */
    private static final Set<String> CONTENDED = Set.of("40001", "40P01", "55P03");

    private final Jdbi jdbi;
    private final int attempts;
    private final Backoff backoffMillis;

    Writes(Jdbi jdbi, int attempts, Backoff backoffMillis) {
        this.jdbi = jdbi;
        this.attempts = attempts;
        this.backoffMillis = backoffMillis;
    }

    /**
     * Runs work in a transaction, perhaps several times; it must not have effects beyond its handle.
     *
     * @throws RuntimeException of the last try, with those before as suppressed; {@link #isContended} says whether others'
     *     locks were the cause
     */
    public <T, X extends Exception> T inTransaction(HandleCallback<T, X> work) throws X {
        return retried(() -> jdbi.inTransaction(work));
    }

    /** The same for work of one statement, which commits by itself: in one way to the database and back. */
    public <T, X extends Exception> T inStatement(HandleCallback<T, X> work) throws X {
        return retried(() -> jdbi.withHandle(work));
    }

    private interface Attempt<T, X extends Exception> {
        T make() throws X;
    }

    private <T, X extends Exception> T retried(Attempt<T, X> write) throws X {
        RuntimeException last = null;
        for (int attempt = 1; ; attempt++) {
            try {
                return write.make();
            } catch (RuntimeException e) {
                if (last != null) {
                    e.addSuppressed(last);
                }
                last = e;
                if (attempt >= attempts || !has(e, RETRIED) || !pause(attempt)) {
                    throw e;
                }
                log.debug("write tried again attempt={} cause=\"{}\"", attempt + 1, Postgres.rootMessage(e));
            }
        }
    }

    private boolean pause(int failures) {
        try {
            TimeUnit.MILLISECONDS.sleep(backoffMillis.after(failures));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether a write failed because others hold, or changed, the same rows; nothing was written. */
    public static boolean isContended(Throwable failure) {
        return has(failure, CONTENDED);
    }

    private static boolean has(Throwable failure, Set<String> states) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && states.contains(String.valueOf(sql.getSQLState()))) {
                return true;
            }
        }
        return false;
    }
}
