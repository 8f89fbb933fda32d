package com.tenantlist.live.install;

import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** The publication of the journal, which the feed reads. Without it the service lives on the sweep. */
final class Publication {
    static final String NAME = "tenantlist_live";
    private static final String OPTIONS = "(publish = 'insert', publish_via_partition_root = true)";

    private Publication() {}

    /** Makes or mends it where the role may; returns whether anything changed. */
    static boolean make(Handle handle, Owner owner, Consumer<String> say) {
        if (Sql.isTrue(handle, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_tables t ON t.pubname = p.pubname
                               WHERE p.pubname = 'tenantlist_live' AND p.pubinsert AND p.pubviaroot
                                 AND t.schemaname = 'live' AND t.tablename = 'dashboard_event')""")) {
            return remember(handle, true);
        }
        boolean stands = stands(handle);
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
            say.accept(
                    "no publication: the migrating role may not make one; the service will find changes by asking, every"
                            + " 50 ms. To mend it: GRANT CREATE ON DATABASE to that role, then run this again");
            return remember(handle, false);
        }
        remember(handle, true);
        return true;
    }

    private static boolean remember(Handle handle, boolean publishes) {
        return handle.execute("UPDATE live.installation SET publishes = ? WHERE publishes <> ?", publishes, publishes)
                > 0;
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
