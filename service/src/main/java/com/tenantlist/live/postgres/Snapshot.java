package com.tenantlist.live.postgres;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which transactions had ended when a statement was executed: what that statement could see. It tells a commit that the WAL
 * shows and queries do not yet (a commit waits for a synchronous standby, for as long as that is away) from one that the
 * database does not have.
 *
 * <p>The numbers are transaction ids of 64 bits, which never repeat.
 *
 * @param xmin every transaction below it had ended
 * @param xmax none from it on had ended; it may have begun
 * @param inProgress those between that had not ended
 * @param next none from it on had begun when the statement began
 */
public record Snapshot(long xmin, long xmax, Set<Long> inProgress, long next) {
    /**
     * SQL of one text, which {@link #of} makes the snapshot of. As part of a statement it is of that statement's own
     * snapshot. The age of the first id there ever was tells the next one, whatever rights the role has.
     */
    public static final String SQL = "pg_current_snapshot()::text || ':' || age('3'::xid)";

    private static final int FIRST_ID = 3;

    /** @throws IllegalArgumentException if {@link #SQL} has not read that text */
    public static Snapshot of(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("not a snapshot: " + text);
        }
        long xmax = Long.parseLong(parts[1]);
        int next = Integer.parseInt(parts[3]) + FIRST_ID;
        return new Snapshot(
                Long.parseLong(parts[0]),
                xmax,
                Stream.of(parts[2].split(","))
                        .filter(id -> !id.isEmpty())
                        .map(Long::valueOf)
                        .collect(Collectors.toUnmodifiableSet()),
                Math.max(xmax, nearest(next, xmax)));
    }

    /**
     * Whether the transaction had begun and not ended: that it is not seen yet does not mean that it never will be.
     *
     * @param id the lower 32 bits of its id, as the WAL names it; one of the last or next two thousand million
     */
    public boolean isInProgress(int id) {
        long whole = nearest(id, next);
        return whole < next && whole >= xmin && (whole >= xmax || inProgress.contains(whole));
    }

    /** Whether any transaction was in progress that may have written something. */
    public boolean isAnyInProgress() {
        return xmin < next;
    }

    /** The id with these lower 32 bits that is nearest to another. */
    private static long nearest(int id, long to) {
        return to + (id - (int) to);
    }
}
