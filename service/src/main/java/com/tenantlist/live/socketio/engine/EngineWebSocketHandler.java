package com.tenantlist.live.socketio.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Messages of one websocket, handed to its session on the session's event loop. */
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
        if (frame.rsv() != 0) {
            // Compressed, though compression was not agreed on.
            malformed(channel, "reserved bits", WebSocketCloseStatus.PROTOCOL_ERROR);
        } else if (frame instanceof TextWebSocketFrame text) {
            try {
                String packet = text(text.content());
                session.run(() -> session.frame(channel, packet));
            } catch (CharacterCodingException e) {
                malformed(channel, "text is not UTF-8", WebSocketCloseStatus.INVALID_PAYLOAD_DATA);
            }
        } else if (frame instanceof BinaryWebSocketFrame binary) {
            byte[] message = ByteBufUtil.getBytes(binary.content());
            session.run(() -> session.frame(channel, message));
        } else if (frame instanceof PingWebSocketFrame) {
            // A client that pings and does not read the answers gets none.
            if (channel.isWritable()) {
                channel.writeAndFlush(new PongWebSocketFrame(frame.content().retain()), channel.voidPromise());
            }
        } else if (frame instanceof CloseWebSocketFrame close) {
            handshaker.close(channel, close.retain());
        } else if (!(frame instanceof PongWebSocketFrame)) {
            malformed(channel, "a fragment of nothing", WebSocketCloseStatus.PROTOCOL_ERROR);
        }
    }

    private static String text(ByteBuf content) throws CharacterCodingException {
        if (content.readableBytes() == 1 && content.getByte(content.readerIndex()) == '3') {
            // A pong: all that an idle client sends.
            return "3";
        }
        return StandardCharsets.UTF_8.newDecoder().decode(content.nioBuffer()).toString();
    }

    /** Ends the session if this is its websocket, else only the websocket. */
    private void malformed(Channel channel, String what, WebSocketCloseStatus status) {
        session.run(() -> session.malformed(channel, what, status));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            session.run(session::websocketWritable);
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Channel channel = context.channel();
        session.run(() -> session.websocketGone(channel));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof TooLongFrameException || cause instanceof DecompressionException) {
            session.engine().metrics.limited("maxPayload");
            malformed(context.channel(), "a message over the limit", WebSocketCloseStatus.MESSAGE_TOO_BIG);
            return;
        }
        log.debug(
                "websocket closed cause=\"{}\" address={}",
                cause.toString(),
                context.channel().remoteAddress());
        context.close();
    }
}
