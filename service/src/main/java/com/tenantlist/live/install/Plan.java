package com.tenantlist.live.install;

import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** What {@code db migrate} would do, told from catalogs and, where the role may read it, schema {@code live}. Changes nothing. */
final class Plan {
    private final Handle handle;
    private final Preflight preflight;
    private final List<String> steps = new ArrayList<>();

    private Plan(Handle handle, Preflight preflight) {
        this.handle = handle;
        this.preflight = preflight;
    }

    /** A line a step, in their order; empty if there is nothing to do. */
    static List<String> of(Handle handle, Preflight preflight) {
        Plan plan = new Plan(handle, preflight);
        plan.look();
        return plan.steps;
    }

    private void look() {
        Owner owner = preflight.owner();
        List<PlatformTable> tables = PlatformTable.list(handle);
        if (!owner.exists()) {
            steps.add("would make role " + owner.name() + ", without login");
        }
        if (!owner.schemaStands()) {
            steps.add("would make schema live, of role " + owner.name());
        }
        if (preflight.fresh()) {
            steps.add(
                    "would make tables public.businesses and public.business_metrics, empty, with indexes and triggers");
        }
        if (owner.schemaStands() && !owner.isReadable(handle)) {
            steps.add("what else there is to do cannot be seen: this role may not read schema live");
            return;
        }
        Inventory inventory = Inventory.of(handle);
        if (!inventory.isMendable()) {
            steps.add("what else there is to do cannot be seen: something of schema live is gone");
            return;
        }
        boolean installed = Sql.isReadable(handle, "installation") && !Migrations.haveNoData(handle);
        long applied =
                Migrations.isAnyApplied(handle) ? count("SELECT count(*) FROM live.migrations WHERE success") : 0;
        if (applied < Migrations.FILES.size()) {
            steps.add("would apply " + (Migrations.FILES.size() - applied) + " migrations");
        }
        if (installed
                && inventory.others().isEmpty()
                && !owner.toTakeOver(handle).isEmpty()) {
            steps.add("would give role " + owner.name()
                    + " what in schema live is another's, and take from PUBLIC what it may do there");
        }
        owner.lacking(handle, tables).stream()
                .filter(Owner.Right::mayGrant)
                .forEach(right -> steps.add("would grant " + right + " to role " + owner.name()));
        if (!Publication.publishes(handle)) {
            steps.add(Publication.hindrance(handle)
                    .orElse("would " + (Publication.stands(handle) ? "mend" : "make") + " publication "
                            + Publication.NAME + " of the journal"));
        }
        for (PlatformTable root : tables.stream().filter(PlatformTable::isRoot).toList()) {
            Indexes.needed(root.root()).stream()
                    .filter(column -> !Indexes.isServed(handle, tables, root, column))
                    .forEach(column -> steps.add("would make an index on " + root.name() + " (" + column + ")"));
        }
        if (!installed) {
            lookAtAll(tables);
        } else {
            lookAtInstallation();
        }
    }

    private void lookAtAll(List<PlatformTable> tables) {
        List<PlatformTable> metrics = tables.stream()
                .filter(table -> table.root().equals(PlatformTable.METRICS))
                .toList();
        steps.add("would count " + PlatformTable.rowsOf(metrics, "metric rows"));
        tables.forEach(table -> steps.add("would make triggers on " + table.name()));
        steps.add("would look at every tenant");
    }

    private void lookAtInstallation() {
        if (!Sql.isTrue(handle, "SELECT backfilled FROM live.installation")) {
            steps.add("would go on counting metric rows");
        }
        boolean replaced = Installer.isReplaced(handle);
        boolean complete = Sql.isTrue(handle, "SELECT complete FROM live.installation");
        if (replaced) {
            steps.add("would make functions and views anew, which are not those of this version");
        }
        List<String> missing =
                Sql.isReadable(handle, "watched_trigger") ? Installer.withoutTriggers(handle) : List.of();
        missing.forEach(table -> steps.add("would make triggers on " + table));
        if (!complete || replaced || !missing.isEmpty() || Installer.isNotCounted(handle)) {
            steps.add("would look at every tenant");
        }
    }

    private long count(String sql) {
        return handle.createQuery(sql).mapTo(long.class).one();
    }
}
