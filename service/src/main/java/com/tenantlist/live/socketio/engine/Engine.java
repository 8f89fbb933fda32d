package com.tenantlist.live.socketio.engine;

import com.codahale.metrics.MetricRegistry;
import com.corundumstudio.socketio.SocketIOChannelInitializer;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What all Engine.IO sessions of a server share. Any thread. */
public final class Engine {
    /** 160 bits: a session id is a bearer secret. */
    private static final int SESSION_ID_BYTES = 20;

    final SocketServerConfiguration config;
    final OriginPolicy origins;
    final EngineMetrics metrics;
    final Admission admission;
    private final Map<String, EngineProtocol> protocols = new ConcurrentHashMap<>();
    private final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();
    final Map<EventLoop, Loop> loops = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    public Engine(SocketServerConfiguration config, OriginPolicy origins, MetricRegistry registry) {
        this.config = config;
        this.origins = origins;
        this.metrics = new EngineMetrics(registry);
        this.admission = new Admission(config);
        metrics.handshaking(admission::handshakes);
    }

    /** Serves a protocol on a path that ends with a slash. Before the server starts. */
    public void serve(String path, EngineProtocol protocol) {
        protocols.put(path, protocol);
    }

    /** What turns each new connection of a server into one of ours. */
    public SocketIOChannelInitializer pipeline() {
        return new EnginePipeline(this);
    }

    public SocketServerConfiguration config() {
        return config;
    }

    /** Opens no more sessions; those that are open live on. */
    public void drain() {
        admission.drain();
    }

    /** Closes every session. */
    public void closeAll(String reason) {
        sessions().forEach(session -> session.close(reason));
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

    public int sessionCount() {
        return sessions.size();
    }

    /** What the sessions of one event loop share. */
    record Loop(Heartbeats heartbeats, SharedFrames frames) {}

    Loop loop(EventLoop loop) {
        return loops.computeIfAbsent(
                loop,
                key -> new Loop(
                        new Heartbeats(key, config.pingInterval.toMilliseconds(), config.pingTimeout.toMilliseconds()),
                        new SharedFrames(key)));
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
