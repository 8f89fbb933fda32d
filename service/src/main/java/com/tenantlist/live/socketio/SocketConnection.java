package com.tenantlist.live.socketio;

import com.corundumstudio.socketio.namespace.Namespace;
import com.corundumstudio.socketio.transport.NamespaceClient;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.tenantlist.live.socketio.engine.EngineSession;
import com.tenantlist.live.socketio.engine.Opening;
import com.tenantlist.live.socketio.packet.SocketPacket;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client in a namespace: asked for, then accepted or refused, then left. Its event loop runs all but the any-thread calls. */
final class SocketConnection implements Connection {
    private static final Logger log = LoggerFactory.getLogger(SocketConnection.class);

    /**
     * A namespace and what is done there. It is also the lock of netty-socketio's rooms, which the library changes in steps:
     * a client that joins the very moment the last one leaves would fail.
     */
    record Target(Namespace namespace, NamespaceHandler handler) {}

    private final SocketClient socket;
    private final EngineSession session;
    private final SocketMetrics metrics;
    private final Target target;
    private String id = UUID.randomUUID().toString();
    private @Nullable ConnectionHandler handler;
    private @Nullable NamespaceClient member;
    private boolean gone;

    SocketConnection(SocketClient socket, Target target) {
        this.socket = socket;
        this.session = socket.session();
        this.metrics = socket.protocol().metrics;
        this.target = target;
    }

    String namespace() {
        return target.namespace().getName();
    }

    boolean isAccepted() {
        return handler != null && !gone;
    }

    void request(@Nullable JsonNode auth) {
        Opening opening = socket.opening();
        Handshake handshake = new Handshake(
                opening.remoteAddress(),
                opening.origin(),
                opening.authorization(),
                opening.cookies(),
                Optional.ofNullable(auth));
        target.handler()
                .connect(this, handshake)
                .whenComplete((accepted, failure) -> execute(() -> {
                    session.handshakeEnded();
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
        NamespaceClient joined = socket.addNamespaceClient(target.namespace());
        member = joined;
        synchronized (target) {
            target.namespace().onConnect(joined);
        }
        metrics.connected.inc();
        metrics.handshake("accepted");
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("sid", id);
        accepted.recoveryId().ifPresent(pid -> answer.put("pid", pid));
        socket.write(new SocketPacket(SocketPacket.Type.CONNECT, namespace(), answer));
        accepted.connected();
    }

    private void refuse(Throwable failure) {
        gone = true;
        socket.forget(this);
        if (failure instanceof Refusal refusal) {
            metrics.handshake(refusal.code());
            log.info("connect refused code={} address={}", refusal.code(), session.address());
            ObjectNode error = JsonNodeFactory.instance.objectNode().put("message", refusal.getMessage());
            error.putObject("data").put("code", refusal.code());
            socket.write(new SocketPacket(SocketPacket.Type.CONNECT_ERROR, namespace(), error));
        } else {
            metrics.handshake("failed");
            log.warn("connect failed address={} cause=\"{}\"", session.address(), failure.toString());
            session.close("connect failed");
        }
    }

    void event(SocketPacket packet) {
        ConnectionHandler accepted = handler;
        if (accepted == null || gone) {
            return;
        }
        AtomicBoolean answered = new AtomicBoolean(packet.ackId().isEmpty());
        Acknowledgement ack = args -> {
            if (answered.compareAndSet(false, true)) {
                SocketPacket answer =
                        SocketPacket.ack(namespace(), packet.ackId().orElseThrow(), args);
                execute(() -> {
                    if (!gone) {
                        socket.write(answer);
                    }
                });
            }
        };
        if (session.withinRate()) {
            accepted.event(packet.eventName(), packet.eventArgs(), ack);
        } else {
            metrics.eventsOverRate.inc();
            accepted.tooManyEvents(packet.eventName(), ack);
        }
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
        socket.forget(this);
        NamespaceClient joined = member;
        ConnectionHandler accepted = handler;
        if (joined != null && accepted != null) {
            synchronized (target) {
                joined.onDisconnect();
            }
            metrics.connected.dec();
            accepted.disconnected(reason);
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void takeOver(String earlierId) {
        id = earlierId;
    }

    @Override
    public void send(OutgoingEvent event) {
        if (isAccepted()) {
            socket.write(event);
        }
    }

    @Override
    public boolean isWritable() {
        return session.isWritable();
    }

    @Override
    public void execute(Runnable task) {
        session.execute(task);
    }

    @Override
    public Future<?> schedule(Duration delay, Runnable task) {
        return session.schedule(task, delay.toMillis());
    }

    @Override
    public void join(String room) {
        NamespaceClient joined = member;
        if (joined != null && !gone) {
            synchronized (target) {
                joined.joinRoom(room);
            }
        }
    }

    @Override
    public void disconnect(String reason) {
        execute(() -> {
            if (isAccepted()) {
                socket.write(new SocketPacket(SocketPacket.Type.DISCONNECT, namespace(), null));
                disconnected(reason);
                socket.awaitNamespace();
            }
        });
    }

    @Override
    public void close(String reason) {
        session.close(reason);
    }
}
