package com.tenantlist.live.socketio.engine;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Sees POSTs when their headers come, before their bodies are collected: a session has one at a time, and two at once close
 * it, as in the reference server.
 */
final class PostGate extends ChannelInboundHandlerAdapter {
    private final Engine engine;
    private @Nullable EngineSession posting;

    PostGate(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && request.method().equals(HttpMethod.POST)) {
            EngineSession session = session(request.uri());
            if (session != null && session.beginPost()) {
                posting = session;
            } else if (session != null) {
                // This one is answered as any to a session that is gone.
                session.close("two posts at once");
            }
        }
        context.fireChannelRead(message);
    }

    private @Nullable EngineSession session(String uri) {
        try {
            String id = EngineHttpHandler.value(new QueryStringDecoder(uri).parameters(), "sid");
            return id == null ? null : engine.session(id);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The POST, if there was one, is about to be answered. On the channel's event loop. */
    void answered() {
        if (posting != null) {
            posting.endPost();
            posting = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        answered();
        context.fireChannelInactive();
    }
}
