package com.tenantlist.live.install;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** What the running service needs, and no more: as SQL that gives it, and as SQL that asks for it. */
public final class Grants {
    private enum Kind {
        SCHEMA("SCHEMA ", "has_schema_privilege(to_regnamespace(object), privilege)"),
        TABLE("", "has_table_privilege(to_regclass(object), privilege)"),
        FUNCTION("FUNCTION ", "has_function_privilege(to_regprocedure(object), privilege)");

        private final String word;
        private final String question;

        Kind(String word, String question) {
            this.word = word;
            this.question = question;
        }
    }

    /** @param why a line before it; empty if it goes with the one above */
    private record Right(String why, String privileges, Kind kind, List<String> objects) {
        static Right of(String why, String privileges, Kind kind, String... objects) {
            return new Right(why, privileges, kind, List.of(objects));
        }

        String granted() {
            return (why.isEmpty() ? "" : "\n-- " + why + "\n") + "GRANT " + privileges + " ON " + kind.word
                    + String.join(", ", objects) + " TO %1$s;\n";
        }

        /** Rows of SQL: kind, schema, object, privilege. */
        String rows() {
            return objects.stream()
                    .flatMap(object -> List.of(privileges.split(", ")).stream()
                            .map(privilege -> "('" + kind + "', '" + object.split("\\.")[0] + "', '" + object + "', '"
                                    + privilege + "')"))
                    .collect(Collectors.joining(", "));
        }
    }

    private static final List<Right> NEEDED = List.of(
            Right.of("", "USAGE", Kind.SCHEMA, "live", "public"),
            Right.of(
                    "Dashboards: the sums, the totals of businesses, the journal.",
                    "SELECT",
                    Kind.TABLE,
                    "live.tenant_kpis",
                    "live.business_totals",
                    "live.dashboard_event"),
            Right.of("", "EXECUTE", Kind.FUNCTION, "live.is_in_progress(xid)"),
            Right.of(
                    "Whether it is installed as it must be.",
                    "SELECT",
                    Kind.TABLE,
                    "live.installation",
                    "live.failures",
                    "live.read_column",
                    "live.unreadable_column",
                    "live.strange_part",
                    "live.watched_table",
                    "live.watched_trigger"),
            Right.of(
                    "",
                    "EXECUTE",
                    Kind.FUNCTION,
                    "live.guard()",
                    "live.code()",
                    "live.others_defer()",
                    "live.applies()",
                    "live.table_of(text)",
                    "live.tenants(uuid, integer)",
                    "live.compare(uuid, integer)"),
            Right.of(
                    "Which history of the database this is; a node that sees it go backwards begins another.",
                    "SELECT, UPDATE",
                    Kind.TABLE,
                    "live.epoch"),
            Right.of("", "SELECT", Kind.TABLE, "live.crash_marker"),
            Right.of("", "EXECUTE", Kind.FUNCTION, "live.history()", "live.remember_crash()"),
            Right.of(
                    "The age of the journal; notes that nobody applied.",
                    "EXECUTE",
                    Kind.FUNCTION,
                    "live.rotate_journal(interval)",
                    "live.mend_unapplied()"),
            Right.of("Revocations.", "SELECT, INSERT, DELETE", Kind.TABLE, "live.revocation"),
            Right.of(
                    "Answers to writes by REST that come again.",
                    "SELECT, INSERT, UPDATE, DELETE",
                    Kind.TABLE,
                    "live.idempotency"),
            Right.of(
                    "Dashboards, trends and REST: businesses and their metrics.",
                    "SELECT",
                    Kind.TABLE,
                    "public.businesses",
                    "public.business_metrics"));

    /** What is not missed where nobody writes by REST. */
    private static final Right WRITES = Right.of(
            "Writes by REST: POST, PUT and DELETE below /api/businesses. Leave the next line out where REST must not write: such a\n"
                    + "-- request is answered by 500 then, the log names the table, and all else works.",
            "INSERT, UPDATE, DELETE",
            Kind.TABLE,
            "public.businesses",
            "public.business_metrics");

    private static final String REPLICATION = """

            -- Pushes within milliseconds: the feed reads the journal by logical replication. A superuser gives this; without it
            -- the service asks for changes every 50 ms.
            -- ALTER ROLE %1$s REPLICATION;
            """;

    private Grants() {}

    /**
     * Which of the two tables hide rows from a role, each as SQL names it: their row security is on, and the role neither bypasses it nor has a
     * policy for all rows that no other restricts. The role is {@code reader.rolname}.
     */
    private static final String HIDDEN = """
            SELECT 'public.' || c.relname AS name
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace CROSS JOIN pg_catalog.pg_roles reader
            CROSS JOIN LATERAL (
                SELECT coalesce(bool_or(p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true'), false)
                       AND NOT coalesce(bool_or(NOT p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) <> 'true'), false) AS all_rows
                FROM pg_catalog.pg_policy p
                WHERE p.polrelid = c.oid AND p.polcmd IN ('*', 'r')
                  AND EXISTS (SELECT FROM unnest(p.polroles) r (oid) WHERE r.oid = 0 OR pg_has_role(reader.oid, r.oid, 'USAGE'))) policy
            WHERE n.nspname = 'public' AND c.relname IN ('businesses', 'business_metrics') AND c.relrowsecurity AND NOT policy.all_rows
              AND NOT (reader.rolsuper OR reader.rolbypassrls OR NOT c.relforcerowsecurity AND pg_has_role(reader.oid, c.relowner, 'USAGE'))
              AND reader.rolname =\s""";

    private static final String ROW_SECURITY = """

            -- Row security of %3$s would hide rows from it, and dashboards would be wrong. A superuser gives this; or have a
            -- policy of these tables for it, for all rows: FOR ALL TO %1$s USING (true), and no restrictive one.
            ALTER ROLE %1$s BYPASSRLS;
            """;

    /** @throws InstallException if there is no such role, or it is the one that is not to log in */
    static String sql(Handle handle, String role) {
        if (!Sql.isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = :role)",
                Map.of("role", role))) {
            throw new InstallException(
                    "there is no role " + Sql.name(role) + ": CREATE ROLE " + Sql.name(role) + " LOGIN");
        }
        if (Owner.ofSchema(handle).filter(role::equals).isPresent()) {
            throw new InstallException("role " + Sql.name(role)
                    + " owns schema live: a service that logs in as it could change what our functions"
                    + " do; it is to have a role of its own: CREATE ROLE … LOGIN");
        }
        List<String> hidden = handle.createQuery(HIDDEN + ":role ORDER BY 1")
                .bind("role", role)
                .mapTo(String.class)
                .list();
        return ("-- As a superuser, or as the owners of the database, of the schemas and of the tables: a line that another runs, Postgres\n"
                        + "-- refuses, or only warns that nothing was granted.\n"
                        + "GRANT CONNECT ON DATABASE %2$s TO %1$s;\n"
                        + NEEDED.stream().map(Right::granted).collect(Collectors.joining())
                        + WRITES.granted()
                        + (hidden.isEmpty() ? "" : ROW_SECURITY)
                        + REPLICATION)
                .formatted(
                        Sql.name(role),
                        Sql.text(handle, "SELECT quote_ident(current_database())"),
                        String.join(" and ", hidden));
    }

    /** The roles that it was given to, by what nobody else is likely to have. */
    static List<String> served(Handle handle) {
        return handle.createQuery("""
                        SELECT DISTINCT pg_get_userbyid(a.grantee)::text
                        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
                        WHERE n.nspname = 'live' AND p.proname IN ('rotate_journal', 'mend_unapplied', 'remember_crash') AND a.grantee NOT IN (0, p.proowner, n.nspowner)
                        ORDER BY 1""").mapTo(String.class).list();
    }

    /** What of it who is logged in lacks, with commas between; empty if nothing. */
    static String lacks(Handle handle) {
        return String.join(
                ", ", handle.createQuery(lacking()).mapTo(String.class).list());
    }

    /**
     * A query for what the role that asks lacks of it, a row each, such as {@code SELECT on live.epoch}. It needs no right of ours
     * itself. What is not there is not lacked; of a schema that may not be looked into only that is said.
     */
    public static String lacking() {
        return NEEDED.stream()
                .map(Right::rows)
                .collect(Collectors.joining(
                        ", ",
                        """
                        SELECT privilege || ' on ' || object
                        FROM (VALUES\s""",
                        """
                        ) AS needed (kind, schema, object, privilege)
                        WHERE CASE WHEN kind <> 'SCHEMA' AND NOT has_schema_privilege(to_regnamespace(schema), 'USAGE') THEN NULL
                        """
                                + List.of(Kind.values()).stream()
                                        .map(kind -> " WHEN kind = '" + kind + "' THEN " + kind.question)
                                        .collect(Collectors.joining("\n"))
                                + " END IS FALSE\nUNION ALL SELECT 'BYPASSRLS or a policy for all rows of ' || name FROM ("
                                + HIDDEN
                                + "current_user) hidden ORDER BY 1"));
    }
}
