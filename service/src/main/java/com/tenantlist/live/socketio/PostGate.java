package com.tenantlist.live.socketio;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sees POSTs when their headers come, before their bodies are collected: a session has one at a time, and two at once close
 * it, as in the reference server.
 */
final class PostGate extends ChannelInboundHandlerAdapter {
    private final Engine engine;
    private @Nullable EngineSession posting;
    private boolean refused;

    PostGate(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpRequest request && request.method().equals(HttpMethod.POST)) {
            EngineSession session = session(request.uri());
            if (session != null) {
                if (!session.beginPost()) {
                    refused = true;
                    ReferenceCountUtil.release(message);
                    session.close("two posts at once");
                    FullHttpResponse response =
                            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST);
                    HttpUtil.setContentLength(response, 0);
                    context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
                    return;
                }
                posting = session;
            }
        }
        context.fireChannelRead(message);
    }

    private @Nullable EngineSession session(String uri) {
        try {
            List<String> ids = new QueryStringDecoder(uri).parameters().get("sid");
            return ids == null || ids.size() != 1 ? null : engine.session(ids.get(0));
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
