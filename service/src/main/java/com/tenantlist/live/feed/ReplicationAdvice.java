package com.tenantlist.live.feed;

import org.jdbi.v3.core.Jdbi;

/** Whether the database can do logical replication, and what to do if not. */
final class ReplicationAdvice {
    private ReplicationAdvice() {}

    static void check(FeedConfiguration config, Jdbi jdbi) throws ReplicationUnavailableException {
        if (!config.enabled) {
            throw new ReplicationUnavailableException("switched off by configuration (feed.enabled: false)");
        }
        String level = jdbi.withHandle(handle ->
                handle.createQuery("SHOW wal_level").mapTo(String.class).one());
        if (!level.equals("logical")) {
            throw new ReplicationUnavailableException("wal_level is " + level
                    + "; for pushes within milliseconds: ALTER SYSTEM SET wal_level = 'logical',"
                    + " then restart Postgres");
        }
        String synchronous = jdbi.withHandle(handle -> handle.createQuery("SHOW synchronous_commit")
                .mapTo(String.class)
                .one());
        if (synchronous.equals("off")) {
            org.slf4j.LoggerFactory.getLogger(Feed.class)
                    .warn("feed slow reason=\"synchronous_commit is off: commits are seen up to 200 ms late\"");
        }
    }
}
