package com.tenantlist.live.business;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.auth.User;
import com.tenantlist.live.idempotency.Answer;
import com.tenantlist.live.idempotency.IdempotentWrites;
import com.tenantlist.live.idempotency.KeyedRequest;
import com.tenantlist.live.kpi.Kpis;
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
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/** A business's metrics by REST, a row a day. */
@Path("/businesses/{id}/metrics")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class MetricsResource {
    private static final Set<String> WRITABLE = new TreeSet<>(MetricsDao.COUNTS);
    private static final Set<String> READ_ONLY = Set.of("id", "business_id", "date", "metric_date");

    /** "numeric value out of range". */
    private static final String OVERFLOW = "22003";

    private final Jdbi jdbi;
    private final IdempotentWrites writes;
    private final Kpis kpis;

    MetricsResource(Jdbi jdbi, IdempotentWrites writes, Kpis kpis) {
        this.jdbi = jdbi;
        this.writes = writes;
        this.kpis = kpis;
    }

    /** Rows by day, oldest first. */
    public record Days(List<MetricsDay> metrics) {}

    /** One day's row, as it is now. */
    public record Day(MetricsDay metrics) {}

    /** What answers with a day's row, for {@code /openapi.json}. */
    record SuccessDay(boolean success, Day data) {}

    private interface Write {
        MetricsDay apply(Handle handle, UUID businessId, LocalDate date, Map<String, Integer> counts);
    }

    @GET
    @Operation(summary = "A business's counts by day, oldest first, from and to inclusive")
    public Success<Days> list(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to) {
        UUID businessId = Params.uuid("id", id);
        Optional<LocalDate> first = Params.findDate("from", from);
        Optional<LocalDate> last = Params.findDate("to", to);
        return Success.of(new Days(jdbi.withHandle(handle -> {
            if (BusinessDao.find(handle, user.id(), businessId).isEmpty()) {
                throw BusinessResource.missing(businessId);
            }
            return MetricsDao.list(handle, businessId, first, last);
        })));
    }

    @PUT
    @Path("/{date}")
    @Operation(summary = "Set counts of a day; absent counts stay")
    @ApiResponse(
            responseCode = "200",
            description = "As they are now",
            content = @Content(schema = @Schema(implementation = SuccessDay.class)))
    public Response set(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @PathParam("date") String date,
            @HeaderParam(KeyedRequest.HEADER) @Nullable List<String> key,
            @Nullable JsonNode body) {
        return write(user, id, date, key, HttpMethod.PUT, body, MetricsDao::set);
    }

    @POST
    @Path("/{date}/increments")
    @Operation(summary = "Add to counts of a day, atomically")
    @ApiResponse(
            responseCode = "200",
            description = "As they are now",
            content = @Content(schema = @Schema(implementation = SuccessDay.class)))
    public Response add(
            @Parameter(hidden = true) @Auth User user,
            @PathParam("id") String id,
            @PathParam("date") String date,
            @HeaderParam(KeyedRequest.HEADER) @Nullable List<String> key,
            @Nullable JsonNode body) {
        return write(user, id, date, key, HttpMethod.POST, body, MetricsDao::add);
    }

    private Response write(
            User user,
            String id,
            String date,
            @Nullable List<String> key,
            String method,
            @Nullable JsonNode json,
            Write write) {
        UUID businessId = Params.uuid("id", id);
        LocalDate day = Params.date("date", date);
        RequestBody body = RequestBody.of(json, WRITABLE, READ_ONLY);
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String count : MetricsDao.COUNTS) {
            body.findInt(count, 0, Integer.MAX_VALUE).ifPresent(value -> counts.put(count, value));
        }
        if (counts.isEmpty()) {
            throw RequestBody.invalid("the body", "names no count; send one of " + String.join(", ", WRITABLE));
        }
        KeyedRequest request = KeyedRequest.of(
                user.id(), key, method, BusinessResource.PATH + "/" + businessId + "/metrics/" + day, json);
        Response answer;
        try {
            answer = writes.write(request, handle -> {
                if (!MetricsDao.lock(handle, user.id(), businessId)) {
                    throw BusinessResource.missing(businessId);
                }
                return Answer.of(Response.Status.OK, new Day(write.apply(handle, businessId, day, counts)));
            });
        } catch (UnableToExecuteStatementException e) {
            if (e.getCause() instanceof SQLException sql && OVERFLOW.equals(sql.getSQLState())) {
                throw RequestBody.invalid("a count", "would exceed " + Integer.MAX_VALUE + "; nothing was changed");
            }
            throw e;
        }
        return kpis.written(user.id(), answer);
    }
}
