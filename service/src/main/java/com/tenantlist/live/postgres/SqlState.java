package com.tenantlist.live.postgres;

import java.sql.SQLException;
import java.util.Set;

/** What SQLSTATEs mean here. */
public final class SqlState {
    public static final String DUPLICATE_OBJECT = "42710";
    public static final String UNIQUE_VIOLATION = "23505";
    public static final String DEPENDENT_OBJECTS = "2BP01";
    public static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** lock_not_available, deadlock_detected, serialization_failure. */
    private static final Set<String> PASSING = Set.of("55P03", "40P01", "40001");

    private SqlState() {}

    /** That of the innermost cause that has one; empty if none has. */
    public static String of(Throwable failure) {
        String state = "";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                state = sql.getSQLState();
            }
        }
        return state;
    }

    /** Whether the same may succeed when others have ended their transactions. */
    public static boolean isPassing(Throwable failure) {
        return PASSING.contains(of(failure));
    }
}
