package com.tenantlist.live.postgres;

import io.dropwizard.util.Duration;

/**
 * What holds for our statements, whatever the server, the database, the role or the URL's {@code options} say: their limits,
 * read committed, writable, and UTC.
 *
 * @param statementTimeout how long a statement may run; zero: as long as it takes
 * @param lockTimeout how long it may wait for one lock; zero: as long as it may run
 */
record SessionSettings(Duration statementTimeout, Duration lockTimeout) {
    static final Duration UNLIMITED = Duration.milliseconds(0);

    /** SQL for a session that is ours alone, once. */
    String forSession() {
        return """
                SET statement_timeout = %d; SET lock_timeout = %d; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
                SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;
                SET default_transaction_deferrable = off""".formatted(statementTimeout.toMilliseconds(), lockTimeout.toMilliseconds());
    }

    /**
     * SQL for the beginning of a transaction in a session that others use too.
     *
     * @param isolation such as {@code READ COMMITTED}
     */
    String forTransaction(String isolation) {
        return """
                SET TRANSACTION ISOLATION LEVEL %s READ WRITE NOT DEFERRABLE;
                SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d;
                SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'""".formatted(isolation, statementTimeout.toMilliseconds(), lockTimeout.toMilliseconds());
    }
}
