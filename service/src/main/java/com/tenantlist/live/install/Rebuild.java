package com.tenantlist.live.install;

import com.tenantlist.live.postgres.SqlState;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * Brings the rollups to what the platform's rows say, tenant by tenant, online, and writes the events of every difference.
 * Repeating it does no harm: who was stopped begins again.
 */
final class Rebuild {
    private static final int PAGE = 100;

    /** How many ever failed. */
    private static final String FAILED =
            "(SELECT CASE WHEN f.is_called THEN f.last_value + 1 ELSE 0 END FROM live.failures f)";

    private static final UUID LOWEST = new UUID(0, 0);
    private static final Rebuilt LOOKED_AT_ONE = new Rebuilt(1, 0, 0, 0);

    private final Handle handle;
    private final LockPatience patience;
    private final Consumer<String> say;

    Rebuild(Handle handle, LockPatience patience, Consumer<String> say) {
        this.handle = handle;
        this.patience = patience;
        this.say = say;
    }

    /** @throws InstallException with all that would make what it reads untrue */
    void check() {
        List<String> reasons = handle.createQuery("""
                        SELECT g.said || '; ' || CASE g.fault WHEN 'trigger' THEN 'run db migrate first, which rebuilds too' ELSE g.cure END
                        FROM live.guard() g WHERE g.fault IN ('table', 'column', 'trigger', 'right')""").mapTo(String.class).list();
        if (!reasons.isEmpty()) {
            throw new InstallException(reasons);
        }
    }

    /**
     * Every tenant of whom anything is wrong, and what belongs to none. Who is right is not locked. What failed before it is
     * acknowledged, and what is a part at its beginning is a part that is counted at its end.
     */
    Rebuilt all() {
        // First, so that none of these is counted as mended twice.
        while (patience.take(
                "rebuild of what was not applied",
                "live.business_totals",
                transaction -> Sql.isTrue(transaction, "SELECT live.mend_unapplied()"))) {
            // A thousand businesses each.
        }
        // What was left since, a node mends and acknowledges, at any time.
        long failures = handle.createQuery(
                        "SELECT greatest(0, " + FAILED
                                + " - i.failures - (SELECT count(*) FROM live.pending_change c WHERE c.kind = 'f')) FROM live.installation i")
                .mapTo(long.class)
                .one();
        String parts = Sql.text(handle, "SELECT live.parts()");
        // What a crash takes away is done again: only the last commit waits for the disk, and all before it with it.
        handle.execute("SET synchronous_commit = off");
        long began = System.nanoTime();
        long said = began;
        Rebuilt sum = Rebuilt.NOTHING;
        // live.tenants tells of those after one, and this one is after none. It has sums if there is such a tenant.
        Rebuilt lowest = tenant(LOWEST);
        if (hasSums(LOWEST)) {
            sum = sum.plus(lowest).plus(LOOKED_AT_ONE);
        }
        UUID after = LOWEST;
        while (true) {
            UUID from = after;
            Page page = patience.take(
                    "rebuild",
                    "public.business_metrics",
                    transaction -> transaction
                            .createQuery("SELECT d.looked, d.last, d.wrong FROM live.compare(:after, :page) d")
                            .bind("after", from)
                            .bind("page", PAGE)
                            .map((row, context) -> new Page(
                                    row.getLong(1), Optional.ofNullable(row.getObject(2, UUID.class)), List.of((UUID[])
                                            row.getArray(3).getArray())))
                            .one());
            if (page.last().isEmpty()) {
                break;
            }
            after = page.last().get();
            sum = sum.plus(new Rebuilt(page.looked(), 0, 0, 0));
            for (UUID tenant : page.wrong()) {
                sum = sum.plus(tenant(tenant));
                said = progress(sum, began, said);
            }
            said = progress(sum, began, said);
        }
        sum = sum.plus(businesses(Optional.empty()));
        handle.execute(Sql.WITHOUT_STANDBY);
        handle.execute(
                "UPDATE live.installation SET failures = least(failures + ?, " + FAILED + "), parts = ?::jsonb",
                failures,
                parts);
        return sum;
    }

    private record Page(long looked, Optional<UUID> last, List<UUID> wrong) {}

    /** Says how far it is, once a second; returns when it last did. */
    private long progress(Rebuilt sum, long began, long said) {
        long now = System.nanoTime();
        if (now - said < TimeUnit.SECONDS.toNanos(1)) {
            return said;
        }
        say.accept("rebuild: " + sum + ", "
                + String.format(Locale.ROOT, "%,.0f tenants/s", sum.tenants() / ((now - began) / 1e9)));
        return now;
    }

    /**
     * One tenant, whatever it looks like; counts as looked at.
     *
     * @throws InstallException if neither the platform's rows nor ours are of such a tenant
     */
    Rebuilt one(UUID tenant) {
        Rebuilt rebuilt = tenant(tenant).plus(LOOKED_AT_ONE);
        if (!hasSums(tenant)) {
            throw new InstallException(
                    "there is no tenant " + tenant + ": no row of public.businesses has it as user_id");
        }
        return rebuilt;
    }

    /** Whether there are sums of it, as there are of each who ever had a business, once it was looked at. */
    private boolean hasSums(UUID tenant) {
        return Sql.isTrue(
                handle,
                "SELECT EXISTS (SELECT FROM live.tenant_kpis k WHERE k.user_id = :tenant)",
                Map.of("tenant", tenant));
    }

    private Rebuilt tenant(UUID tenant) {
        Rebuilt corrected = businesses(Optional.of(tenant));
        boolean kpis = patience.take(
                "rebuild of tenant " + tenant,
                "live.tenant_kpis",
                transaction -> Sql.isTrue(transaction, "SELECT live.rebuild_kpis(:tenant)", Map.of("tenant", tenant)));
        return corrected.plus(new Rebuilt(0, 0, 0, kpis ? 1 : 0));
    }

    private Rebuilt businesses(Optional<UUID> tenant) {
        try {
            return patience.take(
                    tenant.map(id -> "rebuild of tenant " + id).orElse("rebuild of what has no owner"),
                    "live.business_totals",
                    transaction -> transaction
                            .createQuery("SELECT r.businesses, r.metrics FROM live.rebuild(:tenant::uuid) r")
                            .bind("tenant", tenant.orElse(null))
                            .map((row, context) -> new Rebuilt(0, row.getLong(1), row.getLong(2), 0))
                            .one());
        } catch (RuntimeException e) {
            if (SqlState.of(e).equals(SqlState.INSUFFICIENT_PRIVILEGE)
                    && e.getMessage() != null
                    && e.getMessage().contains("row-level security")) {
                throw new InstallException(
                        "row security hides rows of the platform's tables from us: give the role that owns"
                                + " schema live BYPASSRLS",
                        e);
            }
            throw e;
        }
    }
}
