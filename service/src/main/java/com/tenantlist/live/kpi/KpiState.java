package com.tenantlist.live.kpi;

import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Snapshot;
import com.tenantlist.live.postgres.Statements;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * A tenant's KPIs as a statement found them.
 *
 * @param epoch the history of the database that their revision counts in
 * @param snapshot what the statement could see
 * @param beingChanged whether a transaction in progress may have a newer revision of the tenant
 */
public record KpiState(String epoch, Snapshot snapshot, KpiSnapshot kpis, boolean beingChanged) {
    /** SQL of one row that {@link #of} reads, of the tenant {@code :userId}, also if it has none. */
    public static final String SQL = "SELECT (" + Epoch.SQL + ") AS history, " + Snapshot.SQL + """
             AS snapshot, live.is_in_progress(k.xmax) AS changing, coalesce(k.revision, 0) AS revision, coalesce(k.active_businesses, 0) AS active_businesses,
                   coalesce(k.landlord_views, 0) AS landlord_views, coalesce(k.messages_total, 0) AS messages_total,
                   coalesce(k.invites_total, 0) AS invites_total
            FROM (SELECT CAST(:userId AS uuid) AS user_id) tenant LEFT JOIN live.tenant_kpis k USING (user_id)""";

    private static final String OF_ONE = SQL.replace(":userId", "?");

    public static KpiState read(Handle handle, UUID userId) {
        return Statements.findOne(handle, OF_ONE, KpiState::of, userId).orElseThrow();
    }

    public static KpiState of(ResultSet row) throws SQLException {
        Snapshot snapshot = Snapshot.of(row.getString("snapshot"));
        // Who updates a row leaves its id in the version that others see meanwhile. Of a row that is not there nobody
        // does.
        boolean changing = row.getBoolean("changing");
        boolean absent = row.wasNull();
        return new KpiState(
                Epoch.of(row.getString("history")),
                snapshot,
                new KpiSnapshot(row.getLong("revision"), KpiSums.of(row)),
                absent ? snapshot.isAnyInProgress() : changing);
    }
}
