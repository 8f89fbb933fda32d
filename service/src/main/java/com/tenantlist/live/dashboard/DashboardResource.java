package com.tenantlist.live.dashboard;

import com.tenantlist.live.auth.User;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.protocol.BusinessOverview;
import com.tenantlist.live.protocol.KpiValues;
import com.tenantlist.live.protocol.Timestamps;
import com.tenantlist.live.web.Success;
import io.dropwizard.auth.Auth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A dashboard's whole state by REST. */
@Path("/dashboard/tenant")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class DashboardResource {
    private final DashboardState state;
    private final KpiMemory kpis;

    DashboardResource(DashboardState state, KpiMemory kpis) {
        this.state = state;
        this.kpis = kpis;
    }

    /** The user's KPIs and businesses as of one revision of one epoch. */
    public record Dashboard(
            UUID userId,
            KpiValues kpis,
            List<BusinessOverview> businesses,
            int total,
            long revision,
            String epoch,
            String timestamp) {}

    @GET
    @Operation(summary = "KPIs and businesses as of one revision")
    public Success<Dashboard> dashboard(@Parameter(hidden = true) @Auth User user) {
        long sight = kpis.sight();
        DashboardState.Full full = state.readFull(user.id());
        KpiState tenant = full.tenant();
        // The feed may not have brought it yet.
        kpis.remember(user.id(), tenant, sight);
        return Success.of(new Dashboard(
                user.id(),
                tenant.kpis().sums().values(),
                full.businesses(),
                full.businesses().size(),
                tenant.kpis().revision(),
                Epoch.told(tenant.epoch(), user.id()),
                Timestamps.format(Instant.now())));
    }
}
