package com.tenantlist.live.fault;

import com.google.common.util.concurrent.Uninterruptibles;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Sees in Postgres who owns the slot, a hundred times a second. */
final class LeaderWatch implements AutoCloseable {
    private final Truth truth;
    private final Thread thread = new Thread(this::run, "leader-watch");
    private volatile boolean stopped;
    private volatile int owner;
    private volatile long changedAt;

    LeaderWatch(Truth truth) {
        this.truth = truth;
        thread.start();
    }

    /** The backend that owns the slot, or did last. */
    int owner() {
        return owner;
    }

    /** Milliseconds from then until another backend owned the slot; empty if that one still does, or nobody. */
    OptionalLong changed(int before, long since) {
        long at = changedAt;
        return owner == before || at < since
                ? OptionalLong.empty()
                : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(at - since));
    }

    private void run() {
        while (!stopped) {
            try (Connection connection = truth.connect();
                    PreparedStatement question = connection.prepareStatement(
                            "SELECT active_pid FROM pg_replication_slots WHERE active_pid IS NOT NULL AND confirmed_flush_lsn IS NOT"
                                    + " NULL")) {
                while (!stopped) {
                    try (ResultSet row = question.executeQuery()) {
                        if (row.next() && row.getInt(1) != owner) {
                            changedAt = System.nanoTime();
                            owner = row.getInt(1);
                        }
                    }
                    Uninterruptibles.sleepUninterruptibly(10, TimeUnit.MILLISECONDS);
                }
            } catch (SQLException e) {
                Uninterruptibles.sleepUninterruptibly(10, TimeUnit.MILLISECONDS);
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        Uninterruptibles.joinUninterruptibly(thread);
    }
}
