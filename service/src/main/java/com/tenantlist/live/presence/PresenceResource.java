package com.tenantlist.live.presence;

import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.Success;
import io.swagger.v3.oas.annotations.Operation;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who is online, for administrators. */
@Path("/presence")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("admin")
public final class PresenceResource {
    private static final int MAX_USERS = 100;
    private static final String USER_IDS = "userIds";

    private final Presence presence;

    PresenceResource(Presence presence) {
        this.presence = presence;
    }

    /**
     * A user's open dashboards.
     *
     * @param nodes how many on each node, by its name
     */
    public record UserPresence(String userId, boolean online, int connections, Map<String, Integer> nodes) {}

    /**
     * The users', in the order asked for.
     *
     * @param complete false if Redis does not answer: then they are those of this node
     */
    public record Found(List<UserPresence> presence, boolean complete) {}

    @GET
    @Operation(
            summary =
                    "Whether users (userIds, comma-separated, up to 100) are online, with how many dashboards, on which"
                            + " nodes. Without Redis only this node's are known: complete is false then.")
    public Success<Found> find(@QueryParam(USER_IDS) @Nullable String userIds) {
        if (userIds == null || userIds.isBlank()) {
            throw Params.bad(USER_IDS, "is missing: whose presence? for example ?userIds=a,b");
        }
        Set<UUID> users = new LinkedHashSet<>();
        for (String userId : userIds.split(",", -1)) {
            users.add(Params.uuid(USER_IDS, userId.strip()));
        }
        if (users.size() > MAX_USERS) {
            throw Params.bad(USER_IDS, "names " + users.size() + " users; there may be " + MAX_USERS);
        }
        Optional<Map<UUID, Presence.Online>> found = presence.find(users);
        return Success.of(new Found(
                users.stream()
                        .map(user ->
                                shown(user, found.map(all -> all.get(user)).orElseGet(() -> presence.findHere(user))))
                        .toList(),
                found.isPresent()));
    }

    private static UserPresence shown(UUID user, Presence.Online online) {
        return new UserPresence(
                user.toString(), online.connections() > 0, online.connections(), new TreeMap<>(online.nodes()));
    }
}
