package com.tenantlist.live.guard;

import io.dropwizard.util.Duration;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Asks the database. Each method is a transaction of its own; throws JdbiException when it does not answer. */
final class Inspector {
    private static final UUID FIRST = new UUID(0, 0);

    /** Of the platform's parts, those to which none of our triggers was ever given. */
    private static final String NEW_PARTS = """
            SELECT w.relid::regclass::text FROM live.watched_table w
            WHERE w.relid NOT IN (SELECT r FROM unnest(ARRAY[to_regclass('public.businesses')::oid, to_regclass('public.business_metrics')::oid]) r
                                  WHERE r IS NOT NULL)
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t JOIN live.watched_trigger n ON n.relid = t.tgrelid AND n.tgname = t.tgname
                              WHERE t.tgrelid = w.relid)
            ORDER BY 1""";

    private final Jdbi jdbi;
    private final GuardConfiguration config;
    private final OptionalInt version = SchemaVersion.newest();

    Inspector(Jdbi jdbi, GuardConfiguration config) {
        this.jdbi = jdbi;
        this.config = config;
    }

    /**
     * What is compared.
     *
     * @param last where to go on; empty at the end
     * @param untrue the tenants whose sums are not what the platform's rows say
     */
    record Comparison(Optional<UUID> last, int count, List<UUID> untrue) {}

    List<Fault> faults() {
        return jdbi.inTransaction(handle -> {
            List<Fault> faults = new ArrayList<>(handle.createQuery("SELECT fault, said, cure FROM live.guard()")
                    .map((row, context) -> new Fault(row.getString(1), row.getString(2), row.getString(3)))
                    .list());
            version(handle).ifPresent(faults::add);
            return faults;
        });
    }

    private Optional<Fault> version(Handle handle) {
        if (version.isEmpty()) {
            return Optional.empty();
        }
        int stands = handle.createQuery(
                        "SELECT coalesce(max(version::int), 0) FROM live.migrations WHERE success AND version IS NOT NULL")
                .mapTo(int.class)
                .one();
        return stands == version.getAsInt()
                ? Optional.empty()
                : Optional.of(new Fault(
                        "version",
                        "the database's schema is version " + stands + ", this service's is " + version.getAsInt(),
                        stands < version.getAsInt() ? "run: db migrate" : "start the newer service"));
    }

    List<String> newParts() {
        return jdbi.withHandle(
                handle -> handle.createQuery(NEW_PARTS).mapTo(String.class).list());
    }

    /** Gives a part its triggers; waits for its writers no longer than configured. */
    void attach(String part) {
        jdbi.useTransaction(handle -> {
            limit(handle, "lock_timeout", config.attachLockTimeout);
            handle.createQuery("SELECT live.attach(CAST(:part AS regclass))")
                    .bind("part", part)
                    .mapTo(boolean.class)
                    .one();
        });
    }

    /** The tenants that have rows in a part; one more than are compared at once at most. */
    List<UUID> tenantsOf(String part, int limit) {
        return jdbi.inTransaction(handle -> {
            limit(handle, "statement_timeout", config.compareTimeout);
            boolean ofMetrics = handle.createQuery(
                            "SELECT w.of = 'metrics' FROM live.watched_table w WHERE w.relid = CAST(:part AS regclass)")
                    .bind("part", part)
                    .mapTo(boolean.class)
                    .one();
            // The name was written by Postgres, quoted as it must be.
            String tenants = ofMetrics
                    ? "SELECT b.user_id FROM " + part + " m JOIN public.businesses b ON b.id = m.business_id"
                    : "SELECT b.user_id FROM " + part + " b";
            return handle.createQuery("SELECT DISTINCT t.user_id::uuid FROM (" + tenants
                            + ") t WHERE t.user_id IS NOT NULL LIMIT :limit")
                    .bind("limit", limit)
                    .mapTo(UUID.class)
                    .list();
        });
    }

    /** Mends a tenant. */
    void rebuild(UUID tenant) {
        jdbi.useTransaction(handle -> {
            limit(handle, "statement_timeout", config.compareTimeout);
            limit(handle, "lock_timeout", config.attachLockTimeout);
            handle.createQuery("SELECT businesses FROM live.rebuild(:tenant)")
                    .bind("tenant", tenant)
                    .mapTo(long.class)
                    .one();
        });
    }

    /** Compares the next tenants after one; from the beginning if there is none. */
    Comparison compare(Optional<UUID> after, int tenants) {
        return jdbi.inTransaction(handle -> {
            limit(handle, "statement_timeout", config.compareTimeout);
            return handle.createQuery("""
                            SELECT c.last, c.wrong, (SELECT count(*) FROM live.tenants(:after, :tenants))
                            FROM live.compare(:after, :tenants) c""")
                    .bind("after", after.orElse(FIRST))
                    .bind("tenants", tenants)
                    .map((row, context) -> new Comparison(
                            Optional.ofNullable(row.getObject(1, UUID.class)), row.getInt(3), uuids(row.getArray(2))))
                    .one();
        });
    }

    /** The tenant after one, without a look at it; empty at the end. */
    Optional<UUID> nextAfter(Optional<UUID> after) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT t FROM live.tenants(:after, 1) t")
                .bind("after", after.orElse(FIRST))
                .mapTo(UUID.class)
                .findOne());
    }

    boolean isUntrue(UUID tenant) {
        return compare(Optional.of(before(tenant)), 1).untrue().contains(tenant);
    }

    /** The id that comes before it in Postgres's order, which is that of unsigned bytes. */
    static UUID before(UUID id) {
        return id.getLeastSignificantBits() == 0
                ? new UUID(id.getMostSignificantBits() - 1, -1)
                : new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() - 1);
    }

    private static List<UUID> uuids(Array array) throws SQLException {
        return List.of((UUID[]) array.getArray());
    }

    private static void limit(Handle handle, String setting, Duration limit) {
        handle.createQuery("SELECT set_config(:setting, :limit, true)")
                .bind("setting", setting)
                .bind("limit", limit.toMilliseconds() + "ms")
                .mapTo(String.class)
                .one();
    }
}
