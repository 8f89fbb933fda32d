package com.tenantlist.live.install;

import static com.google.common.base.Preconditions.checkState;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/**
 * The indexes that we need on the platform's tables, made where none serves, and known as ours by their comment. An index
 * serves a column that leads it, if it is a valid, complete B-tree.
 */
final class Indexes {
    private static final String COMMENT = "made by tenantlist-live; db remove takes it away";

    /** How the name of a table that SQL knows by its schema begins. */
    private static final Pattern SCHEMA = Pattern.compile("\"(?:[^\"]|\"\")*\"|[^.]*");

    private static final String SERVING = """
            SELECT x.relname
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam
            WHERE i.indrelid = :oid::oid AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
              AND i.indkey[0] = (SELECT a.attnum FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = i.indrelid AND a.attname = :column AND NOT a.attisdropped)
            ORDER BY x.relname LIMIT 1""";

    private final Handle handle;
    private final LockPatience patience;
    private final Consumer<String> say;
    private final boolean concurrently;

    /** @param concurrently false if the tables are empty, and nobody's yet */
    Indexes(Handle handle, LockPatience patience, Consumer<String> say, boolean concurrently) {
        this.handle = handle;
        this.patience = patience;
        this.say = say;
        this.concurrently = concurrently;
    }

    /** The columns of one of the two tables that an index must lead with. */
    static List<String> needed(String root) {
        return root.equals(PlatformTable.BUSINESSES) ? List.of("id", "user_id") : List.of("business_id");
    }

    static Optional<String> serving(Handle handle, long oid, String column) {
        return handle.createQuery(SERVING)
                .bind("oid", oid)
                .bind("column", column)
                .mapTo(String.class)
                .findOne();
    }

    /** Whether each table with rows under a root has such an index. */
    static boolean isServed(Handle handle, List<PlatformTable> tables, PlatformTable root, String column) {
        if (root.isPartitioned() && serving(handle, root.oid(), column).isPresent()) {
            return true;
        }
        List<PlatformTable> withRows = tables.stream()
                .filter(table -> table.root().equals(root.root()) && !table.isPartitioned())
                .toList();
        return !withRows.isEmpty()
                && withRows.stream()
                        .allMatch(table -> serving(handle, table.oid(), column).isPresent());
    }

    /** Makes what is missing; returns whether anything was. */
    boolean make() {
        boolean made = false;
        List<PlatformTable> tables = PlatformTable.list(handle);
        for (PlatformTable root : tables.stream().filter(PlatformTable::isRoot).toList()) {
            for (String column : needed(root.root())) {
                if (!isServed(handle, tables, root, column)) {
                    make(root, column);
                    made = true;
                }
            }
        }
        return made;
    }

    private void make(PlatformTable table, String column) {
        String index = "live_" + (table.isRoot() ? table.root() : table.oid()) + "_" + column + "_idx";
        String qualified = schema(table) + "." + index;
        if (table.isPartitioned()) {
            // Without rows of its own; partitions to come get theirs by it.
            patience.take(
                    "index " + index,
                    table.name(),
                    transaction -> transaction.execute(
                            "CREATE INDEX IF NOT EXISTS " + index + " ON ONLY " + table.name() + " (" + column + ")"));
            comment(qualified);
        } else if (serving(handle, table.oid(), column).isEmpty() || isPart(table)) {
            makePlain(table, column, index, qualified);
        }
        for (PlatformTable part : PlatformTable.list(handle)) {
            if (part.parent().equals(Optional.of(table.oid()))) {
                make(part, column);
                if (table.isPartitioned() && !isAttached(part, qualified)) {
                    patience.take(
                            "index " + index,
                            part.name(),
                            transaction -> transaction.execute("ALTER INDEX " + qualified + " ATTACH PARTITION "
                                    + schema(part) + ".live_" + part.oid() + "_" + column + "_idx"));
                }
            }
        }
    }

    /** Whether the index of a partitioned table needs one of exactly its form here. */
    private boolean isPart(PlatformTable table) {
        return Sql.isTrue(
                handle,
                "SELECT c.relispartition FROM pg_catalog.pg_class c WHERE c.oid = :oid::oid",
                Map.of("oid", table.oid()));
    }

    private void makePlain(PlatformTable table, String column, String index, String qualified) {
        if (isPart(table) && hasAttached(table, column)) {
            return;
        }
        if (isInvalid(qualified)) {
            say.accept("index " + index + ": begun and not finished before; dropped");
            patience.concurrently("index " + index, "DROP INDEX CONCURRENTLY " + qualified);
        }
        say.accept("index " + index + " on " + table.name() + " (" + column + ")");
        String create = " IF NOT EXISTS " + index + " ON " + table.name() + " (" + column + ")";
        if (concurrently) {
            patience.concurrently("index " + index, "CREATE INDEX CONCURRENTLY" + create);
        } else {
            patience.take("index " + index, table.name(), transaction -> transaction.execute("CREATE INDEX" + create));
        }
        comment(qualified);
    }

    /** Whether the part has an index that belongs to ours on its parent: made by itself when the part came after it. */
    private boolean hasAttached(PlatformTable part, String column) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_index i
                    JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
                    JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
                    WHERE i.indrelid = :oid::oid AND i.indisvalid AND p.relname LIKE 'live\\_%\\_' || :column || '\\_idx')""", Map.of("oid", part.oid(), "column", column));
    }

    private boolean isAttached(PlatformTable part, String parentIndex) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
                               WHERE h.inhparent = to_regclass(:index) AND i.indrelid = :oid::oid)""", Map.of("index", parentIndex, "oid", part.oid()));
    }

    private boolean isInvalid(String qualified) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = to_regclass(:index) AND NOT i.indisvalid)""", Map.of("index", qualified));
    }

    private void comment(String qualified) {
        handle.execute("COMMENT ON INDEX " + qualified + " IS '" + COMMENT + "'");
    }

    /** With its dot before the table's name cut off. */
    private static String schema(PlatformTable table) {
        Matcher schema = SCHEMA.matcher(table.name());
        checkState(schema.lookingAt(), table.name());
        return schema.group();
    }

    /** Drops those that are ours; returns how many. */
    int drop() {
        List<String[]> ours = handle.createQuery("""
                        SELECT x.oid::regclass::text AS index, i.indrelid::regclass::text AS relation, x.relkind::text AS kind
                        FROM pg_catalog.pg_class x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid
                        WHERE NOT x.relispartition
                          AND (obj_description(x.oid, 'pg_class') = :comment
                               OR NOT i.indisvalid AND x.relname ~ '^live_(businesses|business_metrics|[0-9]+)_(id|user_id|business_id)_idx$')
                        ORDER BY x.relkind""")
                .bind("comment", COMMENT)
                .map((row, context) -> new String[] {row.getString(1), row.getString(2), row.getString(3)})
                .list();
        for (String[] index : ours) {
            if (index[2].equals("I")) {
                patience.take(
                        "index " + index[0], index[1], transaction -> transaction.execute("DROP INDEX " + index[0]));
            } else {
                patience.concurrently("index " + index[0], "DROP INDEX CONCURRENTLY " + index[0]);
            }
        }
        return ours.size();
    }
}
