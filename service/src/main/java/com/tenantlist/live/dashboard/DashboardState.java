package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.business.Businesses;
import com.tenantlist.live.delivery.CurrentState;
import com.tenantlist.live.delivery.StateReader;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Snapshot;
import com.tenantlist.live.protocol.BusinessOverview;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Reads what a dashboard shows, with its revision, as of one moment: in one statement, which is one snapshot and one way to the
 * database and back. The rows become JSON here, not in the platform's database.
 */
public final class DashboardState implements StateReader {
    /** The tenant's row, also if it has none. */
    private static final String KPIS = "SELECT (" + Epoch.SQL + ") AS history, " + Snapshot.SQL + """
             AS snapshot, live.is_in_progress(k.xmax) AS changing, coalesce(k.revision, 0) AS revision, coalesce(k.active_businesses, 0) AS active_businesses,
                   coalesce(k.landlord_views, 0) AS landlord_views, coalesce(k.messages_total, 0) AS messages_total,
                   coalesce(k.invites_total, 0) AS invites_total
            FROM (SELECT CAST(:userId AS uuid) AS user_id) tenant LEFT JOIN live.tenant_kpis k USING (user_id)""";

    /** The same before each business; once, without one, if there is none. */
    private static final String ALL = "SELECT * FROM (" + KPIS + ") kpis LEFT JOIN (" + Businesses.OVERVIEWS
            + ") business ON true ORDER BY business.created_at, business.id";

    private final Jdbi jdbi;
    private final ObjectMapper json = new ObjectMapper();

    public DashboardState(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Everything, as records. */
    record Full(
            String epoch,
            Snapshot snapshot,
            KpiSnapshot kpis,
            boolean beingChanged,
            List<BusinessOverview> businesses) {}

    Full readFull(UUID userId) {
        return jdbi.withHandle(handle ->
                handle.createQuery(ALL).bind("userId", userId).scanResultSet((rows, context) -> full(rows.get())));
    }

    private static Full full(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw new IllegalStateException("the state has no row");
        }
        String epoch = Epoch.of(rows.getString("history"));
        Snapshot snapshot = Snapshot.of(rows.getString("snapshot"));
        KpiSnapshot kpis = kpis(rows);
        boolean beingChanged = isBeingChanged(rows, snapshot);
        List<BusinessOverview> businesses = new ArrayList<>();
        if (rows.getString("id") != null) {
            do {
                businesses.add(Businesses.overview(rows));
            } while (rows.next());
        }
        return new Full(epoch, snapshot, kpis, beingChanged, businesses);
    }

    private static KpiSnapshot kpis(ResultSet row) throws SQLException {
        return new KpiSnapshot(row.getLong("revision"), KpiSums.of(row));
    }

    @Override
    public CurrentState read(UUID userId) {
        Full full = readFull(userId);
        try {
            return new CurrentState(
                    full.epoch(),
                    full.snapshot(),
                    full.kpis(),
                    full.beingChanged(),
                    json.writeValueAsString(full.businesses()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public CurrentState readKpis(UUID userId) {
        return jdbi.withHandle(handle -> handle.createQuery(KPIS)
                .bind("userId", userId)
                .map((row, context) -> ofKpis(row))
                .one());
    }

    private static CurrentState ofKpis(ResultSet row) throws SQLException {
        Snapshot snapshot = Snapshot.of(row.getString("snapshot"));
        return new CurrentState(
                Epoch.of(row.getString("history")), snapshot, kpis(row), isBeingChanged(row, snapshot), "[]");
    }

    /** Who updates a row leaves its id in the version that others see meanwhile. Of a row that is not there nobody does. */
    private static boolean isBeingChanged(ResultSet row, Snapshot snapshot) throws SQLException {
        boolean changing = row.getBoolean("changing");
        return row.wasNull() ? snapshot.isAnyInProgress() : changing;
    }

    @Override
    public String renewEpoch(String known) {
        return jdbi.inTransaction((Handle handle) -> Epoch.renew(handle, known));
    }
}
