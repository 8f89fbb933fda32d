package com.tenantlist.live.socketio.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many of something there are an IP address; addresses that have none take no room. Any thread. */
final class CountByAddress {
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();

    /** One more; the count with it. */
    int add(String address) {
        return counts.merge(address, 1, Integer::sum);
    }

    void remove(String address) {
        counts.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
