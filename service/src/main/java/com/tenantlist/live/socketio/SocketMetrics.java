package com.tenantlist.live.socketio;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/** Counts of connections to namespaces, below {@code socket.} in the registry. */
final class SocketMetrics {
    private final MetricRegistry registry;
    final Counter connected;
    final Counter eventsOverRate;

    SocketMetrics(MetricRegistry registry) {
        this.registry = registry;
        connected = registry.counter("socket.connected");
        eventsOverRate = registry.counter("socket.limited.eventRate");
    }

    /** A CONNECT was answered: {@code accepted}, {@code failed}, or a refusal's code. */
    void handshake(String outcome) {
        registry.counter("socket.handshakes." + outcome).inc();
    }
}
