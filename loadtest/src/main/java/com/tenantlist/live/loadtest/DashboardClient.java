package com.tenantlist.live.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A dashboard on a raw websocket, and the check that its revisions come once and in order. */
final class DashboardClient extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    private static final String PREFIX = "42/dashboard,[\"";
    private static final byte[] REVISION = "\"revision\":".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_FRAME = 16 * 1024 * 1024;
    private static final long STATE_TIMEOUT_SECONDS = 30;

    private final UUID userId;
    private final String token;
    private final Commits commits;
    private long revision = -1;
    private long lost;
    private long duplicates;
    private long outOfOrder;
    private boolean closed;
    private String fault = "closed by the server";

    private DashboardClient(UUID userId, String token, Commits commits) {
        this.userId = userId;
        this.token = token;
        this.commits = commits;
    }

    /** Starts connecting; {@link #awaitState()} waits for it. */
    static DashboardClient connect(EventLoopGroup loops, URI server, UUID userId, String token, Commits commits) {
        DashboardClient client = new DashboardClient(userId, token, commits);
        URI uri = server.resolve("/socket.io/?EIO=4&transport=websocket");
        new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpClientCodec())
                                .addLast(new HttpObjectAggregator(MAX_FRAME))
                                .addLast(new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                                        .webSocketUri(uri)
                                        .generateOriginHeader(false)
                                        .maxFramePayloadLength(MAX_FRAME)
                                        .build()))
                                .addLast(client);
                    }
                })
                .connect(uri.getHost(), uri.getPort());
        return client;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
        ByteBuf content = frame.content();
        byte type = content.getByte(content.readerIndex());
        if (type == '0') {
            send(context, "40/dashboard,{\"token\":\"" + token + "\"}");
        } else if (type == '2') {
            send(context, "3");
        } else if (type == '4') {
            String head = content.toString(
                    content.readerIndex(), Math.min(content.readableBytes(), 40), StandardCharsets.US_ASCII);
            if (head.startsWith("40/dashboard")) {
                send(context, PREFIX + "request:current-state\"]");
            } else if (head.startsWith(PREFIX)) {
                received(head.substring(PREFIX.length()), revisionIn(content));
            }
        }
    }

    private static void send(ChannelHandlerContext context, String text) {
        context.writeAndFlush(new TextWebSocketFrame(text));
    }

    private synchronized void received(String event, long newRevision) {
        if (event.startsWith("reconnected")) {
            revision = newRevision;
            notifyAll();
        } else if (event.startsWith("kpi:update")) {
            if (newRevision < revision) {
                outOfOrder++;
            }
        } else if (revision >= 0) {
            commits.arrived(userId, newRevision);
            if (newRevision <= revision) {
                duplicates++;
            } else {
                lost += newRevision - revision - 1;
                revision = newRevision;
            }
            notifyAll();
        }
    }

    /** The number after the last {@code "revision":}. */
    private static long revisionIn(ByteBuf content) {
        int end = content.writerIndex();
        for (int at = end - REVISION.length; at >= content.readerIndex(); at--) {
            int matched = 0;
            while (matched < REVISION.length && content.getByte(at + matched) == REVISION[matched]) {
                matched++;
            }
            if (matched == REVISION.length) {
                long number = 0;
                for (int digit = at + matched; digit < end && Character.isDigit(content.getByte(digit)); digit++) {
                    number = number * 10 + content.getByte(digit) - '0';
                }
                return number;
            }
        }
        return -1;
    }

    @Override
    public synchronized void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fault = cause.toString();
        context.close();
    }

    @Override
    public synchronized void channelInactive(ChannelHandlerContext context) {
        closed = true;
        notifyAll();
    }

    /** Waits for the first state. */
    synchronized void awaitState() throws InterruptedException {
        if (!awaitRevision(0, System.nanoTime() + STATE_TIMEOUT_SECONDS * 1_000_000_000L)) {
            throw new IllegalStateException("a dashboard got no state: " + fault);
        }
    }

    /** Waits until the dashboard has that revision; false if it closed, or it is later than {@code until}. */
    synchronized boolean awaitRevision(long wanted, long until) throws InterruptedException {
        while (revision < wanted) {
            long millis = (until - System.nanoTime()) / 1_000_000;
            if (closed || millis <= 0) {
                return false;
            }
            wait(millis);
        }
        return true;
    }

    UUID userId() {
        return userId;
    }

    synchronized long lost() {
        return lost;
    }

    synchronized long duplicates() {
        return duplicates;
    }

    synchronized long outOfOrder() {
        return outOfOrder;
    }
}
