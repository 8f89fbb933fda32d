package com.tenantlist.live.delivery;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The newest that was relayed of each tenant, also of those without a dashboard here: one may come that was shown it by
 * another node, while queries do not show it yet. Bounded; the one relayed longest ago is forgotten first. Any thread.
 */
final class Relays {
    private final Map<UUID, Newest> newest = new LinkedHashMap<>();
    private final int most;

    Relays(int most) {
        this.most = most;
    }

    synchronized void remember(UUID userId, Newest relayed) {
        newest.remove(userId);
        newest.put(userId, relayed);
        if (newest.size() > most) {
            newest.remove(newest.keySet().iterator().next());
        }
    }

    synchronized @Nullable Newest find(UUID userId) {
        return newest.get(userId);
    }

    /** Another history began. */
    synchronized void forget() {
        newest.clear();
    }
}
