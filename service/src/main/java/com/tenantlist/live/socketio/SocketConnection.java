package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.AckRequest;
import com.corundumstudio.socketio.namespace.Namespace;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import com.corundumstudio.socketio.protocol.Packet;
import com.corundumstudio.socketio.protocol.PacketType;
import com.corundumstudio.socketio.transport.NamespaceClient;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session in a namespace: asked for, then accepted or refused, then left. Its event loop runs all but the any-thread calls. */
final class SocketConnection implements Connection {
    private static final Logger log = LoggerFactory.getLogger(SocketConnection.class);

    /** A namespace and what is done there. */
    record Target(Namespace namespace, NamespaceHandler handler) {}

    private final EngineSession session;
    private final Target target;
    private final String id = UUID.randomUUID().toString();
    private @Nullable ConnectionHandler handler;
    private @Nullable NamespaceClient client;
    private boolean gone;

    SocketConnection(EngineSession session, Target target) {
        this.session = session;
        this.target = target;
    }

    String namespace() {
        return target.namespace().getName();
    }

    boolean isAccepted() {
        return handler != null && !gone;
    }

    void request(@Nullable JsonNode auth) {
        Handshake opening = session.opening();
        Handshake handshake = new Handshake(
                opening.remoteAddress(),
                opening.origin(),
                opening.authorization(),
                opening.cookies(),
                Optional.ofNullable(auth));
        target.handler()
                .connect(this, handshake)
                .whenComplete((accepted, failure) -> execute(() -> {
                    if (failure != null) {
                        refuse(
                                failure instanceof CompletionException && failure.getCause() != null
                                        ? failure.getCause()
                                        : failure);
                    } else {
                        accept(accepted);
                    }
                }));
    }

    private void accept(ConnectionHandler accepted) {
        if (gone || session.isClosed()) {
            accepted.disconnected("gone before it was accepted");
            return;
        }
        handler = accepted;
        NamespaceClient member = session.addNamespaceClient(target.namespace());
        client = member;
        target.namespace().onConnect(member);
        session.engine().metrics.connected.inc();
        session.engine().metrics.handshake("accepted");
        session.write(("40" + SocketPacket.prefix(namespace()) + "{\"sid\":\"" + id + "\"}")
                .getBytes(StandardCharsets.UTF_8));
        accepted.connected();
    }

    private void refuse(Throwable failure) {
        gone = true;
        session.forget(this);
        if (failure instanceof Refusal refusal) {
            session.engine().metrics.handshake(refusal.code());
            log.info(
                    "connect refused code={} address={}",
                    refusal.code(),
                    session.opening().remoteAddress());
            JsonNode error = JsonNodeFactory.instance
                    .objectNode()
                    .put("message", refusal.getMessage())
                    .set("data", JsonNodeFactory.instance.objectNode().put("code", refusal.code()));
            session.write(("44" + SocketPacket.prefix(namespace()) + error).getBytes(StandardCharsets.UTF_8));
        } else {
            session.engine().metrics.handshake("failed");
            log.warn("connect failed address={} cause=\"{}\"", session.opening().remoteAddress(), failure.toString());
            session.close("connect failed");
        }
    }

    void event(SocketPacket packet) {
        ConnectionHandler accepted = handler;
        NamespaceClient member = client;
        if (accepted == null || member == null || gone) {
            return;
        }
        Packet original = new Packet(PacketType.MESSAGE, EngineIOVersion.V4);
        packet.ackId().ifPresent(original::setAckId);
        AckRequest ack = new AckRequest(original, member);
        accepted.event(packet.eventName(), packet.eventArgs(), ack::sendAckData);
    }

    void writable() {
        ConnectionHandler accepted = handler;
        if (accepted != null && !gone) {
            accepted.writable();
        }
    }

    void disconnected(String reason) {
        if (gone) {
            return;
        }
        gone = true;
        session.forget(this);
        NamespaceClient member = client;
        ConnectionHandler accepted = handler;
        if (member != null && accepted != null) {
            member.onDisconnect();
            session.engine().metrics.connected.dec();
            accepted.disconnected(reason);
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void send(OutgoingEvent event) {
        if (isAccepted()) {
            session.write(event.text());
        }
    }

    @Override
    public boolean isWritable() {
        return session.isWritable();
    }

    @Override
    public void execute(Runnable task) {
        if (!session.loop().isShuttingDown()) {
            session.loop().execute(task);
        }
    }

    @Override
    public void join(String room) {
        NamespaceClient member = client;
        if (member != null && !gone) {
            member.joinRoom(room);
        }
    }

    @Override
    public void close(String reason) {
        session.close(reason);
    }
}
