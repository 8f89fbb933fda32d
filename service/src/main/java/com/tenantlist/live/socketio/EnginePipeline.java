package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOChannelInitializer;
import com.corundumstudio.socketio.namespace.NamespacesHub;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;

/** The wire half: what netty-socketio's server puts on each channel instead of its own handlers. */
final class EnginePipeline extends SocketIOChannelInitializer {
    static final String IDLE = "idle";
    static final String HTTP = "engineHttp";

    /** Writes between two reads become one system call, up to this many. */
    private static final int WRITES_PER_FLUSH = 256;

    private final Engine engine;

    EnginePipeline(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void start(Configuration configuration, NamespacesHub namespaces) {
        // The engine is ready; none of the library's handlers is made.
    }

    @Override
    protected void initChannel(Channel channel) {
        long idleMillis = engine.config.pingInterval.toMilliseconds() + engine.config.pingTimeout.toMilliseconds();
        channel.pipeline()
                .addLast(IDLE, new IdleStateHandler(0, 0, idleMillis, TimeUnit.MILLISECONDS))
                .addLast(new FlushConsolidationHandler(WRITES_PER_FLUSH, true))
                .addLast(new HttpServerCodec())
                .addLast(new HttpObjectAggregator((int) engine.config.maxPayload.toBytes(), true))
                .addLast(HTTP, new EngineHttpHandler(engine));
    }
}
