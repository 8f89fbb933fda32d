package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.HandshakeData;
import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.handler.ClientHead;
import com.corundumstudio.socketio.protocol.Packet;
import com.corundumstudio.socketio.protocol.PacketType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.tenantlist.live.socketio.engine.EngineProtocol;
import com.tenantlist.live.socketio.engine.EngineSession;
import com.tenantlist.live.socketio.engine.Opening;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.socketio.packet.EnginePacket;
import com.tenantlist.live.socketio.packet.MalformedPacketException;
import com.tenantlist.live.socketio.packet.PacketReader;
import com.tenantlist.live.socketio.packet.SocketPacket;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One client's Socket.IO side: its parser and its namespaces. It is netty-socketio's {@link ClientHead}, so that the
 * library's namespaces and rooms work on it; nothing of the library's own transports is used.
 *
 * <p>Everything but {@link #send(Packet)} and {@link #isWritable()} is called on the session's event loop.
 */
final class SocketClient extends ClientHead implements EngineProtocol.Receiver {
    private static final ObjectMapper VALUES = new ObjectMapper();
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("", 0);

    private final SocketIoProtocol protocol;
    private final EngineSession session;
    private final Opening opening;
    private final PacketReader reader;
    private final Map<String, SocketConnection> connections = new HashMap<>(2);
    private @Nullable Future<?> connectTimeout;

    SocketClient(SocketIoProtocol protocol, EngineSession session, Opening opening) {
        super(
                UUID.randomUUID(),
                protocol.ackManager,
                protocol.disconnects,
                protocol.storeFactory,
                new HandshakeData(EmptyHttpHeaders.INSTANCE, Map.of(), NOWHERE, NOWHERE, "", false),
                protocol.clientsBox,
                Transport.WEBSOCKET,
                protocol.scheduler,
                protocol.configuration,
                Map.of("EIO", List.of("4")));
        this.protocol = protocol;
        this.session = session;
        this.opening = opening;
        SocketServerConfiguration config = session.engine().config();
        this.reader = new PacketReader(config.maxAttachments, config.maxPayload.toBytes());
    }

    SocketIoProtocol protocol() {
        return protocol;
    }

    EngineSession session() {
        return session;
    }

    Opening opening() {
        return opening;
    }

    @Override
    public void opened() {
        awaitNamespace();
    }

    /** A client that is in no namespace must ask for one in time. */
    void awaitNamespace() {
        if (connectTimeout != null) {
            connectTimeout.cancel(false);
        }
        connectTimeout = session.schedule(
                () -> {
                    if (connections.values().stream().noneMatch(SocketConnection::isAccepted)) {
                        session.close("connect timeout");
                    }
                },
                session.engine().config().connectTimeout.toMilliseconds());
    }

    // ---- in

    @Override
    public void text(String message) throws MalformedPacketException {
        received(reader.text(message));
    }

    @Override
    public void binary(byte[] message) throws MalformedPacketException {
        received(reader.binary(message));
    }

    private void received(@Nullable SocketPacket packet) throws MalformedPacketException {
        if (packet == null) {
            return;
        }
        if (packet.type() == SocketPacket.Type.CONNECT) {
            connect(packet);
            return;
        }
        SocketConnection connection = connections.get(packet.namespace());
        if (connection == null || !connection.isAccepted()) {
            throw new MalformedPacketException("packet for a namespace that is not connected");
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

    private void connect(SocketPacket packet) throws MalformedPacketException {
        String namespace = packet.namespace();
        SocketConnection.Target target = protocol.namespaces.get(namespace);
        if (target == null) {
            protocol.metrics.handshake("INVALID_NAMESPACE");
            write(new SocketPacket(
                    SocketPacket.Type.CONNECT_ERROR,
                    namespace,
                    JsonNodeFactory.instance.objectNode().put("message", "Invalid namespace")));
            return;
        }
        if (connections.containsKey(namespace)) {
            throw new MalformedPacketException("second CONNECT to the same namespace");
        }
        SocketConnection connection = new SocketConnection(this, target);
        connections.put(namespace, connection);
        connection.request(packet.data());
    }

    @Override
    public void writable() {
        List.copyOf(connections.values()).forEach(SocketConnection::writable);
    }

    @Override
    public void closed(String reason) {
        if (connectTimeout != null) {
            connectTimeout.cancel(false);
        }
        for (SocketConnection connection : List.copyOf(connections.values())) {
            connection.disconnected(reason);
        }
        onChannelDisconnect();
    }

    void forget(SocketConnection connection) {
        connections.remove(connection.namespace(), connection);
    }

    // ---- out

    void write(SocketPacket packet) {
        write(reader.parser().encode(packet));
    }

    void write(OutgoingEvent event) {
        write(event.packets(reader.parser()));
    }

    private void write(List<EnginePacket> packets) {
        for (EnginePacket packet : packets) {
            session.write(packet);
        }
    }

    /** netty-socketio's way to send: events to rooms. */
    @Override
    public @Nullable ChannelFuture send(Packet packet) {
        SocketPacket translated = translate(packet);
        session.run(() -> write(translated));
        return null;
    }

    @Override
    public @Nullable ChannelFuture send(Packet packet, Transport transport) {
        return send(packet);
    }

    private static SocketPacket translate(Packet packet) {
        if (packet.getSubType() == PacketType.DISCONNECT) {
            return new SocketPacket(SocketPacket.Type.DISCONNECT, packet.getNsp(), null);
        }
        if (packet.getSubType() != PacketType.EVENT || !(packet.getData() instanceof List<?> values)) {
            throw new IllegalArgumentException("not an event: " + packet.getSubType());
        }
        List<JsonNode> args = new ArrayList<>(values.size());
        for (Object value : values) {
            args.add(VALUES.valueToTree(value));
        }
        return SocketPacket.event(packet.getNsp(), packet.getName(), args);
    }

    @Override
    public boolean isWritable() {
        return session.isWritable();
    }

    // ---- what netty-socketio's timers and transports would call

    @Override
    public void schedulePing() {
        // The engine's session does.
    }

    @Override
    public void schedulePingTimeout() {
        // The engine's session does.
    }

    @Override
    public void disconnect() {
        session.close("server disconnect");
    }

    @Override
    public boolean isChannelOpen() {
        return !session.isClosed();
    }
}
