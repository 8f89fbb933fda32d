package com.tenantlist.live.loadtest;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A Socket.IO server that lets everybody in, answers {@code request:current-state}, and then says what it is told to. */
final class FakeServer implements AutoCloseable {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Set<String> sources = new ConcurrentSkipListSet<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger refusals;
    private final List<String> events;
    private final Channel listening;

    /**
     * Starts on a free port.
     *
     * @param refused so many connections are answered by 503 first
     * @param events after the state of revision 4, each event's name and payload as JSON
     */
    FakeServer(int refused, String... events) throws InterruptedException {
        this.refusals = new AtomicInteger(refused);
        this.events = List.of(events);
        this.listening = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        sources.add(((InetSocketAddress) channel.remoteAddress())
                                .getAddress()
                                .getHostAddress());
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(65_536))
                                .addLast(new Refusing())
                                .addLast(new WebSocketServerProtocolHandler(
                                        "/socket.io/", null, false, 65_536, false, true))
                                .addLast(new Answering());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    String url() {
        return "http://127.0.0.1:" + ((InetSocketAddress) listening.localAddress()).getPort();
    }

    Target target() {
        URI url = URI.create(url());
        return new Target(
                "fake",
                url,
                List.of(URI.create("ws://127.0.0.1:" + url.getPort())),
                "",
                DashboardClientTest.SECRET,
                By.SQL,
                List.of());
    }

    int connections() {
        return connections.get();
    }

    Set<String> sources() {
        return sources;
    }

    private final class Refusing extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            if (refusals.getAndDecrement() > 0) {
                DefaultFullHttpResponse refusal = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SERVICE_UNAVAILABLE, Unpooled.EMPTY_BUFFER);
                refusal.headers().set(HttpHeaderNames.RETRY_AFTER, 0).set(HttpHeaderNames.CONTENT_LENGTH, 0);
                context.writeAndFlush(refusal);
            } else {
                context.fireChannelRead(ReferenceCountUtil.retain(request));
            }
        }
    }

    private final class Answering extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
                send(context, "0{\"sid\":\"s\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000}");
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
            if (frame.text().startsWith("40/dashboard,")) {
                send(context, "40/dashboard,{\"sid\":\"s\"}");
            } else if (frame.text().contains("request:current-state")) {
                send(context, "42/dashboard,[\"reconnected\",{\"recovered\":false,\"revision\":4}]");
                events.forEach(event -> send(context, "42/dashboard,[" + event + "]"));
            }
        }
    }

    private static void send(ChannelHandlerContext context, String text) {
        context.writeAndFlush(new TextWebSocketFrame(text));
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
