package com.tenantlist.live.journal;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Postgres;
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
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journal. */
public final class Journal implements JournalReader {
    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    /** One statement, so that all is as of one moment; one row without an event if there is none. */
    private static final String PAGE = """
            SELECT (%s) AS history, k.revision AS newest, k.active_businesses, k.landlord_views, k.messages_total, k.invites_total, event.*
            FROM (SELECT CAST(:userId AS uuid) AS user_id) tenant
            LEFT JOIN live.tenant_kpis k USING (user_id)
            LEFT JOIN LATERAL (
                SELECT %s, created_at
                FROM live.dashboard_event e
                WHERE e.user_id = tenant.user_id AND e.revision > GREATEST(:after, k.revision - :maxEvents)
                ORDER BY revision
                LIMIT :limit) event ON true
            ORDER BY event.revision""".formatted(Epoch.SQL, JournalRow.SELECTED);

    /** One row, also for no tenant. */
    private static final String REVISIONS = """
            SELECT (%s) AS history, %s AS snapshot, (%s) AS crashed, COALESCE(array_agg(user_id), '{}') AS users,
                   COALESCE(array_agg(revision), '{}') AS revisions
            FROM live.tenant_kpis WHERE user_id = ANY (:userIds)""".formatted(Epoch.SQL, Snapshot.SQL, Epoch.CRASHED);

    private final JournalConfiguration config;
    private final Jdbi jdbi;
    private final Meter unreadable;

    private final Pruner pruner;

    private Journal(JournalConfiguration config, Jdbi jdbi, MetricRegistry metrics) {
        this.config = config;
        this.jdbi = jdbi;
        this.pruner = new Pruner(config, jdbi, metrics);
        this.unreadable = metrics.meter("journal.unreadable");
    }

    /** Makes the journal, registers its REST call, and prunes while the service runs. */
    public static Journal open(JournalConfiguration config, Jdbi jdbi, KpiMemory kpis, Environment environment) {
        Journal journal = new Journal(config, jdbi, environment.metrics());
        environment.jersey().register(new JournalResource(journal, kpis));
        environment.lifecycle().manage(journal.pruner);
        return journal;
    }

    /** Does this too as often as it prunes, on that thread; it may block. */
    public void pruneAlso(Runnable pruning) {
        pruner.also(pruning);
    }

    /**
     * {@inheritDoc} So does what is further back than {@link JournalConfiguration#maxEvents}, and what is before a
     * {@code state:reset}. A row that cannot be read counts as pruned, with those before it: its tenant's dashboards get full
     * state, and it stays where it is for whoever wants to know.
     */
    @Override
    public JournalPage readAfter(UUID userId, long after, int limit) {
        List<Row> rows = jdbi.withHandle(handle -> handle.createQuery(PAGE)
                .bind("userId", userId)
                .bind("after", after)
                .bind("maxEvents", config.maxEvents)
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
    private record Row(String history, KpiSnapshot newest, Optional<JournalEvent> event) {}

    private Row row(ResultSet row) throws SQLException {
        boolean isEvent = row.getString("type") != null;
        KpiSnapshot newest = new KpiSnapshot(row.getLong("newest"), KpiSums.of(row));
        return new Row(row.getString("history"), newest, isEvent ? readable(row) : Optional.empty());
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
        String[] values = new String[JournalRow.COLUMNS.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.getString(JournalRow.COLUMNS.get(i));
        }
        return new JournalRow(values)
                .event(row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    @Override
    public Revisions revisions(Collection<UUID> userIds) {
        return jdbi.withHandle(handle -> handle.createQuery(REVISIONS)
                .bindArray("userIds", UUID.class, userIds.toArray())
                .map((row, context) -> {
                    if (row.getBoolean("crashed")) {
                        rememberCrash(handle);
                    }
                    return revisions(row);
                })
                .one());
    }

    /** Where nothing can be written, reading goes on, and the next look tries again. */
    private static void rememberCrash(Handle handle) {
        try {
            Epoch.rememberCrash(handle);
        } catch (JdbiException e) {
            log.warn("crash of the server not remembered cause=\"{}\"", Postgres.rootMessage(e));
        }
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
