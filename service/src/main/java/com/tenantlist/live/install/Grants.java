package com.tenantlist.live.install;

import org.jdbi.v3.core.Handle;

/** What the running service needs, as SQL, and no more. */
final class Grants {
    private static final String SQL = """
            GRANT CONNECT ON DATABASE %2$s TO %1$s;
            GRANT USAGE ON SCHEMA live, public TO %1$s;

            -- Dashboards: the sums, the totals of businesses, the journal.
            GRANT SELECT ON live.tenant_kpis, live.business_totals, live.dashboard_event TO %1$s;
            GRANT EXECUTE ON FUNCTION live.is_in_progress(xid) TO %1$s;

            -- Whether it is installed as it must be.
            GRANT SELECT ON live.installation, live.failures, live.read_column, live.unreadable_column, live.strange_part, live.watched_table, live.watched_trigger TO %1$s;
            GRANT EXECUTE ON FUNCTION live.guard(), live.code(), live.others_defer(), live.table_of(text), live.tenants(uuid, integer),
                live.compare(uuid, integer) TO %1$s;

            -- Which history of the database this is; a node that sees it go backwards begins another.
            GRANT SELECT, UPDATE ON live.epoch TO %1$s;
            GRANT EXECUTE ON FUNCTION live.history() TO %1$s;

            -- The age of the journal; notes that nobody applied.
            GRANT EXECUTE ON FUNCTION live.rotate_journal(interval), live.count_unapplied() TO %1$s;

            -- Revocations.
            GRANT SELECT, INSERT, DELETE ON live.revocation TO %1$s;

            -- REST: businesses and their metrics. SELECT alone will do where nobody writes by REST.
            GRANT SELECT, INSERT, UPDATE, DELETE ON public.businesses, public.business_metrics TO %1$s;

            -- Pushes within milliseconds: the feed reads the journal by logical replication. A superuser gives this; without it
            -- the service asks for changes every 50 ms.
            -- ALTER ROLE %1$s REPLICATION;
            """;

    private Grants() {}

    static String sql(Handle handle, String role) {
        return SQL.formatted(Sql.name(role), Sql.text(handle, "SELECT quote_ident(current_database())"));
    }
}
