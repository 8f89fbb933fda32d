package com.tenantlist.live.socketio.engine;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOChannelInitializer;
import com.corundumstudio.socketio.namespace.NamespacesHub;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The wire half: what netty-socketio's server puts on each channel instead of its own handlers. */
final class EnginePipeline extends SocketIOChannelInitializer {
    static final String IDLE = "idle";
    static final String DEADLINE = "requestDeadline";
    static final String POST_GATE = "postGate";
    static final String HTTP = "engineHttp";

    /** Writes between two reads become one system call, up to this many. */
    private static final int WRITES_PER_FLUSH = 256;

    private final Engine engine;
    private final Set<String> proxies;
    private final CountByAddress connections = new CountByAddress();

    EnginePipeline(Engine engine) {
        this.engine = engine;
        this.proxies = engine.config.proxies();
    }

    @Override
    public void start(Configuration configuration, NamespacesHub namespaces) {
        // The engine is ready; none of the library's handlers is made.
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!admit(channel)) {
            engine.metrics.limited("CONNECTIONS_PER_ADDRESS");
            channel.close();
            return;
        }
        int maxPayload = (int) engine.config.maxPayload.toBytes();
        RequestDeadline deadline = new RequestDeadline(engine);
        PostGate gate = new PostGate(engine);
        channel.pipeline()
                .addLast(IDLE, new IdleStateHandler(0, 0, idleMillis(), TimeUnit.MILLISECONDS))
                .addLast(new FlushConsolidationHandler(WRITES_PER_FLUSH, true))
                .addLast(DEADLINE, deadline)
                .addLast(new HttpServerCodec())
                .addLast(POST_GATE, gate)
                .addLast(new HttpObjectAggregator(maxPayload, true));
        if (engine.config.compressFrom.toBytes() > 0) {
            channel.pipeline()
                    .addLast(new WebSocketServerExtensionHandler(new MessageCompression(channel, maxPayload)));
        }
        channel.pipeline().addLast(HTTP, new EngineHttpHandler(engine, proxies, deadline, gate));
    }

    private long idleMillis() {
        long heartbeat = engine.config.pingInterval.toMilliseconds() + engine.config.pingTimeout.toMilliseconds();
        return Math.max(engine.config.idleTimeout.toMilliseconds(), heartbeat);
    }

    private boolean admit(Channel channel) {
        String address =
                ((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress();
        if (proxies.contains(address)) {
            return true;
        }
        int count = connections.add(address);
        channel.closeFuture().addListener(closed -> connections.remove(address));
        return count <= engine.config.maxConnectionsPerAddress;
    }
}
