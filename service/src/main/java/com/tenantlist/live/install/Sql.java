package com.tenantlist.live.install;

import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Small questions to the database, and names for it. */
final class Sql {
    /** Looks for functions where Postgres has its own: one of the same name in another schema would run with the rights of who migrates. */
    static final String TRUSTED_PATH = "SET search_path = pg_catalog, pg_temp";

    /** A COMMIT holds its locks until a synchronous standby answers, and those on the platform's tables are to be held for a moment. */
    static final String WITHOUT_STANDBY = "SET synchronous_commit = local";

    private Sql() {}

    static boolean isTrue(Handle handle, String sql, Map<String, ?> arguments) {
        return Boolean.TRUE.equals(
                handle.createQuery(sql).bindMap(arguments).mapTo(Boolean.class).one());
    }

    static boolean isTrue(Handle handle, String sql) {
        return isTrue(handle, sql, Map.of());
    }

    static String text(Handle handle, String sql) {
        return handle.createQuery(sql).mapTo(String.class).one();
    }

    /** A name as a shell takes it. */
    static String shown(String name) {
        return name.matches("[\\w.@-]+") ? name : "'" + name.replace("'", "'\\\\''") + "'";
    }

    /** A name, quoted where SQL needs it or not. */
    static String name(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Whether schema {@code live}, which who is logged in may look into, has such a table, and he may read it. */
    static boolean isReadable(Handle handle, String table) {
        return isTrue(
                handle,
                "SELECT has_table_privilege(c.oid, 'SELECT') FROM (SELECT to_regclass('live.' || quote_ident(:table)) AS oid) c",
                Map.of("table", table));
    }

    /** Whether schema {@code live} has such a table. */
    static boolean isThere(Handle handle, String table) {
        return isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = 'live' AND c.relname = :table)",
                Map.of("table", table));
    }
}
