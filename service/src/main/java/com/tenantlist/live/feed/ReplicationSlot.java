package com.tenantlist.live.feed;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** The temporary slot, whose name elects the leader. It goes with its connection, so it can never fill a disk. */
final class ReplicationSlot {
    /** The publication of {@code live.dashboard_event}; see {@code migrations/}. */
    private static final String PUBLICATION = "tenantlist_live";

    private static final String DUPLICATE_OBJECT = "42710";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String CONFIGURATION_LIMIT = "53400";

    /** How often the server is told how far we are, which also says that we are there. */
    private static final int STATUS_INTERVAL_MILLIS = 250;

    /** Postgres's limit for names, in bytes. */
    private static final int MAX_NAME = 63;

    private ReplicationSlot() {}

    /**
     * What is read, and from where on.
     *
     * @param term the slot's first position in the WAL: a later slot has a later one
     */
    record Reading(PGReplicationStream stream, long term) {}

    /** Makes the slot, which waits for open transactions, and starts reading from it. */
    static Reading open(Connection connection, String database)
            throws SQLException, SlotTakenException, ReplicationUnavailableException {
        PGConnection replication = connection.unwrap(PGConnection.class);
        String name = name(database);
        long term;
        try {
            term = replication
                    .getReplicationAPI()
                    .createReplicationSlot()
                    .logical()
                    .withSlotName(name)
                    .withOutputPlugin("pgoutput")
                    .withTemporaryOption()
                    .make()
                    .getConsistentPoint()
                    .asLong();
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (state.equals(DUPLICATE_OBJECT)) {
                throw new SlotTakenException();
            }
            if (state.equals(INSUFFICIENT_PRIVILEGE)) {
                throw new ReplicationUnavailableException(
                        "the role may not replicate; as a superuser: ALTER ROLE … WITH REPLICATION");
            }
            if (state.equals(CONFIGURATION_LIMIT)) {
                throw new ReplicationUnavailableException(
                        "all replication slots are in use; raise max_replication_slots: " + e.getMessage());
            }
            throw e;
        }
        PGReplicationStream stream = replication
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(name)
                .withSlotOption("proto_version", 1)
                .withSlotOption("publication_names", PUBLICATION)
                .withSlotOption("messages", "true")
                .withStatusInterval(STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
                .start();
        return new Reading(stream, term);
    }

    /** Whether some connection has the slot. */
    static boolean isTaken(Handle handle, String database) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :name)")
                .bind("name", name(database))
                .mapTo(Boolean.class)
                .one();
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
