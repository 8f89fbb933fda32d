package com.tenantlist.live.install;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** One statement: rights, what kind of thing unless tables, and things with commas between. */
    private static final Pattern STATEMENT = Pattern.compile(
            "^GRANT ([A-Z, ]+?) ON (FUNCTION |SCHEMA |DATABASE )?(.+?) TO %1\\$s;", Pattern.MULTILINE | Pattern.DOTALL);

    private static final Pattern BETWEEN = Pattern.compile(",\\s*(?![^(]*\\))");

    /** What the service can do without: its REST then only reads. */
    private static final Set<String> OF_WRITERS = Set.of("INSERT", "UPDATE", "DELETE");

    private static final String LACKS = """
            SELECT coalesce(string_agg(v.said, ', ' ORDER BY v.place), '') FROM (VALUES %s) AS v (place, kind, thing, privilege, said)
            WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE v.kind = 'SCHEMA' AND n.nspname = v.thing
                          AND NOT has_schema_privilege(n.oid, v.privilege))
               OR EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                          WHERE v.kind = 'TABLE' AND n.nspname || '.' || c.relname = v.thing AND NOT has_table_privilege(c.oid, v.privilege))
               OR EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                          WHERE v.kind = 'FUNCTION' AND n.nspname || '.' || p.proname = v.thing AND NOT has_function_privilege(p.oid, v.privilege))""";

    private Grants() {}

    /** @throws InstallException if there is no such role */
    static String sql(Handle handle, String role) {
        if (!Sql.isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = :role)",
                Map.of("role", role))) {
            throw new InstallException(
                    "there is no role " + Sql.name(role) + ": CREATE ROLE " + Sql.name(role) + " LOGIN");
        }
        return SQL.formatted(Sql.name(role), Sql.text(handle, "SELECT quote_ident(current_database())"));
    }

    /** What of it who is logged in lacks, with commas between; empty if nothing. What is not there is not looked for. */
    static String lacks(Handle handle) {
        List<String> rows = new ArrayList<>();
        for (Matcher statement = STATEMENT.matcher(SQL); statement.find(); ) {
            String kind =
                    statement.group(2) == null ? "TABLE" : statement.group(2).strip();
            for (String thing : BETWEEN.split(statement.group(3))) {
                for (String right : statement.group(1).split(", ")) {
                    if (!(OF_WRITERS.contains(right) && thing.startsWith("public."))) {
                        rows.add("(%d, '%s', '%s', '%s', '%s on %s')"
                                .formatted(rows.size(), kind, thing.replaceFirst("\\(.*", ""), right, right, thing));
                    }
                }
            }
        }
        return Sql.text(handle, LACKS.formatted(String.join(", ", rows)));
    }
}
