package com.tenantlist.live.business;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.auth.User;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.postgres.Writes;
import com.tenantlist.live.protocol.BusinessStatus;
import com.tenantlist.live.protocol.BusinessView;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.web.ApiException;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.RequestBody;
import com.tenantlist.live.web.Success;
import io.dropwizard.auth.Auth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** Businesses by REST. After a write, the caller's next KPI read is not older than it. */
@Path("/businesses")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class BusinessResource {
    private static final int MAX_LIMIT = 500;
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_SEARCH = 255;

    private final Jdbi jdbi;
    private final Writes writes;
    private final Kpis kpis;

    BusinessResource(Jdbi jdbi, Writes writes, Kpis kpis) {
        this.jdbi = jdbi;
        this.writes = writes;
        this.kpis = kpis;
    }

    /** A page of businesses and the count of all that match. */
    public record Listed(List<BusinessView> businesses, long total) {}

    /** One business. */
    public record One(BusinessView business) {}

    @GET
    @Operation(summary = "The caller's businesses, oldest first")
    public Success<Listed> list(
            @Parameter(hidden = true) @Auth User user,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset,
            @QueryParam("status") @Nullable String status,
            @QueryParam("search") @Nullable String search) {
        int count = (int) Params.number("limit", limit, 1, MAX_LIMIT, DEFAULT_LIMIT);
        long skip = Params.number("offset", offset, 0, Integer.MAX_VALUE, 0);
        Optional<BusinessStatus> withStatus = Optional.ofNullable(status).map(BusinessFields::status);
        Optional<String> matching = Params.findText("search", search, MAX_SEARCH);
        BusinessDao.Page page =
                jdbi.withHandle(handle -> BusinessDao.list(handle, user.id(), withStatus, matching, count, skip));
        return Success.of(new Listed(page.businesses(), page.total()));
    }

    @POST
    @Operation(summary = "Create a business")
    public Response create(@Parameter(hidden = true) @Auth User user, @Nullable JsonNode body) {
        BusinessFields fields = BusinessFields.parse(body);
        String name = fields.name().orElseThrow(() -> RequestBody.invalid("name", "is missing"));
        BusinessView created = writes.inTransaction(handle -> BusinessDao.insert(
                handle,
                user.id(),
                name,
                fields.category().orElse(null),
                fields.status().orElse(BusinessStatus.PENDING_VERIFICATION)));
        kpis.changed(user.id());
        return Response.status(Response.Status.CREATED)
                .entity(Success.of(new One(created)))
                .build();
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "One business")
    public Success<One> get(@Parameter(hidden = true) @Auth User user, @PathParam("id") String id) {
        UUID businessId = Params.uuid("id", id);
        return Success.of(new One(jdbi.withHandle(handle -> BusinessDao.find(handle, user.id(), businessId))
                .orElseThrow(() -> missing(businessId))));
    }

    @PUT
    @Path("/{id}")
    @Operation(summary = "Change a business; absent fields stay")
    public Success<One> update(
            @Parameter(hidden = true) @Auth User user, @PathParam("id") String id, @Nullable JsonNode body) {
        UUID businessId = Params.uuid("id", id);
        BusinessFields fields = BusinessFields.parse(body);
        BusinessView updated = writes.inTransaction(handle -> BusinessDao.update(handle, user.id(), businessId, fields))
                .orElseThrow(() -> missing(businessId));
        kpis.changed(user.id());
        return Success.of(new One(updated));
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "Delete a business and its metrics")
    public Success<One> delete(@Parameter(hidden = true) @Auth User user, @PathParam("id") String id) {
        UUID businessId = Params.uuid("id", id);
        BusinessView deleted = writes.inTransaction(handle -> {
                    Optional<BusinessView> found = BusinessDao.find(handle, user.id(), businessId);
                    return found.filter(business -> BusinessDao.delete(handle, user.id(), businessId));
                })
                .orElseThrow(() -> missing(businessId));
        kpis.changed(user.id());
        return Success.of(new One(deleted));
    }

    static ApiException missing(UUID businessId) {
        return new ApiException(ErrorCode.NOT_FOUND, "you have no business " + businessId);
    }
}
