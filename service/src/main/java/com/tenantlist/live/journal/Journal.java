package com.tenantlist.live.journal;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Snapshot;
import com.tenantlist.live.protocol.EventType;
import io.dropwizard.core.setup.Environment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journal. */
public final class Journal implements JournalReader {
    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    /** One statement, so that all is as of one moment; one row without an event if there is none. */
    private static final String PAGE = "SELECT (" + Epoch.SQL + """
            ) AS history, COALESCE(tenant_kpis.revision, 0) AS newest, event.*
            FROM (SELECT CAST(:userId AS uuid) AS user_id) tenant
            LEFT JOIN tenant_kpis USING (user_id)
            LEFT JOIN LATERAL (
                SELECT user_id, revision, type, payload::text AS payload,
                       active_businesses, landlord_views, messages_total, invites_total, created_at
                FROM dashboard_event
                WHERE dashboard_event.user_id = tenant.user_id AND revision > :after
                ORDER BY revision
                LIMIT :limit) event ON true
            ORDER BY event.revision""";

    /** One row, also for no tenant. */
    private static final String REVISIONS = "SELECT (" + Epoch.SQL + ") AS history, " + Snapshot.SQL + """
             AS snapshot, COALESCE(array_agg(user_id), '{}') AS users, COALESCE(array_agg(revision), '{}') AS revisions
            FROM tenant_kpis WHERE user_id = ANY (:userIds)""";

    private final Jdbi jdbi;
    private final Meter unreadable;

    private Journal(Jdbi jdbi, MetricRegistry metrics) {
        this.jdbi = jdbi;
        this.unreadable = metrics.meter("journal.unreadable");
    }

    /** Makes the journal, registers its REST call, and prunes while the service runs. */
    public static Journal open(JournalConfiguration config, Jdbi jdbi, Environment environment) {
        Journal journal = new Journal(jdbi, environment.metrics());
        environment.jersey().register(new JournalResource(journal));
        environment.lifecycle().manage(new Pruner(config, jdbi, environment.metrics()));
        return journal;
    }

    /**
     * {@inheritDoc} A row that cannot be read counts as pruned, with those before it: its tenant's dashboards get full
     * state, and it stays where it is for whoever wants to know.
     */
    @Override
    public JournalPage readAfter(UUID userId, long after, int limit) {
        List<Row> rows = jdbi.withHandle(handle -> handle.createQuery(PAGE)
                .bind("userId", userId)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> row(row))
                .list());
        List<JournalEvent> run = new ArrayList<>();
        for (Row row : rows) {
            if (row.event().isPresent()) {
                run.add(row.event().get());
            } else if (!run.isEmpty()) {
                break;
            }
        }
        return new JournalPage(Epoch.of(rows.get(0).history()), rows.get(0).newest(), run);
    }

    /** A row of a page; without an event if there is none, or if it cannot be read. */
    private record Row(String history, long newest, Optional<JournalEvent> event) {}

    private Row row(ResultSet row) throws SQLException {
        boolean isEvent = row.getString("type") != null;
        return new Row(row.getString("history"), row.getLong("newest"), isEvent ? readable(row) : Optional.empty());
    }

    private Optional<JournalEvent> readable(ResultSet row) throws SQLException {
        try {
            return Optional.of(event(row)).filter(event -> event.type() != EventType.STATE_RESET);
        } catch (SQLException | IllegalArgumentException | DateTimeException e) {
            unreadable.mark();
            log.error(
                    "journal row unreadable user={} revision={} cause=\"{}\"",
                    row.getString("user_id"),
                    row.getString("revision"),
                    e.getMessage());
            return Optional.empty();
        }
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

    @Override
    public Revisions revisions(Collection<UUID> userIds) {
        return jdbi.withHandle(handle -> handle.createQuery(REVISIONS)
                .bindArray("userIds", UUID.class, userIds.toArray())
                .map((row, context) -> revisions(row))
                .one());
    }

    private static Revisions revisions(ResultSet row) throws SQLException {
        Map<UUID, Long> byTenant = new HashMap<>();
        UUID[] users = (UUID[]) row.getArray("users").getArray();
        Long[] revisions = (Long[]) row.getArray("revisions").getArray();
        for (int i = 0; i < users.length; i++) {
            byTenant.put(users[i], revisions[i]);
        }
        return new Revisions(Epoch.of(row.getString("history")), Snapshot.of(row.getString("snapshot")), byTenant);
    }
}
