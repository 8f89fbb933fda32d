package com.tenantlist.live.postgres;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What SQLSTATEs mean here. */
public final class SqlState {
    public static final String DUPLICATE_OBJECT = "42710";
    public static final String UNIQUE_VIOLATION = "23505";
    public static final String DEPENDENT_OBJECTS = "2BP01";
    public static final String INSUFFICIENT_PRIVILEGE = "42501";
    public static final String QUERY_CANCELED = "57014";
    public static final String DEADLOCK_DETECTED = "40P01";
    public static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final String RAISE_EXCEPTION = "P0001";
    private static final String INTEGRITY_CONSTRAINT_VIOLATION = "23";
    private static final String DATA_EXCEPTION = "22";
    private static final String OURS = "live";

    /** lock_not_available, deadlock_detected, serialization_failure. */
    private static final Set<String> PASSING = Set.of(LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, "40001");

    /** undefined_function, undefined_table, undefined_column, undefined_object. */
    private static final Set<String> UNDEFINED = Set.of("42883", "42P01", "42703", "42704");

    /** invalid_function_definition, invalid_table_definition, wrong_object_type. */
    private static final Set<String> SHAPES = Set.of("42P13", "42P16", "42809");

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

    /** What the server adds to its message, such as the things that depend on another, in one line; empty if nothing. */
    public static String detail(Throwable failure) {
        return answers(failure)
                .map(ServerErrorMessage::getDetail)
                .filter(Objects::nonNull)
                .findFirst()
                .map(detail -> detail.replace("\n", "; "))
                .orElse("");
    }

    /** What the server answered, of a failure and its causes. */
    private static Stream<ServerErrorMessage> answers(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(cause -> cause instanceof PSQLException refused ? refused.getServerErrorMessage() : null)
                .filter(Objects::nonNull);
    }

    /** Whether something cannot be replaced, being of another shape than what is to stand there. */
    public static boolean isOfShape(Throwable failure) {
        return SHAPES.contains(of(failure));
    }

    /** Whether a statement names something that is not there (any more). */
    public static boolean isOfWhatIsGone(Throwable failure) {
        return UNDEFINED.contains(of(failure));
    }

    /** Whether a value is not what it is read as, or too large (class 22). */
    public static boolean isOfData(Throwable failure) {
        return of(failure).startsWith(DATA_EXCEPTION);
    }

    /** Whether the same may succeed when others have ended their transactions. */
    public static boolean isPassing(Throwable failure) {
        return PASSING.contains(of(failure));
    }

    /**
     * The platform's own rule that a write broke, without values: the name of its constraint or column (class 23), or that a trigger of
     * theirs raised an exception (P0001). Empty if it was something else: a constraint of ours, or a row for which there is no part.
     */
    public static Optional<String> brokenRule(Throwable failure) {
        for (ServerErrorMessage said : answers(failure).toList()) {
            String state = String.valueOf(said.getSQLState());
            if (state.equals(RAISE_EXCEPTION)) {
                return Optional.of("a trigger raised an exception");
            }
            if (state.startsWith(INTEGRITY_CONSTRAINT_VIOLATION) && !OURS.equals(said.getSchema())) {
                return Stream.of(said.getConstraint(), said.getColumn())
                        .filter(Objects::nonNull)
                        .findFirst();
            }
        }
        return Optional.empty();
    }
}
