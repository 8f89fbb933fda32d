package com.tenantlist.live.install;

import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Small questions to the database, and names for it. */
final class Sql {
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

    /** A name, quoted where SQL needs it or not. */
    static String name(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
