package com.tenantlist.live.journal;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.tenantlist.live.auth.User;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.protocol.KpiValues;
import com.tenantlist.live.web.ApiException;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.Success;
import io.dropwizard.auth.Auth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The journal by REST: what a polling dashboard missed. */
@Path("/dashboard/tenant/events")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("tenant")
public final class JournalResource {
    private static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;

    private final Journal journal;
    private final KpiMemory kpis;

    JournalResource(Journal journal, KpiMemory kpis) {
        this.journal = journal;
        this.kpis = kpis;
    }

    /** One event: the name and payload that a socket would get. */
    public record Event(
            EventType type, long revision, @JsonRawValue String payload) {}

    /**
     * A page of a user's events.
     *
     * @param kpis after the last event of the page; without any, at {@code revision}
     * @param revision the tenant's revision; the page is the last one if its last event has it
     * @param epoch a dashboard that holds another one must take full state
     */
    public record Page(UUID userId, List<Event> events, KpiValues kpis, long revision, String epoch) {}

    @GET
    @Operation(
            summary =
                    "Events after a revision, by revision; 410 when they are no longer kept, or when the epoch that is"
                            + " given is not the caller's")
    public Success<Page> events(
            @Parameter(hidden = true) @Auth User user,
            @QueryParam("after") @Nullable String after,
            @QueryParam("epoch") @Nullable String heldEpoch,
            @QueryParam("limit") @Nullable String limit) {
        if (after == null) {
            throw Params.bad("after", "is missing: the revision that the dashboard holds");
        }
        long held = Params.number("after", after, 0, Long.MAX_VALUE, 0);
        int count = (int) Params.number("limit", limit, 1, MAX_LIMIT, DEFAULT_LIMIT);
        JournalPage page = journal.readAfter(user.id(), held, count);
        long revision = page.revision();
        // The feed may not have brought it yet.
        kpis.seen(user.id(), revision);
        String epoch = Epoch.told(page.epoch(), user.id());
        if (heldEpoch != null && !heldEpoch.equals(epoch)) {
            throw new ApiException(
                    ErrorCode.EVENTS_PRUNED,
                    "revision " + held
                            + " is of another epoch; read GET /api/dashboard/tenant and go on from its revision");
        }
        if (page.isPruned(held) || (held > revision && page.events().isEmpty())) {
            throw new ApiException(
                    ErrorCode.EVENTS_PRUNED,
                    "events after revision " + held + " are not kept (now at " + revision
                            + "); read GET /api/dashboard/tenant and go on from its revision");
        }
        return Success.of(new Page(
                user.id(),
                page.events().stream()
                        .map(event -> new Event(event.type(), event.revision(), event.payloadJson()))
                        .toList(),
                page.sumsAfter().values(),
                revision,
                epoch));
    }
}
