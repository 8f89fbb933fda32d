package com.tenantlist.live.feed;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * Tells a server, or a pooler before it, that will not let us replicate from one that is away. It is not enough to know
 * the SQLSTATEs of Postgres: a pooler answers in its own words, and the same code means other things at other steps, e.g. 55000,
 * a server without logical decoding when a slot is made, and a slot that was lost when it is read. What is not known as a
 * refusal counts as away, which is tried again soon, and shows as unhealthy.
 *
 * <p>SQLSTATEs: PostgreSQL documentation, appendix A; those of poolers as seen with PgBouncer 1.18 and as AWS documents for
 * RDS Proxy.
 */
final class Refusal {
    /** What we were about when it happened. */
    enum Step {
        CONNECTING,
        MAKING_SLOT,
        READING,
        WRITING_HEARTBEAT
    }

    private static final String UNDEFINED_OBJECT = "42704";
    private static final String PROTOCOL_VIOLATION = "08P01";
    private static final String TOO_MANY_CONNECTIONS = "53300";
    private static final String CONFIGURATION_LIMIT = "53400";
    private static final String NOT_IN_PREREQUISITE_STATE = "55000";
    private static final String UNDEFINED_FILE = "58P01";
    private static final String FEATURE_NOT_SUPPORTED = "0A";
    private static final String INVALID_AUTHORIZATION = "28";
    private static final String INVALID_CATALOG_NAME = "3D";
    private static final String SYNTAX_OR_ACCESS = "42";

    /** Classes that say that there is, for the moment, no server to talk to. */
    private static final Set<String> AWAY = Set.of("08", "53", "57");

    static final String DIRECT_LINE =
            "; a pooler or proxy does not pass replication on: set FEED_DATABASE_URL to the server's own address";

    private Refusal() {}

    /**
     * Returns if the failure is no refusal.
     *
     * @param role that we come as
     * @throws ReplicationUnavailableException if it is; the message says what was refused, and the cure
     */
    static void check(Throwable failure, Step step, String role) throws ReplicationUnavailableException {
        SQLException said = said(failure);
        String cure = said == null ? null : cure(said, step, role);
        if (cure != null) {
            throw new ReplicationUnavailableException(Postgres.rootMessage(failure) + cure);
        }
    }

    private static @Nullable SQLException said(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql;
            }
        }
        return null;
    }

    private static @Nullable String cure(SQLException said, Step step, String role) {
        String state = said.getSQLState();
        String kind = state.substring(0, Math.min(2, state.length()));
        return switch (step) {
            case CONNECTING -> whenConnecting(said, state, kind, role);
            case MAKING_SLOT -> whenMakingSlot(state, kind, role);
            case READING ->
                state.equals(UNDEFINED_OBJECT)
                        ? ReplicationAdvice.PUBLICATION_CURE
                        : kind.equals(SYNTAX_OR_ACCESS) ? "" : null;
            case WRITING_HEARTBEAT ->
                state.equals(SqlState.INSUFFICIENT_PRIVILEGE)
                        ? "; " + role
                                + " must have EXECUTE on pg_logical_emit_message: the feed reads back what it writes"
                        : kind.equals(SYNTAX_OR_ACCESS) || kind.equals(FEATURE_NOT_SUPPORTED) ? "" : null;
        };
    }

    private static @Nullable String whenConnecting(SQLException said, String state, String kind, String role) {
        if (state.equals(SqlState.INSUFFICIENT_PRIVILEGE)) {
            return mayReplicate(role);
        }
        if (kind.equals(INVALID_AUTHORIZATION)) {
            return "; " + role + " must be let in with replication=database: by pg_hba.conf, LOGIN and password";
        }
        if (state.equals(TOO_MANY_CONNECTIONS)) {
            return "; no connection is left for replication: raise max_wal_senders, or the limit that is named";
        }
        if (kind.equals(INVALID_CATALOG_NAME) || kind.equals(SYNTAX_OR_ACCESS)) {
            return "";
        }
        // The driver, too, says 08P01, of answers that it does not understand.
        boolean isAnswer = said instanceof PSQLException answer && answer.getServerErrorMessage() != null;
        boolean isOfReplication = String.valueOf(said.getMessage()).contains("replication");
        return isAnswer
                        && (state.equals(PROTOCOL_VIOLATION)
                                || kind.equals(FEATURE_NOT_SUPPORTED)
                                || (isOfReplication && !AWAY.contains(kind)))
                ? DIRECT_LINE
                : null;
    }

    private static @Nullable String whenMakingSlot(String state, String kind, String role) {
        return switch (state) {
            case SqlState.INSUFFICIENT_PRIVILEGE -> mayReplicate(role);
            case CONFIGURATION_LIMIT -> "; raise max_replication_slots";
            case NOT_IN_PREREQUISITE_STATE ->
                "; the server must run with max_replication_slots > 0 and " + ReplicationAdvice.WAL_LEVEL_CURE;
            case UNDEFINED_FILE -> "; the server lacks its own plugin pgoutput";
            default -> kind.equals(SYNTAX_OR_ACCESS) || kind.equals(FEATURE_NOT_SUPPORTED) ? "" : null;
        };
    }

    private static String mayReplicate(String role) {
        return "; as a superuser: ALTER ROLE " + role + " REPLICATION (on RDS and Aurora: GRANT rds_replication TO "
                + role + ")";
    }
}
