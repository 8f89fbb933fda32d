package com.tenantlist.live.kpi;

import com.tenantlist.live.auth.User;
import com.tenantlist.live.protocol.KpiValues;
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
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** KPIs by REST: what a polling dashboard reads. */
@Path("/dashboard/tenant")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class KpiResource {
    private static final Pattern REVISION_TAG = Pattern.compile("(?:W/)?\"(\\d{1,18})\"");
    private static final int MAX_TREND_DAYS = 365;
    private static final int DEFAULT_TREND_DAYS = 30;

    private final Kpis kpis;

    KpiResource(Kpis kpis) {
        this.kpis = kpis;
    }

    /** The four KPIs. Their revision is the ETag; a reader that names it in {@code If-None-Match} gets nothing older. */
    @GET
    @Path("/kpis")
    @Operation(summary = "The four KPIs; ETag is the revision, 304 on If-None-Match")
    public Response kpis(
            @Parameter(hidden = true) @Auth User user,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch) {
        long held = 0;
        Matcher tag = REVISION_TAG.matcher(ifNoneMatch == null ? "" : ifNoneMatch);
        if (tag.matches()) {
            held = Long.parseLong(tag.group(1));
        }
        KpiSnapshot snapshot = kpis.get(user.id(), held);
        EntityTag revision = new EntityTag(String.valueOf(snapshot.revision()));
        if (tag.matches() && held == snapshot.revision()) {
            return Response.notModified(revision).build();
        }
        Success<KpiValues> body = Success.of(snapshot.sums().values());
        return Response.ok(body)
                .tag(revision)
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
