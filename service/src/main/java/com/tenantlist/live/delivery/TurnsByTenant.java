package com.tenantlist.live.delivery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tasks that wait: each tenant's in their order, and the tenants in turn, so that many of one do not hold up the others. Any thread. */
final class TurnsByTenant {
    private final int most;
    private final int mostOfOne;

    /** By whose turn it is; none is empty. */
    private final Map<UUID, Deque<Runnable>> waiting = new LinkedHashMap<>();

    private int size;

    TurnsByTenant(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** False if too many wait already. */
    synchronized boolean offer(UUID userId, Runnable task) {
        Deque<Runnable> own = waiting.get(userId);
        if (size >= most || (own != null && own.size() >= mostOfOne)) {
            return false;
        }
        waiting.computeIfAbsent(userId, id -> new ArrayDeque<>()).add(task);
        size++;
        return true;
    }

    /** The next task; null if none waits. */
    synchronized @Nullable Runnable poll() {
        if (waiting.isEmpty()) {
            return null;
        }
        UUID userId = waiting.keySet().iterator().next();
        Deque<Runnable> own = waiting.remove(userId);
        if (own == null) {
            return null;
        }
        Runnable task = own.remove();
        size--;
        if (!own.isEmpty()) {
            waiting.put(userId, own);
        }
        return task;
    }
}
