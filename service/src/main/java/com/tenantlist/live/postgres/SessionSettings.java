package com.tenantlist.live.postgres;

import io.dropwizard.util.Duration;

/**
 * What holds for our statements, whatever the server, the database, the role or the URL's {@code options} say: their limits,
 * read committed, writable, UTC, and names without quotes where they need none.
 *
 * @param statementTimeout how long a statement may run; zero: as long as it takes
 * @param lockTimeout how long it may wait for one lock, but no longer than one and a half of the server's {@code deadlock_timeout}. Who
 *     waits twice that long, holding what another comes to wait for, has looked for a deadlock too early: the other one
 *     finds it, and is ended for it. Zero: as long as it may run
 */
record SessionSettings(Duration statementTimeout, Duration lockTimeout) {
    static final Duration UNLIMITED = Duration.milliseconds(0);

    /** SQL for a session that is ours alone, once. */
    String forSession() {
        return """
                SET statement_timeout = %d; %s; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET quote_all_identifiers = off;
                SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;
                SET default_transaction_deferrable = off;
                SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout'""".formatted(statementTimeout.toMilliseconds(), lockLimit(false));
    }

    /**
     * SQL for the beginning of a transaction in a session that others use too.
     *
     * @param isolation such as {@code READ COMMITTED}
     */
    String forTransaction(String isolation) {
        return """
                SET TRANSACTION ISOLATION LEVEL %s READ WRITE NOT DEFERRABLE;
                SET LOCAL statement_timeout = %d; %s;
                SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL quote_all_identifiers = off""".formatted(isolation, statementTimeout.toMilliseconds(), lockLimit(true));
    }

    private String lockLimit(boolean local) {
        return "SELECT set_config('lock_timeout', "
                + (lockTimeout.toMilliseconds() == 0
                        ? "'0'"
                        : "least(" + lockTimeout.toMilliseconds()
                                + ", 1500 * extract(epoch FROM current_setting('deadlock_timeout')::interval))::int::text")
                + ", " + local + ")";
    }
}
