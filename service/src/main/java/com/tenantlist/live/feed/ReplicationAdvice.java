package com.tenantlist.live.feed;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database can do logical replication, and what to do if not: what can be found out without a replication
 * connection, so that a server that cannot serve one has no line in its log for it. One thread.
 */
final class ReplicationAdvice {
    private static final Logger log = LoggerFactory.getLogger(ReplicationAdvice.class);

    /** The publication of the journal; see {@code migrations/}. */
    static final String PUBLICATION = "tenantlist_live";

    /** SQL: whether what is inserted into the journal is published. From 18 on, a publication that is not there is no error to pgoutput. */
    static final String IS_PUBLISHED = """
            EXISTS (
              SELECT FROM pg_publication p
                LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid
                LEFT JOIN pg_class c ON c.oid = r.prrelid
              WHERE p.pubname = 'tenantlist_live' AND p.pubinsert AND (p.puballtables OR c.relname = 'dashboard_event'))""";

    /**
     * SQL: whether commits may wait for whoever reads the WAL, be it us: Postgres takes any such reader for a standby where the list has
     * a {@code *}. We keep nothing of what we confirm: who waits for us waits for nothing, and takes it for a replica.
     */
    static final String COUNTS_AS_STANDBY =
            "current_setting('synchronous_standby_names') ~ '(^|[(,[:space:]])\"?[*]\"?($|[),[:space:]])'";

    static final String PUBLICATION_CURE = "; make the publication again: db migrate config.yml says what is missing";
    static final String WAL_LEVEL_CURE = "wal_level = logical (ALTER SYSTEM SET wal_level = 'logical', then restart"
            + " Postgres; on a managed host by its switch, e.g. rds.logical_replication)";

    private final FeedConfiguration config;
    private final Jdbi jdbi;
    private boolean slowWasSaid;

    ReplicationAdvice(FeedConfiguration config, Jdbi jdbi) {
        this.config = config;
        this.jdbi = jdbi;
    }

    /**
     * Which database it is.
     *
     * @param system the identifier of its cluster; null where we may not read it
     */
    record Place(String database, @Nullable String system) {}

    /** Returns where the database is that can be replicated, as far as can be told from here. */
    Place check() throws ReplicationUnavailableException {
        if (!config.enabled) {
            throw new ReplicationUnavailableException("switched off by configuration (feed.enabled: false)");
        }
        try (Handle handle = jdbi.open()) {
            if (handle.createQuery("SELECT pg_is_in_recovery()")
                    .mapTo(Boolean.class)
                    .one()) {
                throw new IllegalStateException("the server is a standby");
            }
            String level = shown(handle, "wal_level");
            if (!level.equals("logical")) {
                throw new ReplicationUnavailableException(
                        "wal_level is " + level + "; for pushes within milliseconds: " + WAL_LEVEL_CURE);
            }
            if (!handle.createQuery("SELECT " + IS_PUBLISHED)
                    .mapTo(Boolean.class)
                    .one()) {
                throw notPublished();
            }
            if (handle.createQuery("SELECT " + COUNTS_AS_STANDBY)
                    .mapTo(Boolean.class)
                    .one()) {
                throw countsAsStandby();
            }
            writeToWal(handle);
            if (shown(handle, "synchronous_commit").equals("off") && !slowWasSaid) {
                slowWasSaid = true;
                log.warn("feed slow reason=\"synchronous_commit is off: commits are seen up to 200 ms late\"");
            }
            return new Place(
                    handle.createQuery("SELECT current_database()")
                            .mapTo(String.class)
                            .one(),
                    system(handle));
        }
    }

    static ReplicationUnavailableException notPublished() {
        return new ReplicationUnavailableException(
                "the publication " + PUBLICATION + " does not publish the journal" + PUBLICATION_CURE);
    }

    static ReplicationUnavailableException countsAsStandby() {
        return new ReplicationUnavailableException(
                "synchronous_standby_names has a *: commits would wait for this service as"
                        + " if it were a standby, which it is not; name the standbys there (ALTER SYSTEM SET"
                        + " synchronous_standby_names = 'standby1', then SELECT pg_reload_conf())");
    }

    /** A leader that cannot write heartbeats would be taken for one that is behind: better not to lead. */
    private static void writeToWal(Handle handle) throws ReplicationUnavailableException {
        try {
            handle.createQuery("SELECT pg_logical_emit_message(false, :prefix, '')::text")
                    .bind("prefix", PgOutputDecoder.MESSAGE_PREFIX)
                    .mapTo(String.class)
                    .one();
        } catch (JdbiException e) {
            Refusal.check(e, Refusal.Step.WRITING_HEARTBEAT, role(handle));
            throw e;
        }
    }

    private static @Nullable String system(Handle handle) {
        try {
            return handle.createQuery("SELECT system_identifier::text FROM pg_control_system()")
                    .mapTo(String.class)
                    .one();
        } catch (JdbiException e) {
            return null;
        }
    }

    private static String shown(Handle handle, String setting) {
        return handle.createQuery("SHOW " + setting).mapTo(String.class).one();
    }

    private static String role(Handle handle) {
        return handle.createQuery("SELECT current_user").mapTo(String.class).one();
    }
}
