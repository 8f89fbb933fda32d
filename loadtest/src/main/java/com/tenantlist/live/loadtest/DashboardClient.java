package com.tenantlist.live.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A dashboard on a raw websocket, and the check that what it gets comes once, in order, and is its owner's. Frames are handled by an
 * event loop; waiting is for any other thread.
 */
final class DashboardClient {
    private static final int MAX_FRAME_BYTES = 16 * 1024 * 1024;
    private static final int DEFAULT_RETRY_SECONDS = 1;

    /**
     * What a dashboard does besides connecting.
     *
     * @param asksForState it sends {@code request:current-state}, and checks the events that follow
     * @param comesBack when it is refused, or the line breaks before it is in, it tries again after 503's {@code Retry-After}, or 1 s,
     *     times 0.5 to 1.5
     */
    record Manner(boolean asksForState, boolean comesBack) {}

    private final Bootstrap bootstrap;
    private final URI uri;
    private final @Nullable SocketAddress source;
    private final UUID userId;
    private final byte[] owner;
    private final String token;
    private final Manner manner;
    private final Commits commits;
    private final Order order = new Order();
    private long began;
    private long connected;
    private boolean hasState;
    private long mark;
    private long kpis;
    private long refusals;
    private boolean over;
    private boolean closing;
    private String fault = "closed by the server";
    private @Nullable Channel channel;

    DashboardClient(
            Bootstrap bootstrap,
            URI server,
            @Nullable SocketAddress source,
            UUID userId,
            String token,
            Manner manner,
            Commits commits) {
        this.bootstrap = bootstrap;
        this.uri = server.resolve("/socket.io/?EIO=4&transport=websocket");
        this.source = source;
        this.userId = userId;
        this.owner = Frame.owner(userId);
        this.token = token;
        this.manner = manner;
        this.commits = commits;
    }

    /** Starts connecting; the clock starts. */
    synchronized void connect() {
        began = System.nanoTime();
        attempt();
    }

    private void attempt() {
        bootstrap
                .clone()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel opened) {
                        opened.pipeline()
                                .addLast(new HttpClientCodec())
                                .addLast(new HttpObjectAggregator(MAX_FRAME_BYTES))
                                .addLast(new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                                        .webSocketUri(uri)
                                        .generateOriginHeader(false)
                                        .maxFramePayloadLength(MAX_FRAME_BYTES)
                                        .build()))
                                .addLast(new Frames());
                    }
                })
                .connect(new InetSocketAddress(uri.getHost(), uri.getPort()), source)
                .addListener((ChannelFutureListener) attempted -> {
                    if (!attempted.isSuccess()) {
                        ended(
                                attempted.channel().eventLoop(),
                                String.valueOf(attempted.cause()),
                                DEFAULT_RETRY_SECONDS);
                    }
                });
    }

    private synchronized void ended(EventLoop loop, String why, int retrySeconds) {
        if (manner.comesBack() && connected == 0 && !closing) {
            refusals++;
            long millis = (long)
                    (retrySeconds * 1000L * (0.5 + ThreadLocalRandom.current().nextDouble()));
            loop.schedule(this::attempt, millis, TimeUnit.MILLISECONDS);
            return;
        }
        if (!over) {
            fault = why;
            over = true;
        }
        notifyAll();
    }

    /** What comes by one connection. */
    private final class Frames extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private String why = "closed by the server";
        private int retrySeconds = DEFAULT_RETRY_SECONDS;

        @Override
        protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
            ByteBuf content = frame.content();
            byte type = content.readableBytes() == 0 ? 0 : content.getByte(content.readerIndex());
            if (type == '0') {
                send(context, "40/dashboard,{\"token\":\"" + token + "\"}");
            } else if (type == '2') {
                send(context, "3");
            } else if (type == '4') {
                byte[] text = ByteBufUtil.getBytes(content);
                String head = new String(text, 0, Math.min(text.length, 16), StandardCharsets.US_ASCII);
                if (head.startsWith(Frame.PREFIX)) {
                    received(Frame.read(text, owner));
                } else if (head.startsWith("40/dashboard")) {
                    in(context);
                } else {
                    why = new String(text, StandardCharsets.UTF_8);
                    context.close();
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            why = cause.toString();
            if (cause instanceof WebSocketClientHandshakeException refused) {
                HttpResponse response = refused.response();
                if (response != null) {
                    why = "refused by " + response.status();
                    retrySeconds = response.headers().getInt(HttpHeaderNames.RETRY_AFTER, DEFAULT_RETRY_SECONDS);
                }
            }
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ended(context.channel().eventLoop(), why, retrySeconds);
        }
    }

    private static void send(ChannelHandlerContext context, String text) {
        context.writeAndFlush(new TextWebSocketFrame(text));
    }

    private synchronized void in(ChannelHandlerContext context) {
        connected = System.nanoTime();
        channel = context.channel();
        if (closing) {
            context.close();
        } else if (manner.asksForState()) {
            send(context, Frame.PREFIX + "request:current-state\"]");
        }
        notifyAll();
    }

    private synchronized void received(Frame frame) {
        if (!frame.own()) {
            order.foreign();
        }
        String event = frame.event();
        if (event.equals("reconnected")) {
            // A peer's state has no revision: what counts there are our own numbers, from 1.
            order.state(Math.max(0, frame.revision()));
            hasState = true;
            if (commits.isByRevision()) {
                mark = Math.max(mark, frame.revision());
            }
        } else if (event.equals("kpi:update")) {
            kpis++;
            if (frame.revision() >= 0) {
                order.repeated(frame.revision());
            }
        } else if (hasState && (event.startsWith("business:") || event.startsWith("metrics:"))) {
            order.event(frame.revision() >= 0 ? frame.revision() : frame.sequence());
            commits.arrived(userId, frame);
            mark = Math.max(mark, commits.markOf(frame));
        } else {
            return;
        }
        notifyAll();
    }

    /** Waits until it is in, and has its state if it asks for it; false if it closed, or the time is over. */
    synchronized boolean awaitReady(long until) throws InterruptedException {
        return await(() -> connected > 0 && (hasState || !manner.asksForState()), until);
    }

    /** Waits until the dashboard has a change of that mark or a later one; false if it closed, or the time is over. */
    synchronized boolean awaitMark(long wanted, long until) throws InterruptedException {
        return await(() -> mark >= wanted, until);
    }

    /** Waits until the dashboard has had so many {@code kpi:update}; returns how many it lacks when it closed or the time is over. */
    synchronized long awaitKpis(long wanted, long until) throws InterruptedException {
        return await(() -> kpis >= wanted, until) ? 0 : wanted - kpis;
    }

    private synchronized boolean await(BooleanSupplier what, long until) throws InterruptedException {
        while (!what.getAsBoolean()) {
            long millis = (until - System.nanoTime()) / 1_000_000;
            if (over || millis <= 0) {
                return false;
            }
            wait(millis);
        }
        return true;
    }

    /** Closes it by our side: that is no fault. */
    synchronized void close() {
        closing = true;
        if (channel != null) {
            channel.close();
        }
    }

    /** Whether the server or the line ended it, or it never got in. */
    synchronized boolean isOver() {
        return over && !closing;
    }

    synchronized String fault() {
        return fault;
    }

    UUID userId() {
        return userId;
    }

    /** When connecting began, by {@link System#nanoTime()}. */
    synchronized long began() {
        return began;
    }

    /** When the namespace let it in; 0: not yet. */
    synchronized long connected() {
        return connected;
    }

    /** How often it was refused before it was in. */
    synchronized long refusals() {
        return refusals;
    }

    synchronized long kpis() {
        return kpis;
    }

    synchronized Faults faults() {
        return order.faults();
    }
}
