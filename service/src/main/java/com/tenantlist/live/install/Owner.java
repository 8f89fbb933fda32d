package com.tenantlist.live.install;

import com.tenantlist.live.postgres.SqlState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * The role that is to own schema {@code live}.
 *
 * @param separate whether it is a role of ours, not the migrating role itself
 * @param exists whether it is there already
 * @param schemaStands whether the schema is there already, and belongs to it
 */
record Owner(String name, boolean separate, boolean exists, boolean schemaStands) {
    private static final int SET_OPTION_SINCE = 160000;

    /** What others may be given rights on in schema {@code live}: its name as GRANT has it, its owner, and who may do what. */
    private static final String OBJECTS = """
             (SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass, c.relowner, c.relacl
              FROM pg_catalog.pg_class c WHERE c.relnamespace = to_regnamespace('live') AND c.relkind IN ('r', 'p', 'v', 'S')
              UNION ALL
              SELECT 'FUNCTION ' || p.oid::regprocedure, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
              FROM pg_catalog.pg_proc p WHERE p.pronamespace = to_regnamespace('live')
              UNION ALL
              SELECT 'SCHEMA live', n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live') o (name, owner, acl)
            """;

    private record Role(String name, boolean superuser, boolean canLogin, boolean createsRoles, boolean inherits) {
        boolean makesRoles() {
            return superuser || createsRoles;
        }
    }

    /** The role that the schema belongs to, else the wanted one if it can be had, else the migrating one. */
    static Owner choose(
            Handle handle, String wanted, List<PlatformTable> tables, List<String> findings, List<String> refusals) {
        Role me = me(handle);
        Optional<String> standing = ofSchema(handle);
        if (standing.isPresent()) {
            lackOfSetting(handle, standing.get())
                    .ifPresent(lack -> refusals.add("schema live belongs to role " + standing.get() + ", " + lack));
            findings.add("schema live stands, of role " + standing.get() + "; migrating as " + me.name());
            role(handle, standing.get())
                    .filter(owner -> owner.superuser() || owner.canLogin())
                    .ifPresent(owner -> findings.add(consequence(owner)));
            return new Owner(standing.get(), !standing.get().equals(me.name()), true, true);
        }
        Optional<String> hindrance = hindrance(handle, wanted, me, tables);
        if (hindrance.isEmpty()) {
            findings.add("schema live will belong to role " + wanted + "; migrating as " + me.name());
            return new Owner(wanted, true, role(handle, wanted).isPresent(), false);
        }
        findings.add("schema live will belong to the migrating role " + me.name() + ": " + hindrance.get());
        findings.add(consequence(me));
        return new Owner(me.name(), false, true, false);
    }

    /** What it means that the owner is no role of ours that may do nothing else. */
    private static String consequence(Role owner) {
        return "so our functions run with all rights of role " + owner.name()
                + (owner.superuser() ? ", a superuser" : "")
                + ", whoever writes the two tables, and so do functions in these tables' indexes and constraints when they read them";
    }

    /** Why the wanted role cannot be had, if so, with all that a superuser must run first. */
    private static Optional<String> hindrance(Handle handle, String wanted, Role me, List<PlatformTable> tables) {
        if (wanted.isEmpty()) {
            return Optional.of("no other is configured");
        }
        if (wanted.equals(me.name())) {
            return Optional.of("it is the one that is configured");
        }
        Optional<Role> there = role(handle, wanted);
        if (there.isPresent() && (there.get().superuser() || there.get().canLogin())) {
            return Optional.of("role " + wanted + " is there, and is a superuser or can log in");
        }
        if (there.isPresent() && sharesWithPlatform(handle, wanted)) {
            return Optional.of(
                    "role " + wanted + " is there, and owns things in this database or is a member of another role:"
                            + " INSTALL_OWNER is a role for our sake alone");
        }
        List<String> grants = lacking(handle, wanted, tables).stream()
                .filter(right -> !right.mayGrant())
                .map(right -> right.grantTo(wanted))
                .toList();
        List<String> first = new ArrayList<>();
        if (there.isEmpty() && (!grants.isEmpty() || !me.makesRoles())) {
            first.add("CREATE ROLE " + Sql.name(wanted) + " NOLOGIN"
                    + (tables.stream().anyMatch(PlatformTable::rowSecurity) ? " BYPASSRLS" : ""));
            first.add(membership(handle, wanted, me));
        } else if (there.isPresent() && lackOfSetting(handle, wanted).isPresent() && !mayJoin(handle, me, wanted)) {
            first.add(membership(handle, wanted, me));
        } else if (!me.superuser() && !me.inherits() && serverVersion(handle) < SET_OPTION_SINCE) {
            first.add("ALTER ROLE " + Sql.name(me.name()) + " INHERIT");
        }
        first.addAll(grants);
        if (there.isPresent()
                && !first.isEmpty()
                && tables.stream()
                        .anyMatch(table -> table.rowSecurity()
                                && new Owner(wanted, true, true, false).isSubjectTo(handle, table))) {
            first.add("ALTER ROLE " + Sql.name(wanted) + " BYPASSRLS");
        }
        return first.isEmpty()
                ? Optional.empty()
                : Optional.of("to have role " + wanted + " (INSTALL_OWNER) instead, before db migrate, as a superuser: "
                        + String.join("; ", first));
    }

    /** Whether functions that run as the role could do what none of ours is to do. What an installation that was stopped has left is ours. */
    private static boolean sharesWithPlatform(Handle handle, String role) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database here ON here.datname = current_database()
                               WHERE s.refclassid = 'pg_authid'::regclass AND pg_get_userbyid(s.refobjid) = :role AND s.deptype = 'o'
                                 AND (s.dbid = here.oid OR s.classid = 'pg_database'::regclass AND s.objid = here.oid)
                                 AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_publication'::regclass))
                    OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE pg_get_userbyid(m.member) = :role)""", Map.of("role", role));
    }

    /** The statements by which a superuser makes the role, so that row security hides nothing from it, and who is logged in a member of it. */
    String madeToBypass(Handle handle) {
        Role me = me(handle);
        String made = "CREATE ROLE " + Sql.name(name) + " NOLOGIN BYPASSRLS";
        return me.superuser() ? made : made + "; " + membership(handle, name, me);
    }

    /** The statements that make a role a member of another, with its rights, and of whom it may become. */
    private static String membership(Handle handle, String role, Role member) {
        String grant = "GRANT " + Sql.name(role) + " TO " + Sql.name(member.name());
        if (serverVersion(handle) < SET_OPTION_SINCE) {
            return member.inherits() ? grant : grant + "; ALTER ROLE " + Sql.name(member.name()) + " INHERIT";
        }
        boolean isNew = !Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
                               WHERE r.rolname = :role AND pg_get_userbyid(m.member) = :member)""", Map.of("role", role, "member", member.name()));
        return isNew && member.inherits() ? grant : grant + " WITH INHERIT TRUE, SET TRUE";
    }

    /**
     * What our functions need on something of the platform's.
     *
     * @param mayGrant whether who is logged in may grant it as what it is on belongs to him. Where he only holds the right to grant he does not:
     *     what another than the owner granted, no REVOKE by the owner or a superuser takes back, nor does DROP OWNED
     */
    record Right(String privileges, String on, boolean onTable, boolean mayGrant) {
        String grantTo(String role) {
            return "GRANT " + this + " TO " + Sql.name(role);
        }

        @Override
        public String toString() {
            return privileges + " ON " + (onTable ? "" : "SCHEMA ") + on;
        }
    }

    /**
     * What a role of ours lacks: USAGE of schemas, also where PUBLIC has it if that can be granted, since it may be taken from PUBLIC one day; and of
     * each table SELECT and TRIGGER: what TRUNCATE takes from a part is read from it. A role that is not there yet has what PUBLIC has.
     */
    private static List<Right> lacking(Handle handle, String role, List<PlatformTable> tables) {
        return handle.createQuery("""
                        WITH ours AS (SELECT coalesce(max(r.rolname), 'public') AS name, max(r.oid) AS oid
                                      FROM pg_catalog.pg_roles r WHERE r.rolname = :role),
                             watched AS (SELECT c.oid, c.relnamespace, c.relowner, format('%I.%I', n.nspname, c.relname) AS name
                                         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                                         WHERE c.oid::bigint = ANY (:tables))
                        SELECT 'USAGE', quote_ident(n.nspname), false, pg_has_role(n.nspowner, 'USAGE')
                        FROM pg_catalog.pg_namespace n CROSS JOIN ours
                        WHERE (n.nspname = 'public' OR n.oid IN (SELECT w.relnamespace FROM watched w))
                          AND NOT (has_schema_privilege(ours.name, n.oid, 'USAGE')
                                   AND (NOT pg_has_role(n.nspowner, 'USAGE')
                                        OR EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = ours.oid AND a.privilege_type = 'USAGE')))
                        UNION ALL
                        SELECT 'SELECT, TRIGGER', w.name, true, pg_has_role(w.relowner, 'USAGE')
                        FROM watched w CROSS JOIN ours
                        WHERE NOT (has_table_privilege(ours.name, w.oid, 'SELECT') AND has_table_privilege(ours.name, w.oid, 'TRIGGER'))
                        ORDER BY 3, 2""")
                .bind("role", role)
                .bindArray(
                        "tables",
                        Long.class,
                        tables.stream().map(PlatformTable::oid).toArray())
                .map((row, context) ->
                        new Right(row.getString(1), row.getString(2), row.getBoolean(3), row.getBoolean(4)))
                .list();
    }

    /**
     * What the owner lacks on the platform's tables and their schemas. If it is who migrates, that is what he needs and cannot give himself: of
     * tables the preflight says it.
     */
    List<Right> lacking(Handle handle, List<PlatformTable> tables) {
        return lacking(handle, name, tables).stream()
                .filter(right -> separate || (!right.onTable() && !right.mayGrant()))
                .toList();
    }

    /** The role that schema {@code live} belongs to, if it is there. */
    static Optional<String> ofSchema(Handle handle) {
        return handle.createQuery(
                        "SELECT pg_get_userbyid(n.nspowner) FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live'")
                .mapTo(String.class)
                .findOne();
    }

    /** Whether the schema stands, and who is logged in may read what is in it. */
    boolean isReadable(Handle handle) {
        return schemaStands && lackOfMembership(handle, name).isEmpty();
    }

    /** Why who is logged in may not do what a role may, and what mends it: goes on after the role's name and a comma. */
    static Optional<String> lackOfMembership(Handle handle, String role) {
        if (Sql.isTrue(handle, "SELECT pg_has_role(:role, 'USAGE')", Map.of("role", role))) {
            return Optional.empty();
        }
        Role me = me(handle);
        if (Grants.served(handle).contains(me.name())) {
            return Optional.of("of which the service's role " + me.name()
                    + " is no member, nor is to be: run this as the role that migrates");
        }
        boolean member = Sql.isTrue(handle, "SELECT pg_has_role(:role, 'MEMBER')", Map.of("role", role));
        return Optional.of((member
                        ? "whose rights its member " + me.name() + " does not inherit: "
                        : "of which role " + me.name() + " is no member: ")
                + membership(handle, role, me));
    }

    /** The same, and why who is logged in may not give things to the role, or make them as it. */
    private static Optional<String> lackOfSetting(Handle handle, String role) {
        Optional<String> lack = lackOfMembership(handle, role);
        if (lack.isPresent()
                || serverVersion(handle) < SET_OPTION_SINCE
                || Sql.isTrue(handle, "SELECT pg_has_role(:role, 'SET')", Map.of("role", role))) {
            return lack;
        }
        String me = Sql.text(handle, "SELECT current_user");
        return Optional.of("which its member " + me + " may not become: GRANT " + Sql.name(role) + " TO " + Sql.name(me)
                + " WITH SET TRUE");
    }

    private static boolean mayJoin(Handle handle, Role me, String wanted) {
        return Sql.isTrue(handle, "SELECT pg_has_role(:wanted, 'MEMBER WITH ADMIN OPTION')", Map.of("wanted", wanted))
                || (me.createsRoles() && serverVersion(handle) < SET_OPTION_SINCE);
    }

    /** Who is logged in. */
    private static Role me(Handle handle) {
        return role(handle, Sql.text(handle, "SELECT current_user")).orElseThrow();
    }

    private static Optional<Role> role(Handle handle, String name) {
        return handle.createQuery("""
                        SELECT r.rolname, r.rolsuper, r.rolcanlogin, r.rolcreaterole, r.rolinherit
                        FROM pg_catalog.pg_roles r WHERE r.rolname = :name""")
                .bind("name", name)
                .map((row, context) -> new Role(
                        row.getString(1), row.getBoolean(2), row.getBoolean(3), row.getBoolean(4), row.getBoolean(5)))
                .findOne();
    }

    private static int serverVersion(Handle handle) {
        return Integer.parseInt(Sql.text(handle, "SELECT current_setting('server_version_num')"));
    }

    /** Makes the role and its schema where they are missing. */
    void make(Handle handle) {
        if (schemaStands) {
            return;
        }
        if (separate && role(handle, name).isEmpty()) {
            try {
                handle.execute("CREATE ROLE " + Sql.name(name) + " NOLOGIN");
            } catch (RuntimeException e) {
                // Roles belong to the cluster: it may just have been made for another database.
                if (!SqlState.of(e).equals(SqlState.DUPLICATE_OBJECT)
                        && !SqlState.of(e).equals(SqlState.UNIQUE_VIOLATION)) {
                    throw e;
                }
            }
        }
        if (separate && lackOfSetting(handle, name).isPresent()) {
            handle.execute("GRANT " + Sql.name(name) + " TO CURRENT_USER"
                    + (serverVersion(handle) < SET_OPTION_SINCE ? "" : " WITH INHERIT TRUE, SET TRUE"));
        }
        handle.useTransaction(transaction -> {
            transaction.execute("CREATE SCHEMA live AUTHORIZATION " + Sql.name(name));
            takeFromOthers(transaction, Set.of());
        });
    }

    /**
     * Gives the owner all that is in the schema, and PUBLIC nothing of it; the owner gets what its functions need of the platform's tables. Returns whether anything had to be done.
     */
    boolean own(Handle handle, LockPatience patience) {
        boolean changed = patience.take("ownership", "live.pending", this::takeOver);
        for (Right right : lacking(handle, PlatformTable.list(handle)).stream()
                .filter(Right::mayGrant)
                .toList()) {
            if (right.onTable()) {
                patience.take(
                        "rights on " + right.on(), right.on(), transaction -> transaction.execute(right.grantTo(name)));
            } else {
                handle.execute(right.grantTo(name));
            }
            changed = true;
        }
        return changed;
    }

    /** The first part of {@link #own}. */
    boolean takeOver(Handle transaction) {
        List<String> statements = toTakeOver(transaction);
        statements.forEach(transaction::execute);
        return !statements.isEmpty();
    }

    /** The statements by which all in schema {@code live} is the owner's, and nothing PUBLIC's. */
    List<String> toTakeOver(Handle handle) {
        return handle.createQuery("""
                        SELECT format('ALTER %s %s OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE'
                                      WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.oid::regclass, :name)
                        FROM pg_catalog.pg_class c
                        WHERE c.relnamespace = 'live'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S', 'c')
                          AND pg_get_userbyid(c.relowner) <> :name
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND c.relkind = 'S'
                                          AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
                        UNION ALL
                        SELECT format('ALTER FUNCTION %s OWNER TO %I', p.oid::regprocedure, :name)
                        FROM pg_catalog.pg_proc p
                        WHERE p.pronamespace = 'live'::regnamespace AND pg_get_userbyid(p.proowner) <> :name
                        UNION ALL
                        SELECT format('REVOKE ALL ON %s FROM PUBLIC CASCADE', o.name)
                        FROM""" + OBJECTS + """
                        WHERE EXISTS (SELECT FROM aclexplode(o.acl) a WHERE a.grantee = 0)
                        UNION ALL
                        SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', :name)
                        WHERE :separate AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl d
                                        WHERE pg_get_userbyid(d.defaclrole) = :name AND d.defaclobjtype = 'f')""")
                .bind("name", name)
                .bind("separate", separate)
                .mapTo(String.class)
                .list();
    }

    /** The names of {@link #OBJECTS}. */
    static Set<String> objects(Handle handle) {
        return handle.createQuery("SELECT o.name FROM " + OBJECTS)
                .mapTo(String.class)
                .set();
    }

    /**
     * Takes from others than its owner, PUBLIC too, what default privileges gave them of what is new in schema {@code live}.
     *
     * @param before what is not new
     */
    static void takeFromOthers(Handle transaction, Set<String> before) {
        transaction
                .createQuery("""
                        SELECT DISTINCT o.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
                        FROM""" + OBJECTS + """
                        CROSS JOIN LATERAL aclexplode(o.acl) a WHERE a.grantee <> o.owner""")
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .filter(given -> !before.contains(given.getKey()))
                .list()
                .forEach(given -> transaction.execute(
                        "REVOKE ALL ON " + given.getKey() + " FROM " + given.getValue() + " CASCADE"));
    }

    /** Whether a table's row security would hide rows from it. */
    boolean isSubjectTo(Handle handle, PlatformTable table) {
        if (!exists) {
            return true;
        }
        return Sql.isTrue(handle, """
                SELECT NOT (r.rolsuper OR r.rolbypassrls OR NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE'))
                FROM pg_catalog.pg_roles r, pg_catalog.pg_class c WHERE r.rolname = :name AND c.oid = :oid::oid""", Map.of("name", name, "oid", table.oid()));
    }
}
