package com.tenantlist.live.install;

import static com.google.common.base.Preconditions.checkState;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * The indexes that we need on the platform's tables, made where none serves, and known as ours by their comment. An index
 * serves a column that leads it, if it is a valid, complete B-tree.
 */
final class Indexes {
    private static final String COMMENT = "made by tenantlist-live; db remove takes it away";

    /** Of an index that is left invalid, which has no comment yet. */
    private static final String NAMES = "^live_(businesses|business_metrics|[0-9]+)_(id|user_id|business_id)_idx$";

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

    /** Of ids that have become texts since, which are read as uuid: what makes the index that no other is, for the platform to run. */
    static List<String> lackingAsUuid(Handle handle, PlatformTable table) {
        return handle.createQuery("""
                        SELECT format('CREATE INDEX CONCURRENTLY ON %s ((%I::uuid))', :table, a.attname)
                        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                        WHERE a.attrelid = :oid::oid AND a.attname = ANY (:columns) AND t.typcategory = 'S'
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                                          JOIN pg_catalog.pg_am m ON m.oid = x.relam
                                          WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
                                            AND pg_get_indexdef(i.indexrelid, 1, false) = format('((%I)::uuid)', a.attname))
                        ORDER BY a.attnum""")
                .bind("table", table.name())
                .bind("oid", table.oid())
                .bindArray("columns", String.class, needed(table.root()).toArray())
                .mapTo(String.class)
                .list();
    }

    /**
     * Makes what is missing; returns whether anything was.
     *
     * @throws InstallException if no index serves a column afterwards
     */
    boolean make() {
        boolean made = false;
        for (PlatformTable root : PlatformTable.list(handle).stream()
                .filter(PlatformTable::isRoot)
                .toList()) {
            for (String column : needed(root.root())) {
                if (!isServed(handle, PlatformTable.list(handle), root, column)) {
                    make(root, column, Optional.empty());
                    verify(root.root(), column);
                    made = true;
                }
            }
        }
        return made;
    }

    private void verify(String root, String column) {
        List<PlatformTable> tables = PlatformTable.list(handle);
        if (tables.stream()
                .filter(table -> table.isRoot() && table.root().equals(root))
                .noneMatch(table -> isServed(handle, tables, table, column))) {
            throw new InstallException(
                    "no index serves public." + root + " (" + column
                            + "), though one was just made: someone dropped it, or put another table in its place; run this again");
        }
    }

    /**
     * The SQL by which somebody else makes what is missing, one statement after another, in no transaction: no writer waits for longer
     * than a moment. Postgres makes no index of a partitioned table concurrently.
     */
    static String byHand(Handle handle, List<PlatformTable> tables, PlatformTable root, String column) {
        List<PlatformTable> own = tables.stream()
                .filter(table -> table.root().equals(root.root()))
                .toList();
        if (!root.isPartitioned()) {
            return own.stream()
                    .filter(table -> serving(handle, table.oid(), column).isEmpty())
                    .map(table -> "CREATE INDEX CONCURRENTLY ON " + table.name() + " (" + column + ")")
                    .collect(Collectors.joining("; "));
        }
        Stream<String> empty = own.stream()
                .filter(PlatformTable::isPartitioned)
                .map(table ->
                        "CREATE INDEX " + nameByHand(table, column) + " ON ONLY " + table.name() + " (" + column + ")");
        Stream<String> full = own.stream()
                .filter(table -> !table.isPartitioned())
                .map(table -> "CREATE INDEX CONCURRENTLY " + nameByHand(table, column) + " ON " + table.name() + " ("
                        + column + ")");
        Stream<String> attached = own.stream()
                .flatMap(part -> own.stream()
                        .filter(table -> part.parent().equals(Optional.of(table.oid())))
                        .map(table -> "ALTER INDEX " + schema(table) + "." + nameByHand(table, column)
                                + " ATTACH PARTITION " + schema(part) + "." + nameByHand(part, column)));
        return Stream.of(empty, full, attached).flatMap(each -> each).collect(Collectors.joining("; "));
    }

    /** No name that is ours to drop: who makes it keeps it. */
    private static String nameByHand(PlatformTable table, String column) {
        return "tenantlist_" + (table.isRoot() ? table.root() : table.oid()) + "_" + column + "_idx";
    }

    /**
     * One of the indexes that are of exactly our form.
     *
     * @param name as SQL names it, with its schema
     */
    private record Index(long oid, String name, boolean valid) {}

    /** @param above the index of the partitioned table that this one is a part of, which needs one of its form here */
    private void make(PlatformTable table, String column, Optional<Index> above) {
        Optional<Index> attached = above.flatMap(index -> attached(handle, table, index));
        Optional<Index> own = attached;
        if (table.isPartitioned()) {
            own = own.or(() -> ours(handle, table, column)).or(() -> Optional.of(makeEmpty(table, column)));
        } else if (attached.isEmpty()
                && (above.isPresent() || serving(handle, table.oid(), column).isEmpty())) {
            own = Optional.of(makePlain(table, column));
        }
        if (above.isPresent() && attached.isEmpty() && own.isPresent()) {
            String parent = above.get().name();
            String part = own.get().name();
            patience.take(
                    "index " + parent,
                    table.name(),
                    transaction -> transaction.execute("ALTER INDEX " + parent + " ATTACH PARTITION " + part));
        }
        for (PlatformTable part : PlatformTable.list(handle)) {
            if (part.parent().equals(Optional.of(table.oid()))) {
                make(part, column, table.isPartitioned() ? own : Optional.empty());
            }
        }
    }

    /** The tables on which {@link #make()} would make one, of a column that none serves. */
    static List<PlatformTable> places(Handle handle, List<PlatformTable> tables, PlatformTable root, String column) {
        List<PlatformTable> places = new ArrayList<>();
        addPlaces(handle, tables, root, column, false, Optional.empty(), places);
        return places;
    }

    /** @param inPartitioned whether it is to have one of our form, whatever others serve */
    private static void addPlaces(
            Handle handle,
            List<PlatformTable> tables,
            PlatformTable table,
            String column,
            boolean inPartitioned,
            Optional<Index> above,
            List<PlatformTable> places) {
        Optional<Index> own = above.flatMap(index -> attached(handle, table, index))
                .or(() -> ours(handle, table, column).filter(index -> table.isPartitioned() || index.valid()));
        boolean needed = table.isPartitioned()
                || inPartitioned
                || serving(handle, table.oid(), column).isEmpty();
        if (needed && own.isEmpty()) {
            places.add(table);
        }
        tables.stream()
                .filter(part -> part.parent().equals(Optional.of(table.oid())))
                .forEach(part -> addPlaces(
                        handle,
                        tables,
                        part,
                        column,
                        table.isPartitioned(),
                        table.isPartitioned() ? own : Optional.empty(),
                        places));
    }

    /** Without rows of its own; partitions to come get theirs by it. */
    private Index makeEmpty(PlatformTable table, String column) {
        String name = freeName(table, column);
        say.accept("index " + name + " on " + table.name() + " (" + column + "), and one on each part");
        patience.take(
                "index " + name,
                table.name(),
                transaction ->
                        transaction.execute("CREATE INDEX " + name + " ON ONLY " + table.name() + " (" + column + ")"));
        return commented(table, column, name);
    }

    private Index makePlain(PlatformTable table, String column) {
        for (Optional<Index> left = ours(handle, table, column); left.isPresent(); left = ours(handle, table, column)) {
            Index index = left.get();
            if (index.valid()) {
                comment(index.name());
                return index;
            }
            say.accept("index " + index.name() + ": begun and not finished before; dropped");
            dropConcurrently(index.name());
        }
        String name = freeName(table, column);
        say.accept("index " + name + " on " + table.name() + " (" + column + ")");
        String create = " " + name + " ON " + table.name() + " (" + column + ")";
        if (concurrently) {
            patience.concurrently(
                    "index " + name,
                    "CREATE INDEX CONCURRENTLY" + create,
                    () -> dropConcurrently(schema(table) + "." + name));
        } else {
            patience.take("index " + name, table.name(), transaction -> transaction.execute("CREATE INDEX" + create));
        }
        return commented(table, column, name);
    }

    /** If it is there: one that was cancelled may have ended before, or not have begun. */
    private void dropConcurrently(String name) {
        patience.concurrently("index " + name, "DROP INDEX CONCURRENTLY IF EXISTS " + name, () -> {});
    }

    private Index commented(PlatformTable table, String column, String name) {
        String qualified = schema(table) + "." + name;
        comment(qualified);
        return ours(handle, table, column)
                .orElseThrow(() -> new InstallException("index " + qualified + " was made, and is not one of "
                        + table.name() + ": someone dropped it, or put another table in its place; run this again"));
    }

    /**
     * The usual name if nothing else has it. After copy, rename and swap of a table the old one's index still does. Any that this
     * gives is known as ours.
     */
    private String freeName(PlatformTable table, String column) {
        String number = String.valueOf(table.oid());
        String name = name(table.isRoot() ? table.root() : number, column);
        for (int i = 0; isTaken(table, name); i++) {
            name = name(i == 0 ? number : number + i, column);
        }
        return name;
    }

    private static String name(String of, String column) {
        return "live_" + of + "_" + column + "_idx";
    }

    private boolean isTaken(PlatformTable table, String name) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_class x JOIN pg_catalog.pg_class c ON c.relnamespace = x.relnamespace
                               WHERE c.oid = :oid::oid AND x.relname = :name)""", Map.of("oid", table.oid(), "name", name));
    }

    /** Our index of that table, which is no part of another, a valid one first; whatever its name. */
    private static Optional<Index> ours(Handle handle, PlatformTable table, String column) {
        return handle.createQuery("""
                        SELECT x.oid::bigint, x.oid::regclass::text, i.indisvalid
                        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                        JOIN pg_catalog.pg_am m ON m.oid = x.relam
                        WHERE i.indrelid = :oid::oid AND NOT x.relispartition AND m.amname = 'btree' AND i.indnatts = 1
                          AND i.indpred IS NULL AND NOT i.indisunique
                          AND i.indkey[0] = (SELECT a.attnum FROM pg_catalog.pg_attribute a
                                             WHERE a.attrelid = i.indrelid AND a.attname = :column AND NOT a.attisdropped)
                          AND (obj_description(x.oid, 'pg_class') = :comment OR x.relname ~ :names)
                        ORDER BY i.indisvalid DESC, x.relname LIMIT 1""")
                .bind("oid", table.oid())
                .bind("column", column)
                .bind("comment", COMMENT)
                .bind("names", NAMES)
                .map((row, context) -> new Index(row.getLong(1), row.getString(2), row.getBoolean(3)))
                .findOne();
    }

    /** What the table has of a partitioned table's index: made by itself when the table became a part after it. */
    private static Optional<Index> attached(Handle handle, PlatformTable table, Index above) {
        return handle.createQuery("""
                        SELECT x.oid::bigint, x.oid::regclass::text, i.indisvalid
                        FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_index i ON i.indexrelid = h.inhrelid
                        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                        WHERE h.inhparent = :above::oid AND i.indrelid = :oid::oid""")
                .bind("oid", table.oid())
                .bind("above", above.oid())
                .map((row, context) -> new Index(row.getLong(1), row.getString(2), row.getBoolean(3)))
                .findOne();
    }

    private void comment(String index) {
        handle.execute("COMMENT ON INDEX " + index + " IS '" + COMMENT + "'");
    }

    /** With its dot before the table's name cut off. */
    private static String schema(PlatformTable table) {
        Matcher schema = SCHEMA.matcher(table.name());
        checkState(schema.lookingAt(), table.name());
        return schema.group();
    }

    /**
     * One that {@code db remove} drops.
     *
     * @param kind {@code pg_class.relkind}
     */
    record Ours(String name, String table, String kind, String owner) {}

    /** All that were made by us, parts' own left out; of tables too that were swapped or detached since. */
    static List<Ours> all(Handle handle) {
        return list(handle, true);
    }

    /**
     * Those that are known as ours, or that only look so: {@code CREATE TABLE … (LIKE … INCLUDING ALL)} copies our comment, onto an index
     * of another name and of a table that is none of the two.
     */
    private static List<Ours> list(Handle handle, boolean ours) {
        return handle.createQuery("""
                        SELECT x.oid::regclass::text, i.indrelid::regclass::text, x.relkind::text, pg_get_userbyid(x.relowner)
                        FROM pg_catalog.pg_class x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid
                        WHERE NOT x.relispartition
                          AND (obj_description(x.oid, 'pg_class') = :comment
                               OR NOT i.indisvalid AND x.relname ~ :names)
                          AND (x.relname ~ :names OR i.indrelid::bigint = ANY (:watched)) = :ours
                        ORDER BY x.relkind""")
                .bind("comment", COMMENT)
                .bind("names", NAMES)
                .bindArray(
                        "watched",
                        Long.class,
                        PlatformTable.list(handle).stream()
                                .map(PlatformTable::oid)
                                .toList())
                .bind("ours", ours)
                .map((row, context) -> new Ours(row.getString(1), row.getString(2), row.getString(3), row.getString(4)))
                .list();
    }

    /** A line for each that only looks as if it were ours. */
    static List<String> copied(Handle handle) {
        return list(handle, false).stream()
                .map(copy -> "index " + copy.name() + " on " + copy.table()
                        + ": stays, copied from one of ours with its comment; if nothing needs it: DROP INDEX CONCURRENTLY "
                        + copy.name())
                .toList();
    }

    /** Drops those that are ours, saying which, and which only look so; returns whether there were any. */
    boolean drop() {
        copied(handle).forEach(say);
        List<Ours> ours = all(handle);
        for (Ours index : ours) {
            if (index.kind().equals("I")) {
                patience.take(
                        "index " + index.name(),
                        index.table(),
                        transaction -> transaction.execute("DROP INDEX " + index.name()));
            } else {
                dropConcurrently(index.name());
            }
            say.accept("index " + index.name() + " on " + index.table()
                    + (index.kind().equals("I") ? ", and those of its parts: dropped" : ": dropped"));
        }
        return !ours.isEmpty();
    }
}
