package com.tenantlist.live.install;

import com.tenantlist.live.postgres.SqlState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/** Takes all that is ours out of the database: triggers first, so that no write of the platform meets what is half gone. */
final class Removal {
    /** How {@link #beyondOurs} names who has the role's rights. */
    private static final String MEMBER = "member ";

    private final Handle handle;
    private final Supplier<Handle> another;
    private final LockPatience patience;
    private final InstallConfiguration config;
    private final Consumer<String> say;

    /** @param another opens a second connection */
    Removal(
            Handle handle,
            Supplier<Handle> another,
            LockPatience patience,
            InstallConfiguration config,
            Consumer<String> say) {
        this.handle = handle;
        this.another = another;
        this.patience = patience;
        this.config = config;
        this.say = say;
    }

    private record Trigger(String name, String table, String tableOwner) {}

    /** Every reason not to begin. */
    List<String> refusals() {
        List<String> reasons = new ArrayList<>();
        if (Sql.isTrue(handle, "SELECT pg_is_in_recovery()")) {
            reasons.add("this server is a standby");
        }
        if (Migrations.isSchemaOfAnother(handle)) {
            reasons.add("schema live is not ours");
            return reasons;
        }
        Owner.ofSchema(handle).ifPresent(owner -> refuse(reasons, "schema live belongs to role ", owner));
        Map<String, String> tables = new TreeMap<>();
        triggers().forEach(trigger -> tables.put(trigger.table(), trigger.tableOwner()));
        tables.forEach((table, owner) ->
                refuse(reasons, "triggers on " + table + " can be dropped by its owner alone, role ", owner));
        Publication.owner(handle)
                .ifPresent(owner -> refuse(reasons, "publication " + Publication.NAME + " belongs to role ", owner));
        Indexes.all(handle)
                .forEach(index -> refuse(
                        reasons,
                        "index " + index.name() + " of " + index.table() + " belongs to role ",
                        index.owner()));
        reasons.addAll(users(handle));
        Owner.ofSchema(handle)
                .filter(owner -> Owner.lackOfMembership(handle, owner).isEmpty())
                .ifPresent(owner -> reasons.addAll(others(Inventory.of(handle))));
        return reasons;
    }

    /** What somebody has put into the schema. */
    private static List<String> others(Inventory inventory) {
        return inventory.others().stream()
                .map(other -> other + ", or move it to another schema: it would go with schema live")
                .toList();
    }

    /**
     * What of the platform's would go by the CASCADE of schema {@code live}, each with what of ours it uses. Triggers that call our functions are dropped
     * before it; a session's temporary view is gone with its session.
     */
    private static List<String> users(Handle handle) {
        return handle.createQuery("""
                        WITH ours AS (
                            SELECT 'pg_namespace'::regclass AS classid, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live'
                            UNION SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
                                  WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('live') AND d.deptype = 'n'
                            UNION SELECT 'pg_class'::regclass, c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = to_regnamespace('live')
                            UNION SELECT 'pg_type'::regclass, t.oid FROM pg_catalog.pg_type t WHERE t.typnamespace = to_regnamespace('live'))
                        SELECT DISTINCT format('%s uses %s, and would go with it: %s first',
                               CASE WHEN r.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0)
                                    ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END,
                               pg_describe_object(d.refclassid, d.refobjid, 0),
                               CASE WHEN d.classid::regclass::text ~ '^pg_publication_' THEN 'take it out of the publication'
                                    WHEN a.oid IS NOT NULL OR y.oid IS NOT NULL THEN 'replace or drop it' ELSE 'drop it' END)
                        FROM pg_catalog.pg_depend d JOIN ours o ON o.classid = d.refclassid AND o.oid = d.refobjid
                        LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
                        LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
                        LEFT JOIN pg_catalog.pg_policy y ON d.classid = 'pg_policy'::regclass AND y.oid = d.objid
                        LEFT JOIN pg_catalog.pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
                        LEFT JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
                        LEFT JOIN pg_catalog.pg_class c ON c.oid = coalesce(r.ev_class, a.adrelid, y.polrelid, t.tgrelid)
                        LEFT JOIN pg_catalog.pg_publication_rel m ON d.classid = 'pg_publication_rel'::regclass AND m.oid = d.objid
                        LEFT JOIN pg_catalog.pg_publication b ON b.oid = m.prpubid
                        WHERE d.deptype IN ('n', 'a') AND d.classid <> 'pg_default_acl'::regclass
                          AND b.pubname IS DISTINCT FROM :publication AND f.pronamespace IS DISTINCT FROM to_regnamespace('live')::oid
                          AND coalesce(c.relnamespace::regnamespace::text, (pg_identify_object(d.classid, d.objid, 0)).schema, '')
                              !~ '^(live$|pg_temp)'
                        ORDER BY 1""")
                .bind("publication", Publication.NAME)
                .mapTo(String.class)
                .list();
    }

    private void refuse(List<String> reasons, String what, String owner) {
        Owner.lackOfMembership(handle, owner).ifPresent(lack -> reasons.add(what + owner + ", " + lack));
    }

    /** A line for all that {@link #run} would take away, in its order, and for what it would leave; empty if there is nothing. */
    List<String> plan() {
        List<String> steps = new ArrayList<>();
        if (Migrations.isSchemaOfAnother(handle)) {
            return steps;
        }
        tablesWithTriggers().forEach(table -> steps.add("would drop our triggers on " + table));
        Publication.owner(handle).ifPresent(owner -> steps.add("would drop publication " + Publication.NAME));
        steps.addAll(Indexes.copied(handle));
        Indexes.all(handle)
                .forEach(index -> steps.add("would drop index " + index.name() + " on " + index.table()
                        + (index.kind().equals("I") ? ", and those of its parts" : "")));
        Optional<String> owner = Owner.ofSchema(handle);
        owner.ifPresent(name -> steps.add("would drop schema live, and all in it"));
        String role = owner.orElse(config.owner);
        if (isWithoutLogin(role)) {
            steps.add(whyItStays(role)
                    .orElse("would take from role " + role
                            + " what it may do here, and drop it if nothing in the cluster needs it"));
        }
        Grants.served(handle)
                .forEach(each -> whatStays(each, tablesWithTriggers()).ifPresent(steps::add));
        return steps;
    }

    /** Goes on where the last run was stopped; says what it took away. Returns whether there was anything. */
    boolean run() {
        String owner = Owner.ofSchema(handle).orElse(config.owner);
        List<String> served = Grants.served(handle);
        List<String> tables = tablesWithTriggers();
        boolean any = dropTriggers();
        markIncomplete(handle);
        if (Publication.drop(handle)) {
            say.accept("publication: dropped");
            any = true;
        }
        any |= new Indexes(handle, patience, say, true).drop();
        if (Sql.isTrue(handle, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live')")) {
            try (Handle outside = another.get()) {
                // Who waits for a lock of ours on a catalog may be waited for there, and no deadlock is found.
                outside.execute(
                        "SET lock_timeout = " + config.lockTimeout.toMilliseconds() + "; SET statement_timeout = '5s'");
                patience.take("schema live", "live", transaction -> {
                    Inventory inventory = Inventory.of(transaction);
                    transaction.execute("DROP SCHEMA live CASCADE");
                    refuseWhatCameMeanwhile(inventory, outside);
                    return true;
                });
            }
            say.accept("schema live: dropped");
            any = true;
        }
        any |= dropOwner(owner);
        served.forEach(role -> whatStays(role, tables).ifPresent(say));
        return any;
    }

    /**
     * Before the commit that drops all, and with its locks: whoever begins to use a table or view of ours, or puts something into the schema, waits by
     * now. For functions, types and sequences Postgres has no such lock. What it dropped, another connection still sees.
     */
    private static void refuseWhatCameMeanwhile(Inventory inventory, Handle outside) {
        List<String> since = new ArrayList<>(users(outside));
        since.addAll(others(inventory.asSeenBy(outside)));
        if (!since.isEmpty()) {
            throw new InstallException(since);
        }
    }

    /** They are not ours to take: the role may have had them before. That it may replicate is of the whole cluster, and that comes last. */
    private Optional<String> whatStays(String role, List<String> tables) {
        List<String> revokes = handle.createQuery("""
                        SELECT format('REVOKE %s ON %I.%I FROM %I', string_agg(DISTINCT a.privilege_type, ', '), n.nspname, c.relname, :role)
                        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                        WHERE (n.nspname = 'public' AND c.relname IN ('businesses', 'business_metrics')
                               OR format('%I.%I', n.nspname, c.relname) = ANY (:tables))
                          AND pg_get_userbyid(a.grantee) = :role AND a.grantee <> c.relowner
                          AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                        GROUP BY n.nspname, c.relname
                        UNION ALL
                        SELECT format('REVOKE USAGE ON SCHEMA public FROM %I', :role)
                        WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                                      WHERE n.nspname = 'public' AND pg_get_userbyid(a.grantee) = :role AND a.grantee <> n.nspowner
                                        AND a.privilege_type = 'USAGE')
                        UNION ALL
                        SELECT format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), :role)
                        WHERE EXISTS (SELECT FROM pg_catalog.pg_database d, aclexplode(d.datacl) a
                                      WHERE d.datname = current_database() AND pg_get_userbyid(a.grantee) = :role
                                        AND a.grantee <> d.datdba AND a.privilege_type = 'CONNECT')""")
                .bind("role", role)
                .bindArray("tables", String.class, tables.toArray())
                .mapTo(String.class)
                .list();
        List<String> all = new ArrayList<>(revokes);
        if (Sql.isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = :role AND r.rolreplication AND NOT r.rolsuper)",
                Map.of("role", role))) {
            all.add("ALTER ROLE " + Sql.name(role) + " NOREPLICATION, if it replicates nothing else of the cluster");
        }
        return all.isEmpty()
                ? Optional.empty()
                : Optional.of("role " + role + " keeps what db grants told of; if it needs that no more: "
                        + String.join("; ", all));
    }

    /** Should this be stopped half-way: a service does not start on what is left, and db migrate looks at every tenant. */
    private static void markIncomplete(Handle handle) {
        if (Sql.isTrue(handle, "SELECT has_table_privilege(to_regclass('live.installation'), 'UPDATE')")) {
            handle.execute("UPDATE live.installation SET complete = false WHERE complete");
        }
    }

    private List<Trigger> triggers() {
        return handle.createQuery("""
                        SELECT t.tgname, format('%I.%I', m.nspname, c.relname), pg_get_userbyid(c.relowner)
                        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                        JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
                        WHERE n.nspname = 'live' AND m.nspname <> 'live' ORDER BY 2, 1""")
                .map((row, context) -> new Trigger(row.getString(1), row.getString(2), row.getString(3)))
                .list();
    }

    /** Of tables too that were swapped or detached since. */
    private List<String> tablesWithTriggers() {
        return triggers().stream().map(Trigger::table).distinct().toList();
    }

    /** Until the first are dropped all is counted, and whoever looks is told so. */
    private boolean dropTriggers() {
        List<Trigger> triggers = triggers();
        for (String table : tablesWithTriggers()) {
            patience.take("triggers on " + table, table, transaction -> {
                triggers.stream()
                        .filter(trigger -> trigger.table().equals(table))
                        .forEach(trigger -> transaction.execute(
                                "DROP TRIGGER IF EXISTS " + Sql.name(trigger.name()) + " ON " + table));
                markIncomplete(transaction);
                return true;
            });
            say.accept("triggers on " + table + ": dropped");
        }
        return !triggers.isEmpty();
    }

    /** What the owner has rights on, also parts that are none any more. */
    private List<String> named(String sql, String owner) {
        return handle.createQuery(sql).bind("owner", owner).mapTo(String.class).stream()
                .distinct()
                .sorted()
                .toList();
    }

    private boolean isWithoutLogin(String role) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = :role AND r.rolname <> current_user
                               AND NOT r.rolcanlogin AND NOT r.rolsuper)""", Map.of("role", role));
    }

    /** A role that has more than we give is not ours to take, and none of its rights are: whoever shares it with us would lose them. */
    private Optional<String> whyItStays(String owner) {
        if (!owner.equals(config.owner)) {
            return Optional.of("role " + owner + ", which schema live belonged to: stays as it is; INSTALL_OWNER is "
                    + (config.owner.isEmpty() ? "empty" : config.owner));
        }
        List<String> beyond = beyondOurs(owner);
        if (beyond.isEmpty()) {
            return Optional.empty();
        }
        // Of a role that owns something here it would drop that, and it takes rights on other databases too.
        boolean onlyMembers = beyond.stream().allMatch(each -> each.startsWith(MEMBER)) && !hasRightsOnDatabases(owner);
        return Optional.of("role " + owner + ": stays as it is, having what is not ours: " + String.join(", ", beyond)
                + "; if it was there for us alone: take that from it and run db remove again"
                + (onlyMembers && hasRightsHere(owner)
                        ? "; or, with schema live gone and nobody needing what it may do in database "
                                + Sql.text(handle, "SELECT quote_ident(current_database())")
                                + ", there, as a superuser: DROP OWNED BY " + Sql.name(owner)
                        : ""));
    }

    private boolean dropOwner(String owner) {
        if (!isWithoutLogin(owner)) {
            return false;
        }
        Optional<String> reason = whyItStays(owner);
        if (reason.isPresent()) {
            say.accept(reason.get());
            return false;
        }
        boolean had = false;
        String role = Sql.name(owner);
        for (String table : named("""
                SELECT format('%I.%I', n.nspname, c.relname)
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner AND a.grantor = c.relowner AND pg_has_role(c.relowner, 'USAGE')""", owner)) {
            patience.take(
                    "rights on " + table,
                    table,
                    transaction -> transaction.execute("REVOKE ALL ON " + table + " FROM " + role));
            had = true;
        }
        for (String schema : named("""
                SELECT quote_ident(n.nspname) FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner AND a.grantor = n.nspowner AND pg_has_role(n.nspowner, 'USAGE')""", owner)) {
            handle.execute("REVOKE ALL ON SCHEMA " + schema + " FROM " + role);
            had = true;
        }
        if (Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_default_acl d WHERE pg_get_userbyid(d.defaclrole) = :owner)""", Map.of("owner", owner))) {
            handle.execute("ALTER DEFAULT PRIVILEGES FOR ROLE " + role + " GRANT EXECUTE ON FUNCTIONS TO PUBLIC");
            had = true;
        }
        List<String> elsewhere = named("""
                SELECT quote_ident(d.datname) FROM pg_catalog.pg_shdepend s
                JOIN pg_catalog.pg_database d ON d.oid = CASE s.dbid WHEN 0 THEN s.objid ELSE s.dbid END
                WHERE s.refclassid = 'pg_authid'::regclass AND pg_get_userbyid(s.refobjid) = :owner AND d.datname <> current_database()
                  AND (s.dbid <> 0 OR s.classid = 'pg_database'::regclass)""", owner);
        List<String> cure = new ArrayList<>();
        if (hasRightsHere(owner)) {
            cure.addAll(grantedByOthers(owner));
            cure.add("DROP OWNED BY " + role);
        }
        String here = ", in database " + Sql.text(handle, "SELECT quote_ident(current_database())") + ": ";
        if (!elsewhere.isEmpty()) {
            say.accept("role " + owner + ": stays, needed by database " + String.join(", ", elsewhere)
                    + (cure.isEmpty()
                            ? ""
                            : "; it has rights in this one too that are not to be taken as role "
                                    + Sql.text(handle, "SELECT current_user") + "; a superuser may" + here
                                    + String.join("; ", cure)));
            return had;
        }
        try {
            handle.execute("DROP ROLE " + role);
            say.accept("role " + owner + ": dropped");
            return true;
        } catch (RuntimeException e) {
            String state = SqlState.of(e);
            if (!state.equals(SqlState.DEPENDENT_OBJECTS) && !state.equals(SqlState.INSUFFICIENT_PRIVILEGE)) {
                throw e;
            }
            cure.add("DROP ROLE " + role);
            String me = Sql.text(handle, "SELECT current_user");
            say.accept("role " + owner + ": stays, "
                    + (state.equals(SqlState.DEPENDENT_OBJECTS)
                            ? "it has rights that are not to be taken as role " + me + " (" + SqlState.detail(e) + ")"
                            : "role " + me + " may not drop it")
                    + "; a superuser may" + here + String.join("; ", cure));
            return had;
        }
    }

    private boolean hasRightsOnDatabases(String role) {
        return isNamed(role, "s.dbid = 0 AND s.classid <> 'pg_auth_members'::regclass");
    }

    private boolean hasRightsHere(String role) {
        return isNamed(
                role, "s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())");
    }

    /** @param where of {@code pg_shdepend s} */
    private boolean isNamed(String role, String where) {
        return Sql.isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass"
                        + " AND pg_get_userbyid(s.refobjid) = :role AND " + where + ")",
                Map.of("role", role));
    }

    /**
     * What a role owns, or may do, in this database and for the cluster, beyond what an installation gives its owner; and who has its rights,
     * but for who removes and who owns the tables anyway: others may have got from it what they read them by.
     */
    private List<String> beyondOurs(String owner) {
        return named("""
                SELECT CASE s.deptype WHEN 'o' THEN 'owner of ' WHEN 'a' THEN 'rights on ' ELSE 'named by ' END
                       || pg_describe_object(s.classid, s.objid, s.objsubid)
                FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database here ON here.datname = current_database()
                CROSS JOIN LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) o
                WHERE s.refclassid = 'pg_authid'::regclass AND pg_get_userbyid(s.refobjid) = :owner AND s.dbid IN (0, here.oid)
                  AND o.schema IS DISTINCT FROM 'live' AND (o.type, o.identity) NOT IN (('schema', 'live'), ('publication', 'tenantlist_live'))
                  AND NOT (s.classid = 'pg_database'::regclass AND s.objid <> here.oid)
                  AND s.classid <> 'pg_default_acl'::regclass
                  AND s.deptype::text || coalesce(
                        (SELECT 'table ' || string_agg(DISTINCT a.privilege_type, ' ' ORDER BY a.privilege_type)
                         FROM pg_catalog.pg_class c, aclexplode(c.relacl) a
                         WHERE s.classid = 'pg_class'::regclass AND s.objsubid = 0 AND c.oid = s.objid AND c.relkind IN ('r', 'p', 'f')
                           AND a.grantee = s.refobjid),
                        (SELECT 'schema ' || string_agg(DISTINCT a.privilege_type, ' ' ORDER BY a.privilege_type)
                         FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                         WHERE s.classid = 'pg_namespace'::regclass AND n.oid = s.objid AND a.grantee = s.refobjid), '')
                      NOT IN ('atable SELECT TRIGGER', 'aschema USAGE')
                UNION ALL
                SELECT 'membership of role ' || pg_get_userbyid(m.roleid)
                FROM pg_catalog.pg_auth_members m WHERE pg_get_userbyid(m.member) = :owner
                UNION ALL
                SELECT 'member ' || pg_get_userbyid(m.member)
                FROM pg_catalog.pg_auth_members m
                WHERE pg_get_userbyid(m.roleid) = :owner AND pg_get_userbyid(m.member) <> current_user
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                                  WHERE c.oid IN (to_regclass('public.businesses'), to_regclass('public.business_metrics'))
                                    AND pg_has_role(m.member, c.relowner, 'MEMBER'))""", owner);
    }

    /** What takes the owner what others than the owners of tables and schemas granted it: each grantor alone can. */
    private List<String> grantedByOthers(String owner) {
        return named("""
                SELECT format('SET ROLE %I; REVOKE %s ON %I.%I FROM %I; RESET ROLE', pg_get_userbyid(a.grantor),
                              string_agg(DISTINCT a.privilege_type, ', '), n.nspname, c.relname, :owner)
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner AND a.grantor <> c.relowner GROUP BY n.nspname, c.relname, a.grantor
                UNION ALL
                SELECT format('SET ROLE %I; REVOKE USAGE ON SCHEMA %I FROM %I; RESET ROLE', pg_get_userbyid(a.grantor), n.nspname, :owner)
                FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner AND a.grantor <> n.nspowner""", owner);
    }
}
