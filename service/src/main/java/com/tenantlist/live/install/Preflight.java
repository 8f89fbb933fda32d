package com.tenantlist.live.install;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * What stands in the database before anything is changed, and every reason not to change anything.
 *
 * @param fresh neither of the platform's tables is there: both will be made
 * @param findings for people, a line each
 * @param refusals empty if the migration may go on
 */
record Preflight(boolean fresh, Owner owner, List<String> findings, List<String> refusals) {
    private static final int OLDEST_SERVER = 140000;

    /** What a column must be before it is installed, in SQL's own names, the usual one first. */
    private enum Kind {
        UUID("uuid"),
        TEXT("character varying", "text", "character", "citext"),
        LABEL("enum", "character varying", "text", "character", "citext"),
        FLAG("boolean"),
        DATE("date"),
        TIME("timestamp with time zone", "timestamp without time zone"),
        COUNT("integer", "smallint", "bigint", "numeric", "real", "double precision");

        private final ImmutableList<String> types;

        Kind(String... types) {
            this.types = ImmutableList.copyOf(types);
        }
    }

    private static final Map<String, Map<String, Kind>> NEEDED = Map.of(
            PlatformTable.BUSINESSES,
            new TreeMap<>(Map.of(
                    "id", Kind.UUID,
                    "user_id", Kind.UUID,
                    "name", Kind.TEXT,
                    "category", Kind.TEXT,
                    "status", Kind.LABEL,
                    "is_verified", Kind.FLAG,
                    "created_at", Kind.TIME)),
            PlatformTable.METRICS,
            new TreeMap<>(Map.of(
                    "business_id", Kind.UUID,
                    "metric_date", Kind.DATE,
                    "views_count", Kind.COUNT,
                    "clicks_count", Kind.COUNT,
                    "property_invites_count", Kind.COUNT,
                    "declined_count", Kind.COUNT,
                    "messages_count", Kind.COUNT,
                    "qfps_submitted_count", Kind.COUNT)));

    /**
     * A column's type by name, of a domain what it is made of, but of one of {@code character}, whose blanks cannot be told; "enum" for all of these. Of a type that Postgres does not bring along
     * with its schema: a column of a type {@code public.uuid} would be read by a cast of its owner's making, with our rights. The
     * casts of Postgres's own types are pinned.
     */
    private static final String COLUMNS = """
            WITH RECURSIVE type AS (
                SELECT a.attname::text AS name, t.oid, t.typbasetype, t.typtype, t.typname, t.typnamespace, '' AS wrapped
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT d.name, t.oid, t.typbasetype, t.typtype, t.typname, t.typnamespace, 'a domain of '
                FROM type d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd'
            )
            SELECT name, CASE WHEN typtype = 'e' THEN 'enum'
                              WHEN type.oid = 'character'::regtype THEN wrapped || 'character'
                              WHEN typnamespace = 'pg_catalog'::regnamespace THEN pg_catalog.format_type(type.oid, NULL)
                              WHEN typname = 'citext' THEN 'citext'
                              ELSE format('%I.%I', n.nspname, typname) END AS type
            FROM type JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE typtype <> 'd'""";

    static Preflight look(Handle handle, InstallConfiguration config) {
        List<String> findings = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        List<PlatformTable> tables = PlatformTable.list(handle);
        boolean fresh = tables.isEmpty();
        lookAtServer(handle, findings, refusals);
        lookForOlder(handle, refusals);
        lookAtPublications(handle, config.allTablesPublished, refusals);
        for (PlatformTable root : tables.stream().filter(PlatformTable::isRoot).toList()) {
            List<PlatformTable> parts = tables.stream()
                    .filter(table -> table.root().equals(root.root()))
                    .toList();
            findings.add(described(root, parts) + indexes(handle, root));
            lookAtKinds(root, parts, refusals);
            lookAbove(handle, parts, refusals);
            lookAtOwners(handle, root, parts, refusals);
            parts.forEach(part -> lookAtTriggers(handle, part, refusals));
            parts.forEach(part -> lookAtSubscriptions(handle, part, refusals));
        }
        if (!fresh) {
            NEEDED.keySet().stream()
                    .filter(name ->
                            tables.stream().noneMatch(table -> table.root().equals(name)))
                    .sorted()
                    .forEach(name ->
                            refusals.add("table public." + name + " is missing, though the other one is there"));
        } else {
            lookWhetherToMake(handle, findings, refusals);
        }
        Owner owner = Owner.choose(handle, config.owner, tables, findings, refusals);
        boolean readable = owner.isReadable(handle) && !Migrations.isSchemaOfAnother(handle);
        if (readable) {
            lookForNewer(handle, refusals);
            refusals.addAll(Inventory.of(handle).refusals(handle, owner.name()));
        }
        boolean installed = readable && Sql.isReadable(handle, "unreadable_column");
        tables.stream()
                .filter(PlatformTable::isRoot)
                .forEach(root -> lookAtColumns(handle, root, !installed, refusals));
        if (installed) {
            tables.stream()
                    .filter(table -> !table.isPartitioned())
                    .flatMap(table -> Indexes.lackingAsUuid(handle, table).stream())
                    .forEach(statement ->
                            findings.add("an id has become a text, read as uuid, for which no index serves; the"
                                    + " platform may make one, where each value is a uuid and is to stay one: "
                                    + statement));
            handle.createQuery("SELECT said || '; give it the type ' || read_as FROM live.unreadable_column")
                    .mapTo(String.class)
                    .forEach(refusals::add);
        }
        lookAtRights(handle, tables, fresh, owner, refusals);
        lookAtRowSecurity(handle, tables, owner, config.owner, refusals);
        return new Preflight(fresh, owner, findings, refusals);
    }

    private static void lookWhetherToMake(Handle handle, List<String> findings, List<String> refusals) {
        String lack = "database " + Sql.text(handle, "SELECT quote_ident(current_database())")
                + " has neither public.businesses nor public.business_metrics";
        if (Sql.isThere(handle, "installation")) {
            refusals.add(lack + " any more, in which the service was installed: bring them back, or run: db remove");
        } else {
            findings.add(lack + ": they will be made, empty");
        }
    }

    private static void lookAtServer(Handle handle, List<String> findings, List<String> refusals) {
        int version = Integer.parseInt(Sql.text(handle, "SELECT current_setting('server_version_num')"));
        String level = Sql.text(handle, "SELECT current_setting('wal_level')");
        findings.add("PostgreSQL " + Sql.text(handle, "SELECT current_setting('server_version')") + ", wal_level "
                + level + (level.equals("logical") ? "" : ": the service will find changes by asking, every 50 ms"));
        if (version < OLDEST_SERVER) {
            refusals.add("PostgreSQL 14 or newer is needed");
        }
        if (Sql.isTrue(handle, "SELECT pg_is_in_recovery()")) {
            refusals.add("this server is a standby");
        }
    }

    private static void lookForOlder(Handle handle, List<String> refusals) {
        if (Sql.isTrue(handle, """
                SELECT to_regclass('public.live_migrations') IS NOT NULL OR to_regclass('public.tenant_kpis') IS NOT NULL""")) {
            refusals.add("this database was made by a version from before the first release, whose tables lay in schema"
                    + " public: take them away (live_migrations, tenant_kpis, business_totals, dashboard_event, live_epoch,"
                    + " live_revocation, and the triggers), or use another database");
        }
        if (Migrations.isSchemaOfAnother(handle)) {
            refusals.add("schema live is there, and is not ours");
        }
    }

    /** A service that goes back to an older version finds functions that are not those of its files, and cannot tell them. */
    private static void lookForNewer(Handle handle, List<String> refusals) {
        if (Migrations.haveNoData(handle)) {
            refusals.add(Migrations.NO_DATA);
        }
        if (!Migrations.isAnyApplied(handle)) {
            return;
        }
        if (Migrations.areEdited(handle)) {
            refusals.add(Migrations.EDITED);
        }
        handle.createQuery(
                        "SELECT m.script FROM live.migrations m WHERE m.success AND m.version IS NOT NULL ORDER BY m.installed_rank")
                .mapTo(String.class)
                .filter(script -> !Migrations.FILES.contains(script))
                .findFirst()
                .ifPresent(
                        script -> refusals.add(
                                "schema live was made by another version of the service, whose " + script
                                        + " this one does not know: run that one's db migrate; to go back, that one's db remove first"));
    }

    /** Their subscribers would be sent our tables, which they do not have. */
    private static void lookAtPublications(Handle handle, boolean allPublished, List<String> refusals) {
        handle.createQuery("SELECT quote_ident(pubname) FROM pg_catalog.pg_publication WHERE puballtables ORDER BY 1")
                .mapTo(String.class)
                .filter(name -> !allPublished || name.equals(Publication.NAME))
                .forEach(name -> refusals.add(
                        name.equals(Publication.NAME)
                                ? "publication " + name + ", which is to be ours, is FOR ALL TABLES; drop or rename it"
                                : "publication " + name + " is FOR ALL TABLES: its subscriptions stop when schema"
                                        + " live is made; publish by table or by schema, or make schema live at its subscribers too and set"
                                        + " INSTALL_ALL_TABLES_PUBLISHED=true"));
    }

    private static String described(PlatformTable root, List<PlatformTable> parts) {
        long mebibytes = parts.stream().mapToLong(PlatformTable::bytes).sum() >> 20;
        String kind = root.isPartitioned()
                ? "partitioned, " + (parts.size() - 1) + " parts"
                : parts.size() > 1 ? "a table that " + (parts.size() - 1) + " inherit" : "a table";
        String security = root.rowSecurityForced()
                ? "row security forced"
                : root.rowSecurity() ? "row security on" : "no row security";
        return String.format(
                Locale.ROOT,
                "%s: %s, %s, %,d MiB, %s, of role %s",
                root.name(),
                kind,
                PlatformTable.rowsOf(parts, "rows"),
                mebibytes,
                security,
                root.owner());
    }

    private static String indexes(Handle handle, PlatformTable root) {
        return Indexes.needed(root.root()).stream()
                .map(column -> Indexes.serving(handle, root.oid(), column)
                        .map(index -> ", index " + index + " on " + column)
                        .orElse(", no index on " + column))
                .collect(Collectors.joining());
    }

    private static void lookAtKinds(PlatformTable root, List<PlatformTable> parts, List<String> refusals) {
        String kind = switch (root.kind()) {
            case "v", "m" -> "a view";
            case "f" -> "a foreign table";
            default -> "";
        };
        if (!kind.isEmpty()) {
            refusals.add(root.name() + " is " + kind + ", which cannot have the triggers we need");
        }
        parts.stream()
                .filter(part -> !part.isRoot() && part.kind().equals("f"))
                .forEach(part -> refusals.add("part " + part.name() + " of " + root.name()
                        + " is a foreign table: Postgres refuses writes that reach it through a table with triggers like"
                        + " ours; detach it"));
    }

    /** A statement's triggers are those of the table that it names: what names a table above these fires none of ours. */
    private static void lookAbove(Handle handle, List<PlatformTable> parts, List<String> refusals) {
        for (PlatformTable part : parts) {
            handle.createQuery("SELECT i.inhparent::bigint, i.inhparent::regclass::text"
                            + " FROM pg_catalog.pg_inherits i WHERE i.inhrelid = :oid::oid")
                    .bind("oid", part.oid())
                    .map((row, context) -> Map.entry(row.getLong(1), row.getString(2)))
                    .filter(parent -> parts.stream().noneMatch(other -> other.oid() == parent.getKey()))
                    .forEach(parent -> refusals.add("table " + part.name() + " is a part of " + parent.getValue()
                            + ": what is written there no trigger sees; take it out of there"));
        }
    }

    /** Functions of a part's indexes and constraints run for whoever reads it: its owner must be one who may do so anyway. */
    private static void lookAtOwners(
            Handle handle, PlatformTable root, List<PlatformTable> parts, List<String> refusals) {
        parts.stream()
                .filter(part -> !Sql.isTrue(
                        handle,
                        "SELECT pg_has_role(:part::name, :root::name, 'MEMBER')",
                        Map.of("part", part.owner(), "root", root.owner())))
                .forEach(part -> refusals.add("part " + part.name() + " of " + root.name() + " belongs to role "
                        + part.owner() + ", whose functions would run with our rights when it is read: ALTER TABLE "
                        + part.name() + " OWNER TO " + Sql.name(root.owner())));
    }

    /** Triggers of the platform's that have the names of ours, in whose place ours would come. */
    private static void lookAtTriggers(Handle handle, PlatformTable table, List<String> refusals) {
        handle.createQuery(
                        "SELECT quote_ident(t.tgname) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid"
                                + " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE t.tgrelid = :oid::oid AND n.nspname <> 'live'"
                                + " AND t.tgname IN ('live_inserted', 'live_updated', 'live_deleted', 'zzz_live_truncated') ORDER BY 1")
                .bind("oid", table.oid())
                .mapTo(String.class)
                .forEach(name -> refusals.add("trigger " + name + " on " + table.name()
                        + " is not ours, and has the name that ours must have: ALTER TRIGGER " + name + " ON "
                        + table.name() + " RENAME TO …"));
    }

    /** What a subscription applies fires no statement triggers, whether ALWAYS or not. */
    private static void lookAtSubscriptions(Handle handle, PlatformTable table, List<String> refusals) {
        handle.createQuery("""
                        SELECT quote_ident(s.subname) FROM pg_catalog.pg_subscription_rel r
                        JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid WHERE r.srrelid = :oid::oid ORDER BY 1""")
                .bind("oid", table.oid())
                .mapTo(String.class)
                .forEach(name -> refusals.add("table " + table.name() + " is written by subscription " + name
                        + ", whose changes no trigger sees; install where they are first written, or when the"
                        + " subscription is dropped"));
    }

    /** @param types whether they count: after it was installed they may have become all that its functions read */
    private static void lookAtColumns(Handle handle, PlatformTable root, boolean types, List<String> refusals) {
        Map<String, String> there = handle.createQuery(COLUMNS)
                .bind("oid", root.oid())
                .setMapKeyColumn("name")
                .setMapValueColumn("type")
                .collectInto(new org.jdbi.v3.core.generic.GenericType<>() {});
        handle.createQuery("SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = :oid AND attgenerated = 'v'")
                .bind("oid", root.oid())
                .mapTo(String.class)
                .filter(NEEDED.getOrDefault(root.root(), Map.of())::containsKey)
                .forEach(column -> refusals.add("column " + root.name() + "." + column
                        + " is generated when it is read, which triggers do not see; make it STORED"));
        NEEDED.getOrDefault(root.root(), Map.of()).forEach((column, kind) -> {
            String type = there.get(column);
            if (type == null) {
                refusals.add("column " + root.name() + "." + column + " is missing; it must be one of "
                        + String.join(", ", kind.types) + ": ALTER TABLE " + root.name() + " ADD COLUMN " + column
                        + " …");
            } else if (types && !kind.types.contains(type)) {
                refusals.add("column " + root.name() + "." + column + " is of type " + type + "; it must be one of "
                        + String.join(", ", kind.types) + ": ALTER TABLE " + root.name() + " ALTER COLUMN " + column
                        + " TYPE … USING " + column + "::…");
            }
        });
    }

    private static void lookAtRights(
            Handle handle, List<PlatformTable> tables, boolean fresh, Owner owner, List<String> refusals) {
        String me = Sql.text(handle, "SELECT current_user");
        if (!owner.schemaStands()
                && !Sql.isTrue(handle, "SELECT has_database_privilege(current_database(), 'CREATE')")) {
            refusals.add("role " + me + " may not make schema live: GRANT CREATE ON DATABASE "
                    + Sql.text(handle, "SELECT quote_ident(current_database())") + " TO " + Sql.name(me));
        }
        if (fresh && !Sql.isTrue(handle, "SELECT has_schema_privilege('public', 'CREATE')")) {
            refusals.add("role " + me + " may not make tables in schema public: GRANT CREATE ON SCHEMA public TO "
                    + Sql.name(me));
        }
        owner.lacking(handle, tables).stream()
                .filter(right -> !right.mayGrant())
                .forEach(right -> refusals.add("role " + owner.name() + ", as which our functions run, lacks " + right
                        + ", which role " + me + " does not own: " + right.grantTo(owner.name())));
        // What a role of ours has, or is given, its members have.
        for (PlatformTable table : owner.separate() ? List.<PlatformTable>of() : tables) {
            for (String right : List.of("SELECT", "TRIGGER")) {
                if (!Sql.isTrue(
                        handle,
                        "SELECT has_table_privilege(:oid::oid, :right)",
                        Map.of("oid", table.oid(), "right", right))) {
                    refusals.add("role " + me + " lacks " + right + " on " + table.name() + ": GRANT " + right + " ON "
                            + table.name() + " TO " + Sql.name(me));
                }
            }
        }
        for (PlatformTable root : tables.stream().filter(PlatformTable::isRoot).toList()) {
            boolean mayIndex = Sql.isTrue(
                    handle,
                    "SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c WHERE c.oid = :oid::oid",
                    Map.of("oid", root.oid()));
            for (String column : Indexes.needed(root.root())) {
                if (Indexes.isServed(handle, tables, root, column)) {
                    continue;
                }
                String missing = "no index serves " + root.name() + " (" + column + "), and ";
                if (!mayIndex) {
                    refusals.add(missing + "only role " + root.owner() + " may make one, in no transaction: "
                            + Indexes.byHand(handle, tables, root, column));
                    continue;
                }
                String closed = String.join(", ", closed(handle, Indexes.places(handle, tables, root, column)));
                if (!closed.isEmpty()) {
                    refusals.add(missing + "role " + me + " may make none in schema " + closed
                            + ": GRANT CREATE ON SCHEMA " + closed + " TO " + Sql.name(me));
                }
            }
        }
    }

    /** The schemas of these tables in which who is logged in may make nothing. */
    private static List<String> closed(Handle handle, List<PlatformTable> tables) {
        return handle.createQuery("""
                        SELECT DISTINCT quote_ident(n.nspname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid::bigint = ANY (:tables) AND NOT has_schema_privilege(n.oid, 'CREATE') ORDER BY 1""")
                .bindArray(
                        "tables",
                        Long.class,
                        tables.stream().map(PlatformTable::oid).toArray())
                .mapTo(String.class)
                .list();
    }

    private static void lookAtRowSecurity(
            Handle handle, List<PlatformTable> tables, Owner owner, String wanted, List<String> refusals) {
        for (PlatformTable table : tables) {
            if (table.rowSecurity() && owner.isSubjectTo(handle, table)) {
                refusals.add("row security of " + table.name() + " hides rows from role " + owner.name()
                        + ", which our functions are to run as: "
                        + (owner.separate() || owner.schemaStands() || wanted.isEmpty() || wanted.equals(owner.name())
                                ? ""
                                : "have role " + wanted + " instead, as is said above, or: ")
                        + (owner.exists()
                                ? "ALTER ROLE " + Sql.name(owner.name()) + " BYPASSRLS"
                                : owner.madeToBypass(handle))
                        + " as a superuser, then run this again");
            }
        }
    }
}
