package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.DisconnectableHub;
import com.corundumstudio.socketio.ack.AckManager;
import com.corundumstudio.socketio.handler.ClientsBox;
import com.corundumstudio.socketio.scheduler.CancelableScheduler;
import com.corundumstudio.socketio.scheduler.HashedWheelTimeoutScheduler;
import com.corundumstudio.socketio.store.MemoryStoreFactory;
import com.corundumstudio.socketio.store.StoreFactory;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What all sessions of a server share. */
final class Engine {
    /** 160 bits: a session id is a bearer secret. */
    private static final int SESSION_ID_BYTES = 20;

    final SocketServerConfiguration config;
    final OriginPolicy origins;
    final SocketMetrics metrics;
    final Map<String, SocketConnection.Target> namespaces = new ConcurrentHashMap<>();
    final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    // What netty-socketio's ClientHead wants of its server.
    final Configuration configuration = new Configuration();
    final CancelableScheduler scheduler = new HashedWheelTimeoutScheduler();
    final AckManager ackManager = new AckManager(scheduler);
    final StoreFactory storeFactory = new MemoryStoreFactory();
    final ClientsBox clientsBox = new ClientsBox();
    final DisconnectableHub disconnects = ackManager::onDisconnect;

    Engine(SocketServerConfiguration config, OriginPolicy origins, SocketMetrics metrics) {
        this.config = config;
        this.origins = origins;
        this.metrics = metrics;
    }

    String newSessionId() {
        byte[] bytes = new byte[SESSION_ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The first packet of a session. */
    String openPacket(EngineSession session, boolean websocket) {
        return "0{\"sid\":\"" + session.id() + "\",\"upgrades\":" + (websocket ? "[]" : "[\"websocket\"]")
                + ",\"pingInterval\":" + config.pingInterval.toMilliseconds()
                + ",\"pingTimeout\":" + config.pingTimeout.toMilliseconds()
                + ",\"maxPayload\":" + config.maxPayload.toBytes() + "}";
    }
}
