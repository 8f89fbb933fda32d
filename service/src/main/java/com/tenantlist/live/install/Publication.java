package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** The publication of the journal, which the feed reads. Without it the service lives on the sweep. */
final class Publication {
    static final String NAME = "tenantlist_live";
    private static final String OPTIONS = "(publish = 'insert', publish_via_partition_root = true)";

    private static final String ASKING = "; until then the service finds changes by asking, every 50 ms";

    private Publication() {}

    /** Whether it publishes what it is there for. */
    static boolean publishes(Handle handle) {
        return Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_tables t ON t.pubname = p.pubname
                               WHERE p.pubname = 'tenantlist_live' AND p.pubinsert AND p.pubviaroot
                                 AND t.schemaname = 'live' AND t.tablename = 'dashboard_event')""");
    }

    /** Why it can be neither made nor mended, if so, and what changes that. */
    static Optional<String> hindrance(Handle handle) {
        Optional<String> owner = owner(handle);
        if (owner.isPresent()) {
            return Owner.lackOfMembership(handle, owner.get())
                    .map(lack -> "no publication: " + NAME + ", which does not publish the journal, belongs to role "
                            + owner.get() + ", " + lack + ", then run this again" + ASKING);
        }
        if (Sql.isTrue(handle, "SELECT has_database_privilege(current_database(), 'CREATE')")) {
            return Optional.empty();
        }
        String me = Sql.text(handle, "SELECT current_user");
        String database = Sql.text(handle, "SELECT quote_ident(current_database())");
        return Optional.of("no publication: role " + me + " may make none in database " + database
                + ": GRANT CREATE ON DATABASE " + database + " TO " + Sql.name(me) + ", then run this again" + ASKING);
    }

    /** Makes or mends it where the role may; returns whether anything changed. */
    static boolean make(Handle handle, Owner owner, Consumer<String> say) {
        if (publishes(handle)) {
            return remember(handle, true);
        }
        boolean stands = stands(handle);
        Optional<String> hindrance = hindrance(handle);
        if (hindrance.isPresent()) {
            say.accept(hindrance.get());
            return remember(handle, false);
        }
        try {
            handle.useTransaction(transaction -> {
                if (stands) {
                    transaction.execute("ALTER PUBLICATION " + NAME + " SET TABLE live.dashboard_event");
                    transaction.execute("ALTER PUBLICATION " + NAME + " SET " + OPTIONS);
                } else {
                    transaction.execute(
                            "CREATE PUBLICATION " + NAME + " FOR TABLE live.dashboard_event WITH " + OPTIONS);
                }
                if (owner.separate()
                        && Sql.isTrue(
                                transaction,
                                "SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user")) {
                    transaction.execute("ALTER PUBLICATION " + NAME + " OWNER TO " + Sql.name(owner.name()));
                }
            });
        } catch (RuntimeException e) {
            if (!SqlState.of(e).equals(SqlState.INSUFFICIENT_PRIVILEGE)) {
                throw e;
            }
            say.accept("no publication: " + Postgres.rootMessage(e) + ASKING);
            return remember(handle, false);
        }
        say.accept("publication " + NAME + ": " + (stands ? "mended" : "made"));
        remember(handle, true);
        return true;
    }

    private static boolean remember(Handle handle, boolean publishes) {
        return handle.execute("UPDATE live.installation SET publishes = ? WHERE publishes <> ?", publishes, publishes)
                > 0;
    }

    /** Whether those of the platform may be {@code FOR ALL TABLES}, for the guard. */
    static void rememberOthers(Handle handle, boolean allPublished) {
        handle.execute(
                "UPDATE live.installation SET all_published = ? WHERE all_published <> ?", allPublished, allPublished);
    }

    static boolean stands(Handle handle) {
        return owner(handle).isPresent();
    }

    /** The role that it belongs to, if it is there. */
    static Optional<String> owner(Handle handle) {
        return handle.createQuery(
                        "SELECT pg_get_userbyid(p.pubowner) FROM pg_catalog.pg_publication p WHERE p.pubname = :name")
                .bind("name", NAME)
                .mapTo(String.class)
                .findOne();
    }

    static boolean drop(Handle handle) {
        if (!stands(handle)) {
            return false;
        }
        handle.execute("DROP PUBLICATION IF EXISTS " + NAME);
        return true;
    }
}
