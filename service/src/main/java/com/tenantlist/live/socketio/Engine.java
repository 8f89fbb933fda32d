package com.tenantlist.live.socketio;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What all Engine.IO sessions of a server share. Any thread. */
final class Engine {
    /** 160 bits: a session id is a bearer secret. */
    private static final int SESSION_ID_BYTES = 20;

    final SocketServerConfiguration config;
    final OriginPolicy origins;
    final SocketMetrics metrics;
    final Admission admission;
    private final Map<String, EngineProtocol> protocols = new ConcurrentHashMap<>();
    private final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    Engine(SocketServerConfiguration config, OriginPolicy origins, SocketMetrics metrics) {
        this.config = config;
        this.origins = origins;
        this.metrics = metrics;
        this.admission = new Admission(config);
        metrics.handshaking(admission::handshakes);
    }

    /** Serves a protocol on a path that ends with a slash. Before the server starts. */
    void serve(String path, EngineProtocol protocol) {
        protocols.put(path, protocol);
    }

    /** The protocol of a request's path, with or without its last slash. */
    @Nullable
    EngineProtocol protocol(String path) {
        return protocols.get(path.endsWith("/") ? path : path + "/");
    }

    @Nullable
    EngineSession session(String id) {
        return sessions.get(id);
    }

    Iterable<EngineSession> sessions() {
        return sessions.values();
    }

    int sessionCount() {
        return sessions.size();
    }

    void remember(EngineSession session) {
        sessions.put(session.id(), session);
    }

    void forget(EngineSession session) {
        if (sessions.remove(session.id(), session)) {
            admission.ended(session.address());
        }
    }

    String newSessionId() {
        byte[] bytes = new byte[SESSION_ID_BYTES];
        random.nextBytes(bytes);
        return (config.routeKey.isEmpty() ? "" : config.routeKey + ".")
                + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The first packet of a session. */
    String openPacket(String sessionId, boolean websocket) {
        return "0{\"sid\":\"" + sessionId + "\",\"upgrades\":" + (websocket ? "[]" : "[\"websocket\"]")
                + ",\"pingInterval\":" + config.pingInterval.toMilliseconds()
                + ",\"pingTimeout\":" + config.pingTimeout.toMilliseconds()
                + ",\"maxPayload\":" + config.maxPayload.toBytes() + "}";
    }
}
