package com.tenantlist.live.socketio;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Frames of one websocket, handed to its session on the session's event loop. */
final class EngineWebSocketHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
    private static final Logger log = LoggerFactory.getLogger(EngineWebSocketHandler.class);

    private final EngineSession session;
    private final WebSocketServerHandshaker handshaker;

    EngineWebSocketHandler(EngineSession session, WebSocketServerHandshaker handshaker) {
        this.session = session;
        this.handshaker = handshaker;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        Channel channel = context.channel();
        if (frame instanceof TextWebSocketFrame text) {
            String packet = text.text();
            onLoop(() -> session.frame(channel, packet));
        } else if (frame instanceof PingWebSocketFrame) {
            channel.writeAndFlush(new PongWebSocketFrame(frame.content().retain()), channel.voidPromise());
        } else if (frame instanceof CloseWebSocketFrame close) {
            handshaker.close(channel, close.retain());
        } else if (!(frame instanceof PongWebSocketFrame)) {
            onLoop(() -> session.malformed("binary frame"));
        }
    }

    private void onLoop(Runnable task) {
        if (session.loop().inEventLoop()) {
            task.run();
        } else {
            session.loop().execute(task);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            onLoop(session::websocketWritable);
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Channel channel = context.channel();
        onLoop(() -> session.websocketGone(channel));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug(
                "websocket closed cause=\"{}\" address={}",
                cause.toString(),
                context.channel().remoteAddress());
        context.close();
    }
}
