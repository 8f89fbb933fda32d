package com.tenantlist.live.socketio;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import java.util.function.Supplier;

/** Counts of this package, below {@code socket.} in the registry. */
final class SocketMetrics {
    private final MetricRegistry registry;
    final Counter polling;
    final Counter websocket;
    final Counter connected;
    final Meter upgrades;
    final Meter malformed;

    SocketMetrics(MetricRegistry registry) {
        this.registry = registry;
        polling = registry.counter("socket.sessions.polling");
        websocket = registry.counter("socket.sessions.websocket");
        connected = registry.counter("socket.connected");
        upgrades = registry.meter("socket.upgrades");
        malformed = registry.meter("socket.malformed");
    }

    /** How many handshakes are under way. */
    void handshaking(Supplier<Integer> count) {
        registry.gauge("socket.handshaking", () -> (Gauge<Integer>) count::get);
    }

    /** A CONNECT was answered: {@code accepted}, {@code failed}, or a refusal's code. */
    void handshake(String outcome) {
        registry.counter("socket.handshakes." + outcome).inc();
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
