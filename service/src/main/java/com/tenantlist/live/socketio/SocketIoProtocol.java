package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.DisconnectableHub;
import com.corundumstudio.socketio.ack.AckManager;
import com.corundumstudio.socketio.handler.ClientsBox;
import com.corundumstudio.socketio.scheduler.CancelableScheduler;
import com.corundumstudio.socketio.scheduler.HashedWheelTimeoutScheduler;
import com.corundumstudio.socketio.store.MemoryStoreFactory;
import com.corundumstudio.socketio.store.StoreFactory;
import com.tenantlist.live.socketio.engine.EngineProtocol;
import com.tenantlist.live.socketio.engine.EngineSession;
import com.tenantlist.live.socketio.engine.Opening;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Socket.IO on top of Engine.IO: the namespaces, and what netty-socketio's {@code ClientHead} wants of its server. */
final class SocketIoProtocol implements EngineProtocol {
    final Map<String, SocketConnection.Target> namespaces = new ConcurrentHashMap<>();

    final SocketMetrics metrics;
    final Configuration configuration = new Configuration();
    final CancelableScheduler scheduler = new HashedWheelTimeoutScheduler();
    final AckManager ackManager = new AckManager(scheduler);
    final StoreFactory storeFactory = new MemoryStoreFactory();
    final ClientsBox clientsBox = new ClientsBox();
    final DisconnectableHub disconnects = ackManager::onDisconnect;

    SocketIoProtocol(SocketMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public Receiver open(EngineSession session, Opening opening) {
        return new SocketClient(this, session, opening);
    }
}
