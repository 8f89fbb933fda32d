package com.tenantlist.live.journal;

import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.protocol.EventType;
import io.dropwizard.core.setup.Environment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** The journal. */
public final class Journal {
    private final Jdbi jdbi;

    private Journal(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Makes the journal, registers its REST call, and prunes while the service runs. */
    public static Journal open(JournalConfiguration config, Jdbi jdbi, Kpis kpis, Environment environment) {
        Journal journal = new Journal(jdbi);
        environment.jersey().register(new JournalResource(journal, kpis));
        environment.lifecycle().manage(new Pruner(config, jdbi, environment.metrics()));
        return journal;
    }

    /**
     * The tenant's events after a revision, by revision, at most {@code limit}. If the first one is not
     * {@code after + 1}, those between were pruned.
     */
    public List<JournalEvent> listAfter(UUID userId, long after, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT user_id, revision, type, payload::text AS payload,
                               active_businesses, landlord_views, messages_total, invites_total, created_at
                        FROM dashboard_event
                        WHERE user_id = :userId AND revision > :after
                        ORDER BY revision
                        LIMIT :limit""")
                .bind("userId", userId)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> event(row))
                .list());
    }

    private static JournalEvent event(ResultSet row) throws SQLException {
        return new JournalEvent(
                row.getObject("user_id", UUID.class),
                row.getLong("revision"),
                EventType.ofWireName(row.getString("type")),
                row.getString("payload"),
                new KpiSums(
                        row.getLong("active_businesses"),
                        row.getLong("landlord_views"),
                        row.getLong("messages_total"),
                        row.getLong("invites_total")),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    /** What the revisions are counted in. */
    String epoch() {
        return jdbi.withHandle(Epoch::read);
    }

    /** The current revisions of these tenants; a tenant without rows is missing from the answer. */
    public Map<UUID, Long> revisions(Collection<UUID> userIds) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT user_id, revision FROM tenant_kpis WHERE user_id = ANY (:userIds)")
                .bindArray("userIds", UUID.class, userIds.toArray())
                .reduceRows(new HashMap<UUID, Long>(), (revisions, row) -> {
                    revisions.put(row.getColumn("user_id", UUID.class), row.getColumn("revision", Long.class));
                    return revisions;
                }));
    }
}
