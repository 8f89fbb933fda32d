package com.tenantlist.live.kpi;

import com.tenantlist.live.auth.User;
import com.tenantlist.live.web.EntityTags;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.Success;
import io.dropwizard.auth.Auth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** KPIs by REST: what a polling dashboard reads. */
@Path("/dashboard/tenant")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class KpiResource {
    private static final int MAX_TREND_DAYS = 365;
    private static final int DEFAULT_TREND_DAYS = 30;

    private final Kpis kpis;

    KpiResource(Kpis kpis) {
        this.kpis = kpis;
    }

    /** The four KPIs; a reader that names its tag in {@code If-None-Match} gets nothing older. */
    @GET
    @Path("/kpis")
    @Operation(
            summary = "The four KPIs. ETag is \"<epoch>-<revision>\", of the caller's epoch; 304 when If-None-Match"
                    + " names it")
    public Response kpis(
            @Parameter(hidden = true) @Auth User user,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable List<String> ifNoneMatch) {
        EntityTags held = EntityTags.ifNoneMatch(ifNoneMatch);
        KpiReading reading = kpis.get(
                user.id(),
                held.tags().stream()
                        .flatMap(tag -> KpiTag.find(tag.text()).stream())
                        .toList());
        String tag = KpiTag.of(user.id(), reading).toString();
        Response.ResponseBuilder answer = held.matches(tag)
                ? Response.notModified()
                : Response.ok(Success.of(reading.snapshot().sums().values()));
        return answer.tag(tag)
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                .build();
    }

    @GET
    @Path("/trends")
    @Operation(summary = "The KPIs by day, oldest first, today last")
    public Success<List<TrendDay>> trends(
            @Parameter(hidden = true) @Auth User user, @QueryParam("days") @Nullable String days) {
        int count = (int) Params.number("days", days, 1, MAX_TREND_DAYS, DEFAULT_TREND_DAYS);
        return Success.of(kpis.trends(user.id(), count));
    }
}
