package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.HandshakeData;
import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.handler.ClientHead;
import com.corundumstudio.socketio.protocol.Packet;
import com.corundumstudio.socketio.protocol.PacketType;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Engine.IO session: a client, over whichever transport it has at the moment. It is netty-socketio's
 * {@link ClientHead}, so that the library's namespaces, rooms and acknowledgements work on it; nothing of the library's
 * own transports is used.
 *
 * <p>Everything but {@link #send(Packet)}, {@link #isWritable()} and {@link #close(String)} is called on {@link #loop()}.
 */
final class EngineSession extends ClientHead {
    private static final Logger log = LoggerFactory.getLogger(EngineSession.class);

    /** A packet waiting for the next poll. */
    private static final byte[] PING = {'2'};

    private static final byte[] NOOP = {'6'};
    private static final byte[] CLOSE = {'1'};

    /** How long a close frame may take to be written. */
    private static final int GOODBYE_SECONDS = 1;

    private final String id;
    private final EventLoop loop;
    private final Engine engine;
    private final Handshake opening;
    private final Map<String, SocketConnection> connections = new HashMap<>(2);

    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private volatile int waitingBytes;
    private @Nullable PollRequest poll;
    private boolean posting;
    private volatile @Nullable Channel websocket;
    private @Nullable Channel probing;

    private @Nullable Future<?> heartbeat;
    private @Nullable Future<?> connectTimeout;
    private volatile boolean closed;

    EngineSession(
            String id, EventLoop loop, Engine engine, Handshake opening, HandshakeData data, Transport transport) {
        super(
                UUID.randomUUID(),
                engine.ackManager,
                engine.disconnects,
                engine.storeFactory,
                data,
                engine.clientsBox,
                transport,
                engine.scheduler,
                engine.configuration,
                Map.of("EIO", List.of("4")));
        this.id = id;
        this.loop = loop;
        this.engine = engine;
        this.opening = opening;
    }

    /** The transport's secret id. */
    String id() {
        return id;
    }

    EventLoop loop() {
        return loop;
    }

    Handshake opening() {
        return opening;
    }

    boolean isClosed() {
        return closed;
    }

    /** Starts the heartbeat and the time within which the client must connect to a namespace. */
    void opened() {
        schedulePing();
        awaitNamespace();
    }

    private void awaitNamespace() {
        cancel(connectTimeout);
        connectTimeout = loop.schedule(
                () -> {
                    if (connections.values().stream().noneMatch(SocketConnection::isAccepted)) {
                        close("connect timeout");
                    }
                },
                engine.config.connectTimeout.toMilliseconds(),
                TimeUnit.MILLISECONDS);
    }

    // ---- out

    /** Sends one Engine.IO packet over the transport of the moment. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop writes it
    void write(byte[] packet) {
        if (closed) {
            return;
        }
        Channel channel = websocket;
        if (channel != null) {
            channel.writeAndFlush(new TextWebSocketFrame(Unpooled.wrappedBuffer(packet)), channel.voidPromise());
            return;
        }
        waiting.add(packet);
        waitingBytes += packet.length;
        flushPoll();
    }

    private void flushPoll() {
        PollRequest request = poll;
        if (request == null || waiting.isEmpty()) {
            return;
        }
        poll = null;
        List<byte[]> packets = new ArrayList<>(waiting);
        waiting.clear();
        waitingBytes = 0;
        request.respond(packets);
        connections.values().forEach(SocketConnection::writable);
    }

    @Override
    public boolean isWritable() {
        Channel channel = websocket;
        return !closed && (channel != null ? channel.isWritable() : waitingBytes < engine.config.sendBuffer.toBytes());
    }

    /** netty-socketio's way to send: events to rooms and acknowledgements. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public @Nullable ChannelFuture send(Packet packet) {
        byte[] text = encode(packet);
        if (loop.inEventLoop()) {
            write(text);
        } else {
            loop.execute(() -> write(text));
        }
        return null;
    }

    @Override
    public @Nullable ChannelFuture send(Packet packet, Transport transport) {
        return send(packet);
    }

    private static byte[] encode(Packet packet) {
        StringBuilder text = new StringBuilder("4").append(packet.getSubType().getValue());
        text.append(SocketPacket.prefix(packet.getNsp()));
        if (packet.getAckId() != null) {
            text.append((long) packet.getAckId());
        }
        Object data = packet.getData();
        if (data instanceof List<?> args) {
            List<Object> values = new ArrayList<>(args.size() + 1);
            if (packet.getSubType() == PacketType.EVENT) {
                values.add(packet.getName());
            }
            values.addAll(args);
            data = values;
        }
        if (data != null) {
            try {
                text.append(SocketPacket.JSON.writeValueAsString(data));
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("not a JSON value: " + data.getClass(), e);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    // ---- in

    /** One Engine.IO packet from the client, over either transport. */
    void receive(String packet) {
        if (closed) {
            return;
        }
        if (packet.isEmpty()) {
            malformed("empty packet");
            return;
        }
        switch (packet.charAt(0)) {
            case '1' -> close("client closed the transport");
            case '3' -> {
                if (packet.length() > 1) {
                    malformed("pong with data outside a probe");
                } else {
                    schedulePing();
                }
            }
            case '4' -> message(packet.substring(1));
            default -> malformed("unexpected engine packet");
        }
    }

    private void message(String text) {
        SocketPacket packet;
        try {
            packet = SocketPacket.parse(text);
        } catch (MalformedPacketException e) {
            malformed(e.getMessage());
            return;
        }
        if (packet.type() == SocketPacket.Type.CONNECT) {
            connect(packet);
            return;
        }
        SocketConnection connection = connections.get(packet.namespace());
        if (connection == null || !connection.isAccepted()) {
            malformed("packet for a namespace that is not connected");
            return;
        }
        switch (packet.type()) {
            case EVENT -> connection.event(packet);
            case DISCONNECT -> {
                connection.disconnected("client left the namespace");
                awaitNamespace();
            }
            default -> {} // No event of ours asks for an acknowledgement: there is nothing to match it with.
        }
    }

    private void connect(SocketPacket packet) {
        String namespace = packet.namespace();
        SocketConnection.Target target = engine.namespaces.get(namespace);
        if (target == null) {
            engine.metrics.handshake("INVALID_NAMESPACE");
            write(("44" + SocketPacket.prefix(namespace) + "{\"message\":\"Invalid namespace\"}")
                    .getBytes(StandardCharsets.UTF_8));
            return;
        }
        if (connections.containsKey(namespace)) {
            malformed("second CONNECT to the same namespace");
            return;
        }
        SocketConnection connection = new SocketConnection(this, target);
        connections.put(namespace, connection);
        connection.request(packet.data());
    }

    void malformed(@Nullable String what) {
        engine.metrics.malformed.mark();
        log.info("socket closed reason=malformed what=\"{}\" address={}", what, opening.remoteAddress());
        close("malformed input");
    }

    // ---- namespaces

    void forget(SocketConnection connection) {
        connections.remove(connection.namespace(), connection);
    }

    Engine engine() {
        return engine;
    }

    // ---- polling

    /** A GET: answered at once if something waits, else when something comes. */
    void poll(PollRequest request) {
        if (poll != null) {
            request.refuse(EngineError.BAD_REQUEST);
            close("two polls at once");
            return;
        }
        if (websocket != null) {
            request.refuse(EngineError.BAD_REQUEST);
            return;
        }
        poll = request;
        if (probing != null) {
            write(NOOP);
        } else {
            flushPoll();
        }
    }

    /** The connection of a waiting poll went away. */
    void pollGone(Channel channel) {
        PollRequest request = poll;
        if (request != null && request.channel() == channel) {
            poll = null;
            close("transport closed");
        }
    }

    /** A POST's packets. False if the session takes none, which closes it. */
    boolean post(List<String> packets) {
        if (websocket != null || posting) {
            close("post after upgrade");
            return false;
        }
        posting = true;
        try {
            packets.forEach(this::receive);
        } finally {
            posting = false;
        }
        return true;
    }

    // ---- websocket

    /** The session began on a websocket. */
    void openedOn(Channel channel) {
        websocket = channel;
        engine.metrics.websocket.inc();
    }

    void openedPolling() {
        engine.metrics.polling.inc();
    }

    /** A text frame on a websocket that belongs to this session. */
    void frame(Channel channel, String text) {
        if (channel == websocket) {
            receive(text);
        } else if (closed || websocket != null) {
            channel.close();
        } else if (text.equals("2probe") && (probing == null || probing == channel)) {
            probing = channel;
            channel.writeAndFlush(new TextWebSocketFrame("3probe"), channel.voidPromise());
            if (poll != null) {
                write(NOOP);
            }
            loop.schedule(
                    () -> {
                        if (probing == channel && websocket != channel) {
                            probing = null;
                            channel.close();
                        }
                    },
                    engine.config.connectTimeout.toMilliseconds(),
                    TimeUnit.MILLISECONDS);
        } else if (text.equals("5") && probing == channel) {
            upgrade(channel);
        } else {
            engine.metrics.malformed.mark();
            channel.close();
        }
    }

    private void upgrade(Channel channel) {
        probing = null;
        websocket = channel;
        engine.metrics.upgrades.mark();
        engine.metrics.polling.dec();
        engine.metrics.websocket.inc();
        PollRequest request = poll;
        poll = null;
        if (request != null) {
            request.respond(List.of(NOOP));
        }
        List<byte[]> packets = new ArrayList<>(waiting);
        waiting.clear();
        waitingBytes = 0;
        packets.forEach(this::write);
        connections.values().forEach(SocketConnection::writable);
    }

    void websocketGone(Channel channel) {
        if (channel == websocket) {
            close("transport closed");
        } else if (channel == probing) {
            probing = null;
        }
    }

    void websocketWritable() {
        connections.values().forEach(SocketConnection::writable);
    }

    // ---- life

    /** Sends the next ping after the interval; a pong must come within the timeout after that. */
    @Override
    public void schedulePing() {
        cancel(heartbeat);
        heartbeat = loop.schedule(
                () -> {
                    write(PING);
                    heartbeat = loop.schedule(
                            () -> close("ping timeout"),
                            engine.config.pingTimeout.toMilliseconds(),
                            TimeUnit.MILLISECONDS);
                },
                engine.config.pingInterval.toMilliseconds(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedulePingTimeout() {
        // The heartbeat holds its own timeout.
    }

    @Override
    public void disconnect() {
        close("server disconnect");
    }

    @Override
    public boolean isChannelOpen() {
        return !closed;
    }

    @Override
    public Transport getCurrentTransport() {
        return websocket != null ? Transport.WEBSOCKET : Transport.POLLING;
    }

    /** Ends the session and its transport. Any thread; twice is harmless. */
    void close(String reason) {
        if (!loop.inEventLoop()) {
            if (!loop.isShuttingDown()) {
                loop.execute(() -> close(reason));
            }
            return;
        }
        if (closed) {
            return;
        }
        closed = true;
        engine.sessions.remove(id, this);
        cancel(heartbeat);
        cancel(connectTimeout);
        for (SocketConnection connection : List.copyOf(connections.values())) {
            connection.disconnected(reason);
        }
        onChannelDisconnect();
        Channel channel = websocket;
        (channel != null ? engine.metrics.websocket : engine.metrics.polling).dec();
        if (channel != null) {
            closeWebsocket(channel);
        }
        if (probing != null) {
            probing.close();
        }
        PollRequest request = poll;
        if (request != null) {
            poll = null;
            request.respond(List.of(CLOSE));
        }
        waiting.clear();
        log.debug("session closed reason=\"{}\" address={}", reason, opening.remoteAddress());
    }

    /** Says goodbye, but waits no longer for a peer that reads nothing. */
    private void closeWebsocket(Channel channel) {
        if (channel.isWritable() && !loop.isShuttingDown()) {
            channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
                    .addListener(ChannelFutureListener.CLOSE);
            loop.schedule(() -> channel.close(), GOODBYE_SECONDS, TimeUnit.SECONDS);
        } else {
            channel.close();
        }
    }

    private static void cancel(@Nullable Future<?> future) {
        if (future != null) {
            future.cancel(false);
        }
    }

    /** One HTTP GET that waits for packets. */
    interface PollRequest {
        Channel channel();

        void respond(List<byte[]> packets);

        void refuse(EngineError error);
    }
}
