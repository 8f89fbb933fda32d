package com.tenantlist.live.install;

import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** Fills the rollups before any trigger stands, some tenants a transaction. How far it came stands in {@code live.installation}. */
final class Backfill {
    private final Handle handle;
    private final LockPatience patience;
    private final InstallConfiguration config;
    private final Consumer<String> say;

    Backfill(Handle handle, LockPatience patience, InstallConfiguration config, Consumer<String> say) {
        this.handle = handle;
        this.patience = patience;
        this.config = config;
        this.say = say;
    }

    /** Goes on where the last run was stopped; returns whether there was anything to do. */
    boolean run() {
        if (Sql.isTrue(handle, "SELECT backfilled FROM live.installation")) {
            return false;
        }
        UUID last = handle.createQuery("SELECT backfilled_to FROM live.installation")
                .mapTo(UUID.class)
                .one();
        String metricRows = PlatformTable.rowsOf(
                PlatformTable.list(handle).stream()
                        .filter(table -> table.root().equals(PlatformTable.METRICS))
                        .toList(),
                "metric rows");
        long began = System.nanoTime();
        long said = began;
        long tenants = 0;
        long businesses = 0;
        while (true) {
            UUID after = last;
            UUID reached = patience.take(
                    "backfill",
                    "public.business_metrics",
                    transaction -> transaction
                            .createQuery("SELECT live.backfill(:after, :tenants)")
                            .bind("after", after)
                            .bind("tenants", config.backfillTenants)
                            .mapTo(UUID.class)
                            .findOne()
                            .orElse(null));
            if (reached == null) {
                break;
            }
            long[] done = handle.createQuery("""
                            SELECT count(DISTINCT t.user_id), count(*) FROM live.business_totals t
                            WHERE t.user_id > :after AND t.user_id <= :reached""")
                    .bind("after", after)
                    .bind("reached", reached)
                    .map((row, context) -> new long[] {row.getLong(1), row.getLong(2)})
                    .one();
            tenants += done[0];
            businesses += done[1];
            last = reached;
            if (System.nanoTime() - said >= TimeUnit.SECONDS.toNanos(1)) {
                said = System.nanoTime();
                say.accept(told(tenants, businesses, began, ""));
            }
        }
        patience.take("how full pages are to be", "live.business_totals", transaction -> {
            // Half a page was left free for updates. While less than its table's fillfactor asks for is free, Postgres
            // prunes
            // a page at every visit.
            transaction.execute("ALTER TABLE live.business_totals SET (fillfactor = 95)");
            transaction.execute("ALTER TABLE live.tenant_kpis SET (fillfactor = 95)");
            return transaction.execute("UPDATE live.installation SET backfilled = true");
        });
        say.accept(told(tenants, businesses, began, ", of " + metricRows + "; done"));
        return true;
    }

    private static String told(long tenants, long businesses, long began, String end) {
        double seconds = Math.max(1, System.nanoTime() - began) / 1e9;
        return String.format(
                Locale.ROOT,
                "backfill: %,d tenants, %,d businesses, %,.0f businesses/s%s",
                tenants,
                businesses,
                businesses / seconds,
                end);
    }
}
