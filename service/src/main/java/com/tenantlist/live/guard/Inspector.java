package com.tenantlist.live.guard;

import com.tenantlist.live.postgres.Postgres;
import io.dropwizard.util.Duration;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Asks the database. Each method is a transaction of its own; throws JdbiException when it does not answer. */
final class Inspector {
    private static final UUID FIRST = new UUID(0, 0);

    private final Jdbi jdbi;
    private final GuardConfiguration config;
    private final String version;
    private final String lackingRights;

    Inspector(Jdbi jdbi, GuardConfiguration config, String version, String lackingRights) {
        this.jdbi = jdbi;
        this.config = config;
        this.version = version;
        this.lackingRights = lackingRights;
    }

    /**
     * A part of one of the platform's tables, as {@code live.watched_table} has it.
     *
     * @param name as SQL names it
     */
    record Part(String name, String attachment) {}

    /**
     * What a part held before it got its triggers.
     *
     * @param tenants whose rows these are; empty for rows of nobody
     * @param hindrance why they are not known; empty if they are
     */
    record Before(List<Optional<UUID>> tenants, String hindrance) {}

    /**
     * What is compared.
     *
     * @param last where to go on; empty at the end
     * @param untrue the tenants of whom we hold what the platform's rows do not say
     */
    record Comparison(long looked, Optional<UUID> last, List<UUID> untrue) {}

    List<Fault> faults() {
        return jdbi.inTransaction(handle -> {
            List<Fault> faults = new ArrayList<>(handle.createQuery("SELECT fault, said, cure FROM live.guard()")
                    .map((row, context) -> new Fault(row.getString(1), row.getString(2), row.getString(3)))
                    .list());
            version(handle).ifPresent(faults::add);
            return faults;
        });
    }

    /** Whether there is anything of ours to look at; needs no right itself. */
    boolean isThere() {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'live')")
                        .mapTo(boolean.class)
                        .one());
    }

    /** What the role that we log in as may not do; needs no right itself. */
    Optional<Fault> rights() {
        return jdbi.withHandle(handle -> {
            List<String> lacking =
                    handle.createQuery(lackingRights).mapTo(String.class).list();
            return lacking.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Fault(
                            "right",
                            "role "
                                    + handle.createQuery("SELECT current_user")
                                            .mapTo(String.class)
                                            .one()
                                    + " lacks " + String.join(", ", lacking),
                            "run what this prints: db grants ROLE config.yml"));
        });
    }

    private Optional<Fault> version(Handle handle) {
        return handle.createQuery("SELECT 1 FROM live.installation WHERE version IS DISTINCT FROM :version")
                .bind("version", version)
                .mapTo(int.class)
                .findOne()
                .map(other -> new Fault(
                        "version",
                        "the database was migrated by another version of the service",
                        "run this one's: db migrate, or start that one's service"));
    }

    /** The parts that never had triggers of ours, and that our role may give them. */
    List<Part> newParts() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT w.relid::regclass::text, w.attachment FROM live.watched_table w WHERE w.bare"
                                + " AND has_function_privilege('live.attach(regclass)', 'EXECUTE') AND has_table_privilege(w.relid, 'TRIGGER')"
                                + " ORDER BY 1")
                .map((row, context) -> new Part(row.getString(1), row.getString(2)))
                .list());
    }

    /**
     * Gives a part its triggers, and looks whose rows came before: in one transaction, so that none comes between. Waits for its
     * writers, and they for it, no longer than configured.
     */
    Before attach(Part part) {
        return jdbi.inTransaction(handle -> {
            limit(handle, "lock_timeout", config.attachLockTimeout);
            // A synchronous standby that is away would make the part's writers wait for our COMMIT.
            handle.execute("SET LOCAL synchronous_commit = local");
            handle.createQuery("SELECT live.attach(CAST(:part AS regclass))")
                    .bind("part", part.name())
                    .mapTo(boolean.class)
                    .one();
            if (mayHaveBeenEmptied(handle, part)) {
                return new Before(List.of(), "rows may have been deleted from it by its name, or it was rewritten");
            }
            handle.savepoint("attached");
            try {
                limit(handle, "statement_timeout", config.attachLockTimeout);
                List<Optional<UUID>> tenants = tenantsOf(handle, part, config.compareTenants + 1);
                return tenants.size() > config.compareTenants
                        ? new Before(List.of(), "of more than " + config.compareTenants + " tenants")
                        : new Before(tenants, "");
            } catch (RuntimeException e) {
                handle.rollbackToSavepoint("attached");
                return new Before(List.of(), Postgres.rootMessage(e));
            }
        });
    }

    /**
     * Whether rows may be missing that were counted when they came through its table: of whom they were it tells no more. TRUNCATE, as
     * all that rewrites a table, gives it another file; of a DELETE Postgres's statistics know within seconds.
     */
    private static boolean mayHaveBeenEmptied(Handle handle, Part part) {
        return handle.createQuery("""
                        SELECT c.relkind = 'r' AND (c.relfilenode <> c.oid OR pg_stat_get_tuples_deleted(c.oid) > 0)
                        FROM pg_class c WHERE c.oid = CAST(:part AS regclass)""")
                .bind("part", part.name())
                .mapTo(boolean.class)
                .one();
    }

    private static List<Optional<UUID>> tenantsOf(Handle handle, Part part, int limit) {
        return handle.createQuery("SELECT t FROM live.tenants_of(CAST(:part AS regclass), :limit) t")
                .bind("part", part.name())
                .bind("limit", limit)
                .map((row, context) -> Optional.ofNullable(row.getObject(1, UUID.class)))
                .list();
    }

    /** Mends a tenant; what is nobody's if empty. */
    void rebuild(Optional<UUID> tenant) {
        jdbi.useTransaction(handle -> {
            limit(handle, "statement_timeout", config.compareTimeout);
            limit(handle, "lock_timeout", config.attachLockTimeout);
            handle.createQuery("SELECT businesses FROM live.rebuild(CAST(:tenant AS uuid))")
                    .bind("tenant", tenant.orElse(null))
                    .mapTo(long.class)
                    .one();
        });
    }

    /** A part's rows are counted. */
    void remember(Part part) {
        jdbi.useHandle(handle ->
                handle.createUpdate("""
                        UPDATE live.installation i SET parts = i.parts || jsonb_build_object(p.key, p.value)
                        FROM jsonb_each(live.parts()) p WHERE p.key = :attachment""").bind("attachment", part.attachment()).execute());
    }

    /** Compares the next tenants after one; from the beginning if there is none. */
    Comparison compare(Optional<UUID> after, int tenants) {
        return jdbi.inTransaction(handle -> {
            limit(handle, "statement_timeout", config.compareTimeout);
            limit(handle, "lock_timeout", config.attachLockTimeout);
            return handle.createQuery("SELECT c.looked, c.last, c.wrong FROM live.compare(:after, :tenants) c")
                    .bind("after", after.orElse(FIRST))
                    .bind("tenants", tenants)
                    .map((row, context) -> new Comparison(
                            row.getLong(1), Optional.ofNullable(row.getObject(2, UUID.class)), uuids(row.getArray(3))))
                    .one();
        });
    }

    /** The tenant after one, without a look at it; empty at the end. */
    Optional<UUID> nextAfter(Optional<UUID> after) {
        return jdbi.inTransaction(handle -> {
            limit(handle, "lock_timeout", config.attachLockTimeout);
            return handle.createQuery("SELECT t FROM live.tenants(:after, 1) t")
                    .bind("after", after.orElse(FIRST))
                    .mapTo(UUID.class)
                    .findOne();
        });
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
