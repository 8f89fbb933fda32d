package com.tenantlist.live.socketio.engine;

import com.tenantlist.live.socketio.packet.EnginePacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP side of Engine.IO: opening requests, long polling, and the handshake of websockets. One instance a channel, on
 * the channel's event loop; sessions may live on another loop and are reached through it.
 */
final class EngineHttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(EngineHttpHandler.class);

    /** Separates packets in a polling body. */
    private static final char SEPARATOR = '\u001e';

    private static final String TEXT = "text/plain; charset=UTF-8";
    private static final String JSON = "application/json";

    /** An IPv6 address with a zone may be longer, but no proxy sends that. */
    private static final int MAX_ADDRESS = 45;

    private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

    private final Engine engine;
    private final Set<String> proxies;
    private final RequestDeadline deadline;
    private final PostGate gate;
    private boolean answering;
    private @Nullable EngineSession polling;

    EngineHttpHandler(Engine engine, Set<String> proxies, RequestDeadline deadline, PostGate gate) {
        this.engine = engine;
        this.proxies = proxies;
        this.deadline = deadline;
        this.gate = gate;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        deadline.requestComplete();
        if (answering) {
            // A request behind one that waits: pipelining, which no Engine.IO client does.
            context.close();
            return;
        }
        answering = true;
        Exchange exchange = new Exchange(context.channel(), request);
        if (!request.decoderResult().isSuccess()) {
            exchange.refuse(EngineError.BAD_REQUEST);
            return;
        }
        QueryStringDecoder url = new QueryStringDecoder(request.uri());
        String path;
        Map<String, List<String>> query;
        try {
            path = url.path();
            query = url.parameters();
        } catch (IllegalArgumentException e) {
            exchange.refuse(EngineError.BAD_REQUEST);
            return;
        }
        EngineProtocol protocol = engine.protocol(path);
        if (protocol == null) {
            exchange.refuse(EngineError.NOT_FOUND);
        } else if (!engine.origins.allows(exchange.origin)) {
            exchange.refuse(EngineError.FORBIDDEN);
        } else if (request.method().equals(HttpMethod.OPTIONS)) {
            exchange.preflight();
        } else if (!"4".equals(value(query, "EIO"))) {
            exchange.refuse(EngineError.UNSUPPORTED_VERSION);
        } else {
            route(context, request, exchange, protocol, value(query, "transport"), value(query, "sid"));
        }
    }

    /** A parameter's value; that of one given twice is both, which is nothing that anybody knows. */
    static @Nullable String value(Map<String, List<String>> query, String name) {
        List<String> values = query.get(name);
        return values == null ? null : String.join(",", values);
    }

    private void route(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Exchange exchange,
            EngineProtocol protocol,
            @Nullable String transport,
            @Nullable String sid) {
        boolean websocket = "websocket".equals(transport);
        if (!websocket && !"polling".equals(transport)) {
            exchange.refuse(EngineError.TRANSPORT_UNKNOWN);
            return;
        }
        EngineSession session = sid == null ? null : engine.session(sid);
        if (sid != null && session == null) {
            exchange.refuse(EngineError.SESSION_UNKNOWN);
        } else if (websocket) {
            websocket(context, request, exchange, protocol, session);
        } else if (session == null) {
            if (request.method().equals(HttpMethod.GET)) {
                openPolling(context, request, exchange, protocol);
            } else {
                exchange.refuse(EngineError.BAD_HANDSHAKE_METHOD);
            }
        } else if (request.method().equals(HttpMethod.GET)) {
            polling = session;
            session.execute(() -> poll(session, exchange));
        } else if (request.method().equals(HttpMethod.POST)) {
            post(session, request, exchange);
        } else {
            exchange.refuse(EngineError.BAD_REQUEST);
        }
    }

    // ---- polling

    private void openPolling(
            ChannelHandlerContext context, FullHttpRequest request, Exchange exchange, EngineProtocol protocol) {
        EngineSession session = open(context, request, exchange, protocol);
        if (session != null) {
            exchange.answer(
                    HttpResponseStatus.OK,
                    TEXT,
                    engine.openPacket(session.id(), false).getBytes(StandardCharsets.UTF_8));
            session.openedPolling();
        }
    }

    private static void poll(EngineSession session, Exchange exchange) {
        if (session.isClosed()) {
            exchange.refuse(EngineError.SESSION_UNKNOWN);
        } else {
            session.poll(exchange);
        }
    }

    private void post(EngineSession session, FullHttpRequest request, Exchange exchange) {
        List<String> packets;
        try {
            packets = List.of(utf8(request.content()).split(String.valueOf(SEPARATOR), -1));
        } catch (CharacterCodingException e) {
            session.execute(() -> session.malformed("polling body is not UTF-8"));
            exchange.refuse(EngineError.BAD_REQUEST);
            return;
        }
        session.execute(() -> {
            if (session.isClosed()) {
                exchange.refuse(EngineError.SESSION_UNKNOWN);
            } else if (session.post(packets)) {
                exchange.answer(HttpResponseStatus.OK, "text/html", OK);
            } else {
                exchange.refuse(EngineError.BAD_REQUEST);
            }
        });
    }

    private static String utf8(ByteBuf content) throws CharacterCodingException {
        ByteBuffer bytes = content.nioBuffer();
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    }

    // ---- websocket

    private void websocket(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Exchange exchange,
            EngineProtocol protocol,
            @Nullable EngineSession upgraded) {
        if (!request.method().equals(HttpMethod.GET)
                || !request.headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true)) {
            exchange.refuse(EngineError.BAD_REQUEST);
            return;
        }
        int maxPayload = (int) engine.config.maxPayload.toBytes();
        WebSocketServerHandshakerFactory factory = new WebSocketServerHandshakerFactory(
                "",
                null,
                WebSocketDecoderConfig.newBuilder()
                        .maxFramePayloadLength(maxPayload)
                        .allowExtensions(true)
                        .closeOnProtocolViolation(true)
                        .build());
        WebSocketServerHandshaker handshaker = factory.newHandshaker(request);
        if (handshaker == null) {
            WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(context.channel())
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        Channel channel = context.channel();
        EngineSession session = upgraded != null ? upgraded : open(context, request, exchange, protocol);
        if (session == null) {
            return;
        }
        context.pipeline().remove(EnginePipeline.IDLE);
        context.pipeline().remove(EnginePipeline.DEADLINE);
        context.pipeline().remove(EnginePipeline.POST_GATE);
        handshaker.handshake(channel, request).addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
                if (upgraded == null) {
                    session.close("websocket handshake failed");
                }
                return;
            }
            channel.pipeline().addBefore(EnginePipeline.HTTP, null, new WebSocketFrameAggregator(maxPayload));
            channel.pipeline().replace(this, EnginePipeline.HTTP, new EngineWebSocketHandler(session, handshaker));
            if (upgraded == null) {
                session.openedOn(channel);
            } else {
                session.execute(() -> session.offered(channel));
            }
        });
    }

    // ---- sessions

    /** A new session, or null if none may open: then the request is answered. */
    private @Nullable EngineSession open(
            ChannelHandlerContext context, FullHttpRequest request, Exchange exchange, EngineProtocol protocol) {
        HttpHeaders headers = request.headers();
        String address = clientAddress(context.channel(), headers);
        Admission.Reason refusal = engine.admission.tryOpen(address);
        if (refusal != null) {
            engine.metrics.limited(refusal.name());
            exchange.refuse(EngineError.BUSY);
            return null;
        }
        Opening opening = new Opening(
                address,
                Optional.ofNullable(headers.get(HttpHeaderNames.ORIGIN)),
                Optional.ofNullable(headers.get(HttpHeaderNames.AUTHORIZATION)),
                List.copyOf(headers.getAll(HttpHeaderNames.COOKIE)));
        EventLoop loop = context.channel().eventLoop();
        EngineSession session =
                new EngineSession(engine.newSessionId(), loop, engine, address, engine.admission.new Slot(loop));
        session.receiver(protocol.open(session, opening));
        engine.remember(session);
        return session;
    }

    private String clientAddress(Channel channel, HttpHeaders headers) {
        String peer = ((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress();
        if (!proxies.contains(peer)) {
            return peer;
        }
        List<String> forwarded = headers.getAll("X-Forwarded-For");
        if (forwarded.isEmpty()) {
            return peer;
        }
        String last = forwarded.get(forwarded.size() - 1);
        String address = last.substring(last.lastIndexOf(',') + 1).strip();
        return address.isEmpty() || address.length() > MAX_ADDRESS ? peer : address;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        EngineSession session = polling;
        if (answering && session != null) {
            Channel channel = context.channel();
            session.execute(() -> session.pollGone(channel));
        }
        context.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug(
                "connection closed cause=\"{}\" address={}",
                cause.toString(),
                context.channel().remoteAddress());
        context.close();
    }

    /** One request and its answer, which may come later and from another event loop. */
    private final class Exchange implements EngineSession.PollRequest {
        private final Channel channel;
        private final @Nullable String origin;
        private final boolean keepAlive;

        Exchange(Channel channel, FullHttpRequest request) {
            this.channel = channel;
            this.origin = request.headers().get(HttpHeaderNames.ORIGIN);
            this.keepAlive = HttpUtil.isKeepAlive(request);
        }

        @Override
        public Channel channel() {
            return channel;
        }

        @Override
        public void respond(List<EnginePacket> packets) {
            ByteBuf body = channel.alloc().buffer();
            for (int i = 0; i < packets.size(); i++) {
                if (i > 0) {
                    body.writeByte(SEPARATOR);
                }
                packets.get(i).writeTo(body);
            }
            write(response(HttpResponseStatus.OK, TEXT, body), keepAlive);
        }

        @Override
        public void refuse(EngineError error) {
            engine.metrics.refusedRequest(error);
            // The body of a refused request may still be under way: the connection is of no further use.
            FullHttpResponse response = response(
                    HttpResponseStatus.valueOf(error.status),
                    JSON,
                    Unpooled.wrappedBuffer(error.json().getBytes(StandardCharsets.UTF_8)));
            if (error == EngineError.BUSY) {
                response.headers().set(HttpHeaderNames.RETRY_AFTER, Admission.retryAfterSeconds());
            }
            write(response, false);
        }

        void answer(HttpResponseStatus status, String type, byte[] body) {
            write(response(status, type, Unpooled.wrappedBuffer(body)), keepAlive);
        }

        void preflight() {
            FullHttpResponse response = response(HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
            response.headers()
                    .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,OPTIONS")
                    .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, engine.origins.requestHeaders())
                    .set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
            write(response, keepAlive);
        }

        private FullHttpResponse response(HttpResponseStatus status, String type, ByteBuf body) {
            FullHttpResponse response = response(status, body);
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, type).set(HttpHeaderNames.CACHE_CONTROL, "no-store");
            return response;
        }

        private FullHttpResponse response(HttpResponseStatus status, ByteBuf body) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
            if (engine.origins.any()) {
                response.headers().set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            } else if (origin != null && engine.origins.allows(origin)) {
                response.headers()
                        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                        .set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true")
                        .set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, engine.origins.responseHeaders())
                        .set(HttpHeaderNames.VARY, "Origin");
            }
            HttpUtil.setContentLength(response, body.readableBytes());
            return response;
        }

        private void write(FullHttpResponse response, boolean keep) {
            HttpUtil.setKeepAlive(response, keep);
            channel.eventLoop().execute(() -> {
                answering = false;
                polling = null;
                gate.answered();
                if (keep) {
                    channel.writeAndFlush(response, channel.voidPromise());
                } else {
                    channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
                }
            });
        }
    }
}
