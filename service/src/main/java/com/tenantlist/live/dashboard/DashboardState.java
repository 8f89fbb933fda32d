package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.business.Businesses;
import com.tenantlist.live.delivery.CurrentState;
import com.tenantlist.live.delivery.StateReader;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.postgres.Epoch;
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
    /** The tenant's KPIs before each business; once, without one, if there is none. */
    private static final String ALL = "SELECT * FROM (" + KpiState.SQL + ") kpis LEFT JOIN (" + Businesses.OVERVIEWS
            + ") business ON true ORDER BY business.created_at, business.id";

    private final Jdbi jdbi;
    private final ObjectMapper json = new ObjectMapper();

    public DashboardState(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Everything, as records. */
    record Full(KpiState tenant, List<BusinessOverview> businesses) {}

    Full readFull(UUID userId) {
        return jdbi.withHandle(handle ->
                handle.createQuery(ALL).bind("userId", userId).scanResultSet((rows, context) -> full(rows.get())));
    }

    private static Full full(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw new IllegalStateException("the state has no row");
        }
        KpiState tenant = KpiState.of(rows);
        List<BusinessOverview> businesses = new ArrayList<>();
        if (rows.getString("id") != null) {
            do {
                businesses.add(Businesses.overview(rows));
            } while (rows.next());
        }
        return new Full(tenant, businesses);
    }

    @Override
    public CurrentState read(UUID userId) {
        Full full = readFull(userId);
        try {
            return new CurrentState(full.tenant(), json.writeValueAsString(full.businesses()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public KpiState readKpis(UUID userId) {
        return jdbi.withHandle(handle -> KpiState.read(handle, userId));
    }

    @Override
    public String renewEpoch(String known) {
        return jdbi.inTransaction((Handle handle) -> Epoch.renew(handle, known));
    }
}
