package com.tenantlist.live.socketio.engine;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import java.util.function.Supplier;

/** Counts of sessions and requests, below {@code socket.} in the registry. */
final class EngineMetrics {
    private final MetricRegistry registry;
    final Counter polling;
    final Counter websocket;
    final Meter upgrades;
    final Meter malformed;

    EngineMetrics(MetricRegistry registry) {
        this.registry = registry;
        polling = registry.counter("socket.sessions.polling");
        websocket = registry.counter("socket.sessions.websocket");
        upgrades = registry.meter("socket.upgrades");
        malformed = registry.meter("socket.malformed");
    }

    /** How many handshakes are under way. */
    void handshaking(Supplier<Integer> count) {
        registry.gauge("socket.handshaking", () -> (Gauge<Integer>) count::get);
    }

    /** Something was refused because of the limit of that name. */
    void limited(String limit) {
        registry.counter("socket.limited." + limit).inc();
    }

    /** An HTTP request was refused before it became a session. */
    void refusedRequest(EngineError error) {
        registry.counter("socket.requests.refused." + error.name()).inc();
    }
}
