package com.tenantlist.live.feed;

import com.tenantlist.live.feed.ReplicationAdvice.Place;
import io.dropwizard.util.Duration;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The temporary slot, whose name elects the leader. It goes with its connection; what it keeps until then, {@link RetainedWal} bounds.
 *
 * <p>What the simple way, {@code CREATE_REPLICATION_SLOT}, gets wrong: making a slot waits for every write transaction that is
 * open in the cluster, for minutes maybe, and the server does not look at its client meanwhile. A node that is killed then
 * leaves its slot, and with it nobody can lead, until that transaction ends. So the slot is made by SQL on the replication
 * connection: only while it executes SQL does a server check that its client is there. A node that is frozen between the slot
 * and the reading of it is an idle session to the server, which ends it.
 */
final class ReplicationSlot {
    private static final Logger log = LoggerFactory.getLogger(ReplicationSlot.class);

    private static final String DUPLICATE_OBJECT = "42710";
    private static final String SYNTAX_ERROR = "42601";

    /** How often the server is told how far we are, which also says that we are there. */
    private static final int STATUS_INTERVAL_MILLIS = 250;

    /** How often the server looks whether we are there, while it makes the slot. */
    private static final String CLIENT_CHECK = "SET client_connection_check_interval = '1s'";

    /** Postgres's limit for names, in bytes. */
    private static final int MAX_NAME = 63;

    private final Connection connection;
    private final String name;
    private final long term;

    private ReplicationSlot(Connection connection, String name, long term) {
        this.connection = connection;
        this.name = name;
        this.term = term;
    }

    /** Its first position in the WAL: a later slot has a later one. */
    long term() {
        return term;
    }

    /**
     * Makes the slot, which waits for open transactions. Then {@link #read} must follow.
     *
     * @param connection for replication
     * @param place where it must lead
     * @param idleLimit after which the server ends the connection of a client that does not go on
     */
    static ReplicationSlot make(Connection connection, Place place, Duration idleLimit)
            throws SQLException, SlotTakenException, ReplicationUnavailableException {
        identify(connection, place);
        prepare(connection, idleLimit);
        String name = name(place.database());
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT lsn FROM pg_create_logical_replication_slot(?, 'pgoutput', temporary => true)")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new ReplicationSlot(
                        connection,
                        name,
                        LogSequenceNumber.valueOf(row.getString(1)).asLong());
            }
        } catch (SQLException e) {
            if (DUPLICATE_OBJECT.equals(e.getSQLState())) {
                throw new SlotTakenException();
            }
            throw e;
        }
    }

    /** A pooler that drops what it does not know would keep our slot on a connection of its own: it must not get that far. */
    private static void identify(Connection connection, Place place)
            throws SQLException, ReplicationUnavailableException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            String database = row.getString("dbname");
            String system = row.getString("systemid");
            if (!place.database().equals(database)
                    || (place.system() != null && !place.system().equals(system))) {
                throw new ReplicationUnavailableException("the feed's line leads to another database (" + database
                        + " of system " + system + ") than DATABASE_URL (" + place.database() + " of system "
                        + place.system() + "); correct FEED_DATABASE_URL");
            }
        } catch (SQLException e) {
            if (SYNTAX_ERROR.equals(e.getSQLState())) {
                throw new ReplicationUnavailableException(
                        "the connection is not one for replication" + Refusal.DIRECT_LINE);
            }
            throw e;
        }
    }

    /** Limits that a role or database was given are meant for queries, and would end the wait for open transactions. */
    private static void prepare(Connection connection, Duration idleLimit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT set_config(name, value, false)
                FROM (VALUES ('idle_session_timeout', ?), ('statement_timeout', '0'), ('lock_timeout', '0'),
                             ('transaction_timeout', '0')) AS wanted(name, value)
                JOIN pg_settings USING (name)""")) {
            statement.setString(1, idleLimit.toMilliseconds() + "ms");
            statement.execute();
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(CLIENT_CHECK);
        } catch (SQLException e) {
            // Before version 15 on other systems than Linux: then a slot may outlive us until that transaction ends.
            log.debug("slot not guarded cause=\"{}\"", e.toString());
        }
    }

    /** Starts reading. */
    PGReplicationStream read() throws SQLException {
        return connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(name)
                .withSlotOption("proto_version", 1)
                .withSlotOption("publication_names", ReplicationAdvice.PUBLICATION)
                .withSlotOption("messages", "true")
                .withStatusInterval(STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
                .start();
    }

    /** Whether some connection has the slot, or makes it. */
    static boolean isTaken(Handle handle) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :name)")
                .bind("name", nameHere(handle))
                .mapTo(Boolean.class)
                .one();
    }

    /** How much WAL the server keeps for the slot of that name, made or being made, in bytes; 0 if there is none. */
    static long retained(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::bigint"
                        + " FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** If some node is making the slot, for whom it waits, in words. */
    static Optional<String> awaited(Handle handle) {
        return handle.createQuery("""
                        SELECT coalesce(
                          (SELECT string_agg(DISTINCT CASE blocker WHEN 0 THEN 'a prepared transaction'
                                    ELSE 'pid ' || blocker || coalesce(' in database ' || activity.datname, '') END, ', ')
                           FROM unnest(pg_blocking_pids(slot.active_pid)) AS blocker
                             LEFT JOIN pg_stat_activity activity ON activity.pid = blocker),
                          'transactions')
                        FROM pg_replication_slots slot
                        WHERE slot_name = :name AND confirmed_flush_lsn IS NULL""")
                .bind("name", nameHere(handle))
                .mapTo(String.class)
                .findOne();
    }

    /** What the slot is called in the database behind the handle. */
    static String nameHere(Handle handle) {
        return name(handle.createQuery("SELECT current_database()")
                .mapTo(String.class)
                .one());
    }

    /** A slot name is cluster-wide, and made of lower-case letters, digits and underscores. */
    static String name(String database) {
        String plain = "tenantlist_live_" + database.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
        if (plain.equals("tenantlist_live_" + database) && plain.length() <= MAX_NAME) {
            return plain;
        }
        CRC32 crc = new CRC32();
        crc.update(database.getBytes(StandardCharsets.UTF_8));
        String suffix = "_" + Long.toHexString(crc.getValue());
        return plain.substring(0, Math.min(plain.length(), MAX_NAME - suffix.length())) + suffix;
    }
}
