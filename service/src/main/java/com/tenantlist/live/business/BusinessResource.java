package com.tenantlist.live.business;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.auth.User;
import com.tenantlist.live.idempotency.Answer;
import com.tenantlist.live.idempotency.IdempotentWrites;
import com.tenantlist.live.idempotency.KeyedRequest;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.protocol.BusinessStatus;
import com.tenantlist.live.protocol.BusinessView;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.web.ApiException;
import com.tenantlist.live.web.EntityTags;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.RequestBody;
import com.tenantlist.live.web.Success;
import io.dropwizard.auth.Auth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** Businesses by REST. After a write, the caller's next KPI read is not older than it. */
@Path(BusinessResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class BusinessResource {
    static final String PATH = "/businesses";

    private static final int MAX_LIMIT = 500;
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_SEARCH = 255;

    private final Jdbi jdbi;
    private final IdempotentWrites writes;
    private final Kpis kpis;

    BusinessResource(Jdbi jdbi, IdempotentWrites writes, Kpis kpis) {
        this.jdbi = jdbi;
        this.writes = writes;
        this.kpis = kpis;
    }

    /** A page of businesses and the count of all that match. */
    public record Listed(List<BusinessView> businesses, long total) {}

    /** One business. */
    public record One(BusinessView business) {}

    /** What answers with one business, for {@code /openapi.json}. */
    record SuccessOne(boolean success, One data) {}

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
    @ApiResponse(
            responseCode = "201",
            description = "ETag is its version, Location its path",
            content = @Content(schema = @Schema(implementation = SuccessOne.class)))
    public Response create(
            @Parameter(hidden = true) @Auth User user,
            @HeaderParam(KeyedRequest.HEADER) @Nullable List<String> key,
            @Nullable JsonNode body) {
        BusinessFields fields = BusinessFields.parse(body);
        String name = fields.name().orElseThrow(() -> RequestBody.invalid("name", "is missing"));
        KeyedRequest request = KeyedRequest.of(user.id(), key, HttpMethod.POST, PATH, body);
        Response answer = writes.writeInStatement(request, handle -> {
            BusinessView created = BusinessDao.insert(
                    handle,
                    user.id(),
                    name,
                    fields.category().orElse(null),
                    fields.status().orElse(BusinessStatus.PENDING_VERIFICATION));
            return Answer.of(Response.Status.CREATED, new One(created))
                    .tagged(created.version())
                    .at("/api" + PATH + "/" + created.id());
        });
        return kpis.written(user.id(), answer);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "One business; 304 when If-None-Match names its version")
    @ApiResponse(
            responseCode = "200",
            description = "ETag is its version",
            content = @Content(schema = @Schema(implementation = SuccessOne.class)))
    public Response get(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable List<String> ifNoneMatch) {
        UUID businessId = Params.uuid("id", id);
        BusinessView found = jdbi.withHandle(handle -> BusinessDao.find(handle, user.id(), businessId))
                .orElseThrow(() -> missing(businessId));
        Response.ResponseBuilder answer = EntityTags.ifNoneMatch(ifNoneMatch).matches(found.version())
                ? Response.notModified()
                : Response.ok(Success.of(new One(found)));
        return answer.tag(found.version())
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                .build();
    }

    @PUT
    @Path("/{id}")
    @Operation(summary = "Change a business; absent fields stay. With If-Match, only if it has that version still")
    @ApiResponse(
            responseCode = "200",
            description = "ETag is its new version",
            content = @Content(schema = @Schema(implementation = SuccessOne.class)))
    @ApiResponse(responseCode = "412", description = "It has another version: data is the business as it is now")
    public Response update(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.IF_MATCH) @Nullable List<String> ifMatch,
            @HeaderParam(KeyedRequest.HEADER) @Nullable List<String> key,
            @Nullable JsonNode body) {
        UUID businessId = Params.uuid("id", id);
        BusinessFields fields = BusinessFields.parse(body);
        EntityTags expected = EntityTags.ifMatch(ifMatch);
        KeyedRequest request = KeyedRequest.of(user.id(), key, HttpMethod.PUT, PATH + "/" + businessId, body);
        Function<Handle, Answer> change = handle -> {
            BusinessView updated =
                    BusinessDao.update(handle, user.id(), businessId, fields).orElseThrow(() -> missing(businessId));
            return Answer.of(Response.Status.OK, new One(updated)).tagged(updated.version());
        };
        Response answer = expected.isAbsent()
                ? writes.writeInStatement(request, change)
                : writes.write(request, handle -> {
                    check(expected, BusinessDao.lockToChange(handle, user.id(), businessId), businessId);
                    return change.apply(handle);
                });
        return kpis.written(user.id(), answer);
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Delete a business and its metrics; the answer is what it was. With If-Match, only if it has that"
                    + " version still")
    @ApiResponse(
            responseCode = "200",
            description = "As it was",
            content = @Content(schema = @Schema(implementation = SuccessOne.class)))
    @ApiResponse(responseCode = "412", description = "It has another version: data is the business as it is now")
    public Response delete(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.IF_MATCH) @Nullable List<String> ifMatch,
            @HeaderParam(KeyedRequest.HEADER) @Nullable List<String> key) {
        UUID businessId = Params.uuid("id", id);
        EntityTags expected = EntityTags.ifMatch(ifMatch);
        KeyedRequest request = KeyedRequest.of(user.id(), key, HttpMethod.DELETE, PATH + "/" + businessId, null);
        Response answer = writes.write(request, handle -> {
            BusinessView found = check(expected, BusinessDao.lockToDelete(handle, user.id(), businessId), businessId);
            if (!BusinessDao.delete(handle, user.id(), businessId)) {
                throw missing(businessId);
            }
            return Answer.of(Response.Status.OK, new One(found));
        });
        return kpis.written(user.id(), answer);
    }

    /** The business, if it is there and as the caller expects it; it must be locked, so that it stays so. */
    private static BusinessView check(EntityTags expected, Optional<BusinessView> found, UUID businessId) {
        BusinessView now = found.orElseThrow(() -> missing(businessId));
        if (!expected.isAbsent() && !expected.matchesStrongly(now.version())) {
            throw new ApiException(
                    ErrorCode.VERSION_CONFLICT,
                    "business " + businessId
                            + " has another version than If-Match names: data.business is how it is now",
                    new One(now));
        }
        return now;
    }

    static ApiException missing(UUID businessId) {
        return new ApiException(ErrorCode.NOT_FOUND, "you have no business " + businessId);
    }
}
