package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.business.Businesses;
import com.tenantlist.live.delivery.CurrentState;
import com.tenantlist.live.delivery.StateReader;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.protocol.BusinessOverview;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** Reads what a dashboard shows, with its revision, as of one moment. */
public final class DashboardState implements StateReader {
    private final Jdbi jdbi;
    private final Kpis kpis;
    private final Businesses businesses;
    private final ObjectMapper json = new ObjectMapper();

    public DashboardState(Jdbi jdbi, Kpis kpis, Businesses businesses) {
        this.jdbi = jdbi;
        this.kpis = kpis;
        this.businesses = businesses;
    }

    /** Everything, as records. */
    record Full(String epoch, KpiSnapshot kpis, List<BusinessOverview> businesses) {}

    Full readFull(UUID userId) {
        return jdbi.inTransaction(
                TransactionIsolationLevel.REPEATABLE_READ,
                handle -> new Full(Epoch.read(handle), kpis.get(handle, userId), businesses.listAll(handle, userId)));
    }

    @Override
    public CurrentState read(UUID userId) {
        Full full = readFull(userId);
        try {
            return new CurrentState(full.epoch(), full.kpis(), json.writeValueAsString(full.businesses()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public CurrentState readKpis(UUID userId) {
        return jdbi.inTransaction(
                TransactionIsolationLevel.REPEATABLE_READ,
                handle -> new CurrentState(Epoch.read(handle), kpis.get(handle, userId), "[]"));
    }

    @Override
    public String epoch() {
        return jdbi.withHandle(Epoch::read);
    }

    @Override
    public String renewEpoch(String known) {
        return jdbi.inTransaction((Handle handle) -> Epoch.renew(handle, known));
    }
}
