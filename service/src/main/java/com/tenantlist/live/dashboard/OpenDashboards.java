package com.tenantlist.live.dashboard;

import com.tenantlist.live.auth.Revocation;
import com.tenantlist.live.presence.Presence;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** The dashboards that are open on this node, by user. Any thread. */
final class OpenDashboards {
    private final int maxPerUser;
    private final Presence presence;
    private final Map<UUID, Set<OpenDashboard>> byUser = new ConcurrentHashMap<>();

    OpenDashboards(int maxPerUser, Presence presence) {
        this.maxPerUser = maxPerUser;
        this.presence = presence;
        presence.listen(this::announce);
    }

    /** False if the user has as many as one may. */
    boolean add(OpenDashboard dashboard) {
        AtomicBoolean added = new AtomicBoolean();
        byUser.compute(dashboard.userId(), (user, open) -> {
            Set<OpenDashboard> dashboards = open == null ? ConcurrentHashMap.newKeySet() : open;
            added.set(dashboards.size() < maxPerUser && dashboards.add(dashboard));
            return dashboards;
        });
        return added.get();
    }

    void remove(OpenDashboard dashboard) {
        byUser.computeIfPresent(dashboard.userId(), (user, open) -> {
            open.remove(dashboard);
            return open.isEmpty() ? null : open;
        });
        changed(dashboard.userId());
    }

    /** A dashboard of the user was opened or closed. */
    void changed(UUID userId) {
        presence.changed(userId, () -> count(userId));
    }

    /** How many the user has on all nodes. */
    int connections(UUID userId) {
        return presence.connections(userId);
    }

    /** Tells a user's dashboards how many there are. */
    private void announce(UUID userId) {
        byUser.getOrDefault(userId, Set.of()).forEach(OpenDashboard::countChanged);
    }

    /** All that are open here now. */
    List<OpenDashboard> all() {
        return byUser.values().stream().flatMap(Set::stream).toList();
    }

    /** How many the user has here. */
    int count(UUID userId) {
        return byUser.getOrDefault(userId, Set.of()).size();
    }

    /** Ends the dashboards that a revocation is about. */
    void revoked(Revocation revocation) {
        if (revocation.kind() == Revocation.Kind.TOKEN) {
            byUser.values().forEach(open -> open.forEach(dashboard -> dashboard.revoked(revocation)));
        } else {
            byUser.getOrDefault(UUID.fromString(revocation.subject()), Set.of())
                    .forEach(dashboard -> dashboard.revoked(revocation));
        }
    }
}
