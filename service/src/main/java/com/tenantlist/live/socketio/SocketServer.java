package com.tenantlist.live.socketio;

import com.codahale.metrics.MetricRegistry;
import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketConfig;
import com.corundumstudio.socketio.SocketIOChannelInitializer;
import com.corundumstudio.socketio.SocketIOServer;
import com.corundumstudio.socketio.namespace.Namespace;
import com.corundumstudio.socketio.scheduler.CancelableScheduler;
import com.tenantlist.live.socketio.engine.Engine;
import com.tenantlist.live.socketio.engine.OriginPolicy;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import io.dropwizard.lifecycle.Managed;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Socket.IO server. Add namespaces, then {@link #start()}; {@link #stop()} closes every session. It can be started once.
 */
public final class SocketServer implements Managed {
    private static final String PATH = "/socket.io/";

    /** How long stopping may take, in seconds. */
    private static final int STOP_SECONDS = 3;

    private final Engine engine;
    private final SocketIoProtocol socketIo;
    private final Server server;

    public SocketServer(SocketServerConfiguration config, OriginPolicy origins, MetricRegistry metrics) {
        this.engine = new Engine(config, origins, metrics);
        this.socketIo = new SocketIoProtocol(new SocketMetrics(metrics));
        this.server = new Server(settings(config), config);
        engine.serve(PATH, socketIo);
        SocketIOChannelInitializer pipeline = engine.pipeline();
        endTimer(part(SocketIOServer.class, "pipelineFactory", server));
        endTimer(pipeline);
        server.setPipelineFactory(pipeline);
    }

    /**
     * The library makes a timer with every initializer, its own one that we replace included, and offers no way to end
     * one that was not started: without this, Netty reports it as a leak.
     */
    private static void endTimer(Object initializer) {
        ((CancelableScheduler) part(SocketIOChannelInitializer.class, "scheduler", initializer)).shutdown();
    }

    private static Object part(Class<?> type, String name, Object owner) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("netty-socketio is not the version this was written for", e);
        }
    }

    private static Configuration settings(SocketServerConfiguration config) {
        Configuration settings = new Configuration();
        settings.setHostname(config.host);
        settings.setPort(config.port);
        settings.setBossThreads(1);
        settings.setWorkerThreads(
                config.threads > 0 ? config.threads : Runtime.getRuntime().availableProcessors());
        settings.setUseLinuxNativeEpoll(Epoll.isAvailable());
        SocketConfig socket = new SocketConfig();
        socket.setReuseAddress(true);
        socket.setTcpKeepAlive(true);
        socket.setAcceptBackLog(4096);
        settings.setSocketConfig(socket);
        return settings;
    }

    /** Opens a namespace, for example {@code /dashboard}. Clients that ask for any other are refused. */
    public SocketServer addNamespace(String name, NamespaceHandler handler) {
        Namespace namespace = (Namespace) server.addNamespace(name);
        socketIo.namespaces.put(name, new SocketConnection.Target(namespace, handler));
        return this;
    }

    /** What is below Socket.IO. */
    Engine engine() {
        return engine;
    }

    /** @throws IOException if the address cannot be bound; the message names it */
    @Override
    public void start() throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            server.stop();
            throw new IOException(
                    "cannot listen on " + engine.config().host + ":" + engine.config().port + ": " + e.getMessage(), e);
        }
    }

    /** The port it listens on, or -1 before it started and after it stopped. */
    public int port() {
        Channel channel = server.listening;
        return channel != null && channel.isActive() ? ((InetSocketAddress) channel.localAddress()).getPort() : -1;
    }

    /** Sessions on either transport, with or without a namespace. */
    public int sessions() {
        return engine.sessionCount();
    }

    /** Opens no more sessions: whoever asks is told to come back, by then to another node. Those that are open live on. */
    public void drain() {
        engine.drain();
    }

    @Override
    public void stop() {
        engine.closeAll("server stopped");
        server.stop();
        socketIo.scheduler.shutdown();
    }

    /** netty-socketio's server, with event loops that stop when they are told to. */
    private static final class Server extends SocketIOServer {
        private final SocketServerConfiguration config;
        private volatile @Nullable Channel listening;
        private @Nullable EventLoopGroup acceptor;
        private @Nullable EventLoopGroup workers;

        Server(Configuration settings, SocketServerConfiguration config) {
            super(settings);
            this.config = config;
        }

        @Override
        protected void applyConnectionOptions(ServerBootstrap bootstrap) {
            super.applyConnectionOptions(bootstrap);
            int high = (int) config.sendBuffer.toBytes();
            bootstrap.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 2, high));
            bootstrap.handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void handlerAdded(ChannelHandlerContext context) {
                    listening = context.channel();
                }
            });
            acceptor = bootstrap.config().group();
            workers = bootstrap.config().childGroup();
        }

        @Override
        public void stop() {
            Channel channel = listening;
            if (channel != null) {
                channel.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
            }
            shutDown(acceptor);
            shutDown(workers);
        }

        private static void shutDown(@Nullable EventLoopGroup group) {
            if (group != null) {
                group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
            }
        }
    }
}
