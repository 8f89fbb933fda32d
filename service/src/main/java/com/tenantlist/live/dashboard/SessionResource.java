package com.tenantlist.live.dashboard;

import com.tenantlist.live.auth.Revocations;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.Success;
import io.swagger.v3.oas.annotations.Operation;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.UUID;

/** Ends sessions by REST, for administrators. */
@Path("/sessions/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("admin")
public final class SessionResource {
    private final Revocations revocations;
    private final OpenDashboards open;

    SessionResource(Revocations revocations, OpenDashboards open) {
        this.revocations = revocations;
        this.open = open;
    }

    /** How many dashboards were open on this node. */
    public record Ended(String userId, int disconnected) {}

    @DELETE
    @Operation(
            summary =
                    "Disconnects a user's open dashboards, on all nodes. Official clients stay away until they are told to"
                            + " connect; the tokens stay valid.")
    public Success<Ended> end(@PathParam("userId") String userId) {
        UUID user = Params.uuid("userId", userId);
        int disconnected = open.count(user);
        revocations.endSessions(user);
        return Success.of(new Ended(user.toString(), disconnected));
    }
}
