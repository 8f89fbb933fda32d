package com.tenantlist.live.install;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * One of the platform's two tables, or a partition or inheriting table of one.
 *
 * @param root {@code businesses} or {@code business_metrics}
 * @param name as SQL names it, with its schema
 * @param parent the oid of the table that it is a part of; empty for the two themselves
 * @param kind {@code pg_class.relkind}
 * @param rows estimated; 0 when it was never analyzed
 * @param analyzed whether {@code rows} says anything
 */
record PlatformTable(
        long oid,
        String root,
        String name,
        Optional<Long> parent,
        String kind,
        String owner,
        boolean rowSecurity,
        boolean rowSecurityForced,
        long rows,
        boolean analyzed,
        long bytes) {
    static final String BUSINESSES = "businesses";
    static final String METRICS = "business_metrics";

    private static final String SQL = """
            WITH RECURSIVE part AS (
                SELECT c.oid, NULL::oid AS parent, c.relname::text AS root
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relname IN ('businesses', 'business_metrics')
                  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                UNION
                SELECT i.inhrelid, i.inhparent, p.root
                FROM part p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid AND NOT i.inhdetachpending
                     JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relpersistence <> 't'
            )
            SELECT c.oid::bigint AS oid, p.parent::bigint AS parent, p.root, format('%I.%I', n.nspname, c.relname) AS name,
                   c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity, c.relforcerowsecurity,
                   greatest(c.reltuples, 0)::bigint AS rows, c.reltuples >= 0 OR c.relkind = 'p' AS analyzed,
                   CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) ELSE 0 END AS bytes
            FROM part p JOIN pg_catalog.pg_class c ON c.oid = p.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            ORDER BY p.root, p.parent NULLS FIRST, c.oid""";

    /** Both with all their parts, those two first; of temporary ones only their session sees the rows. */
    static List<PlatformTable> list(Handle handle) {
        return handle.createQuery(SQL)
                .map((row, context) -> new PlatformTable(
                        row.getLong("oid"),
                        row.getString("root"),
                        row.getString("name"),
                        Optional.ofNullable(row.getObject("parent", Long.class)),
                        row.getString("kind"),
                        row.getString("owner"),
                        row.getBoolean("relrowsecurity"),
                        row.getBoolean("relforcerowsecurity"),
                        row.getLong("rows"),
                        row.getBoolean("analyzed"),
                        row.getLong("bytes")))
                .list();
    }

    /** How many rows tables have, by what ANALYZE knows: "about 1,200 metric rows". */
    static String rowsOf(List<PlatformTable> tables, String what) {
        List<PlatformTable> analyzed = tables.stream()
                .filter(table -> table.analyzed() && !table.isPartitioned())
                .toList();
        long rows = analyzed.stream().mapToLong(PlatformTable::rows).sum();
        if (tables.stream().allMatch(PlatformTable::analyzed)) {
            return String.format(Locale.ROOT, "about %,d %s", rows, what);
        }
        return analyzed.isEmpty()
                ? "an unknown number of " + what
                : String.format(Locale.ROOT, "about %,d %s and those of parts that were never analyzed", rows, what);
    }

    boolean isRoot() {
        return parent.isEmpty();
    }

    boolean isPartitioned() {
        return kind.equals("p");
    }
}
