package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** Takes all that is ours out of the database: triggers first, so that no write of the platform meets what is half gone. */
final class Removal {
    private final Handle handle;
    private final LockPatience patience;
    private final InstallConfiguration config;
    private final Consumer<String> say;

    Removal(Handle handle, LockPatience patience, InstallConfiguration config, Consumer<String> say) {
        this.handle = handle;
        this.patience = patience;
        this.config = config;
        this.say = say;
    }

    private record Trigger(String name, String table) {}

    /** Goes on where the last run was stopped; says what it took away. Returns whether there was anything. */
    boolean run() {
        String owner = handle.createQuery(
                        "SELECT pg_get_userbyid(n.nspowner) FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live'")
                .mapTo(String.class)
                .findOne()
                .orElse(config.owner);
        if (Sql.isTrue(handle, "SELECT to_regclass('live.installation') IS NOT NULL")) {
            // Should this be stopped half-way: a service does not start on what is left, and db migrate looks at every
            // tenant.
            handle.execute("UPDATE live.installation SET complete = false");
        }
        boolean any = dropTriggers();
        if (Publication.drop(handle)) {
            say.accept("publication: dropped");
            any = true;
        }
        int indexes = new Indexes(handle, patience, say, true).drop();
        if (indexes > 0) {
            say.accept("indexes: " + indexes + " dropped");
            any = true;
        }
        if (Sql.isTrue(handle, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'live')")) {
            patience.take(
                    "schema live", "live.pending", transaction -> transaction.execute("DROP SCHEMA live CASCADE"));
            say.accept("schema live: dropped");
            any = true;
        }
        return dropOwner(owner) || any;
    }

    private boolean dropTriggers() {
        List<Trigger> triggers = handle.createQuery("""
                        SELECT t.tgname, format('%I.%I', m.nspname, c.relname)
                        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                        JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
                        WHERE n.nspname = 'live' AND m.nspname <> 'live' ORDER BY 2, 1""")
                .map((row, context) -> new Trigger(row.getString(1), row.getString(2)))
                .list();
        for (String table : triggers.stream().map(Trigger::table).distinct().toList()) {
            patience.take("triggers on " + table, table, transaction -> {
                triggers.stream()
                        .filter(trigger -> trigger.table().equals(table))
                        .forEach(trigger -> transaction.execute(
                                "DROP TRIGGER IF EXISTS " + Sql.name(trigger.name()) + " ON " + table));
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

    private boolean dropOwner(String owner) {
        if (!Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = :owner AND r.rolname <> current_user
                               AND NOT r.rolcanlogin AND NOT r.rolsuper)""", Map.of("owner", owner))) {
            return false;
        }
        boolean had = false;
        String role = Sql.name(owner);
        for (String table : named("""
                SELECT format('%I.%I', n.nspname, c.relname)
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner""", owner)) {
            patience.take(
                    "rights on " + table,
                    table,
                    transaction -> transaction.execute("REVOKE ALL ON " + table + " FROM " + role));
            had = true;
        }
        for (String schema : named("""
                SELECT quote_ident(n.nspname) FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a
                WHERE pg_get_userbyid(a.grantee) = :owner""", owner)) {
            handle.execute("REVOKE ALL ON SCHEMA " + schema + " FROM " + role);
            had = true;
        }
        if (Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_default_acl d WHERE pg_get_userbyid(d.defaclrole) = :owner)""", Map.of("owner", owner))) {
            handle.execute("ALTER DEFAULT PRIVILEGES FOR ROLE " + role + " GRANT EXECUTE ON FUNCTIONS TO PUBLIC");
            had = true;
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
            say.accept("role " + owner + ": stays, "
                    + (state.equals(SqlState.DEPENDENT_OBJECTS)
                            ? "other things in this cluster depend on it: " + Postgres.rootMessage(e)
                            : "this role may not drop it; a superuser may: DROP OWNED BY " + role + "; DROP ROLE "
                                    + role));
            return had;
        }
    }
}
