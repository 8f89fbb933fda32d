package com.tenantlist.live.feed;

import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Postgres;
import io.dropwizard.util.Duration;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's sign of life in the WAL, written on a connection of its own: it must neither wait for the pool nor be taken
 * for dead when that is exhausted. Its statements are prepared by the driver, and nothing is between: they are what an idle node does most. One thread writes; {@link #writtenAt} is for any.
 */
final class Heartbeat {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

    /** It need not be safe on a synchronous standby: the feed must go on while that is away. */
    private static final String WRITE = "SELECT l.published, l.standby, CASE WHEN l.published AND NOT l.standby"
            + " THEN pg_logical_emit_message(true, ?, ?)::text END"
            + " FROM set_config('synchronous_commit', 'local', true) CROSS JOIN (SELECT "
            + ReplicationAdvice.IS_PUBLISHED + " AS published, "
            + ReplicationAdvice.COUNTS_AS_STANDBY + " AS standby) l";

    /** What ours begin with: in the WAL there are those of other nodes too. */
    private final String name = UUID.randomUUID() + " ";

    private final Postgres postgres;
    private final Duration limit;
    private @Nullable Handle handle;
    private String slot = "";

    /** @param limit how long the connection, or writing, may take */
    Heartbeat(Postgres postgres, Duration limit) {
        this.postgres = postgres;
        this.limit = limit;
    }

    /** The epoch, which an operator may have renewed. */
    String epoch() throws SQLException {
        try (PreparedStatement statement = open().getConnection().prepareStatement(Epoch.SQL);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Epoch.of(row.getString(1));
        }
    }

    /** How much WAL the server keeps for the slot, as {@link ReplicationSlot#retained}. */
    long retained() throws SQLException {
        return ReplicationSlot.retained(open().getConnection(), slot);
    }

    /** Whether the journal is published, and whether commits may wait for us; a heartbeat is written if only the first is so. */
    private record Written(boolean published, boolean standby) {}

    /** @throws ReplicationUnavailableException if we may not, the journal is not published any more, or commits would wait for us */
    void write() throws SQLException, ReplicationUnavailableException {
        Written written;
        try (PreparedStatement statement = open().getConnection().prepareStatement(WRITE)) {
            statement.setString(1, PgOutputDecoder.MESSAGE_PREFIX);
            statement.setString(2, name + System.nanoTime());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                written = new Written(row.getBoolean(1), row.getBoolean(2));
            }
        } catch (SQLException e) {
            Refusal.check(e, Refusal.Step.WRITING_HEARTBEAT, postgres.replicationRole());
            throw e;
        }
        if (written.standby()) {
            throw ReplicationAdvice.countsAsStandby();
        }
        if (!written.published()) {
            throw ReplicationAdvice.notPublished();
        }
    }

    /** Its connection, made if there is none. */
    Handle open() throws SQLException {
        Handle open = handle;
        if (open == null) {
            open = Jdbi.open(postgres.connect(limit));
            handle = open;
            slot = ReplicationSlot.nameHere(open);
        }
        return open;
    }

    /** When one that was read from the WAL was written, of {@link System#nanoTime}; empty if it is another node's. */
    OptionalLong writtenAt(PgOutputDecoder.Heartbeat read) {
        return read.content().startsWith(name)
                ? OptionalLong.of(Long.parseLong(read.content().substring(name.length())))
                : OptionalLong.empty();
    }

    /** Ends the connection; the next heartbeat makes another. */
    void close() {
        Handle open = handle;
        handle = null;
        if (open != null) {
            try {
                open.close();
            } catch (RuntimeException e) {
                log.debug("heartbeat connection not closed cause=\"{}\"", e.toString());
            }
        }
    }
}
