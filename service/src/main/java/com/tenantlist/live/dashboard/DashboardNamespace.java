package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.tenantlist.live.auth.InvalidTokenException;
import com.tenantlist.live.auth.TokenVerifier;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.delivery.Session;
import com.tenantlist.live.delivery.Sink;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.socketio.Acknowledgement;
import com.tenantlist.live.socketio.Connection;
import com.tenantlist.live.socketio.ConnectionHandler;
import com.tenantlist.live.socketio.Handshake;
import com.tenantlist.live.socketio.NamespaceHandler;
import com.tenantlist.live.socketio.OutgoingEvent;
import com.tenantlist.live.socketio.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets tenants in, and answers {@code request:current-state}. */
final class DashboardNamespace implements NamespaceHandler {
    private static final Logger log = LoggerFactory.getLogger(DashboardNamespace.class);
    private static final String BEARER = "Bearer ";

    private final TokenVerifier verifier;
    private final Delivery<OutgoingEvent> delivery;

    DashboardNamespace(TokenVerifier verifier, Delivery<OutgoingEvent> delivery) {
        this.verifier = verifier;
        this.delivery = delivery;
    }

    @Override
    public CompletionStage<ConnectionHandler> connect(Connection connection, Handshake handshake) {
        TokenClaims claims;
        try {
            claims = verifier.verify(token(handshake));
        } catch (InvalidTokenException e) {
            return CompletableFuture.failedStage(new Refusal(e.code().name(), String.valueOf(e.getMessage())));
        }
        if (claims.role() != Role.TENANT) {
            return CompletableFuture.failedStage(new Refusal(
                    ErrorCode.FORBIDDEN.name(), "a dashboard is a tenant's; this token is of another role"));
        }
        return delivery.attach(claims.userId(), new SocketSink(connection))
                .thenApply(session -> new OpenDashboard(connection, claims, session));
    }

    /** The token: {@code auth.token}, else the cookie, else the header. */
    private static @Nullable String token(Handshake handshake) {
        JsonNode auth = handshake.auth().map(node -> node.get("token")).orElse(null);
        if (auth != null) {
            return auth.isTextual() ? auth.textValue() : "";
        }
        String cookie = handshake.cookies().get(SocketContract.ACCESS_TOKEN_COOKIE);
        if (cookie != null) {
            return cookie;
        }
        return handshake
                .authorization()
                .filter(header -> header.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(header -> header.substring(BEARER.length()).strip())
                .orElse(null);
    }

    private record SocketSink(Connection connection) implements Sink<OutgoingEvent> {
        @Override
        public void send(OutgoingEvent event) {
            connection.send(event);
        }

        @Override
        public boolean writable() {
            return connection.isWritable();
        }

        @Override
        public void execute(Runnable task) {
            connection.execute(task);
        }
    }

    private static final class OpenDashboard implements ConnectionHandler {
        private final Connection connection;
        private final UUID userId;
        private final Session<OutgoingEvent> session;

        OpenDashboard(Connection connection, TokenClaims claims, Session<OutgoingEvent> session) {
            this.connection = connection;
            this.userId = claims.userId();
            this.session = session;
        }

        @Override
        public void connected() {
            connection.join(SocketContract.userRoom(userId));
            log.info("dashboard opened user={} connection={}", userId, connection.id());
        }

        @Override
        public void event(String name, List<JsonNode> args, Acknowledgement ack) {
            if (name.equals(SocketContract.REQUEST_CURRENT_STATE)) {
                requestState(args.isEmpty() ? null : args.get(0), ack);
            } else {
                refuse(ack, ErrorCode.NOT_FOUND, "no such event; there is " + SocketContract.REQUEST_CURRENT_STATE);
            }
        }

        private void requestState(@Nullable JsonNode argument, Acknowledgement ack) {
            OptionalLong after = OptionalLong.empty();
            Optional<String> epoch = Optional.empty();
            if (argument != null && !argument.isNull()) {
                JsonNode held = argument.path("after");
                JsonNode heldEpoch = argument.path("epoch");
                boolean valid = argument.isObject()
                        && (held.isMissingNode()
                                || (held.isIntegralNumber() && held.canConvertToLong() && held.longValue() >= 0))
                        && (heldEpoch.isMissingNode() || heldEpoch.isTextual());
                if (!valid) {
                    refuse(
                            ack,
                            ErrorCode.BAD_REQUEST,
                            "the argument is {\"after\": revision, \"epoch\": text}, both optional");
                    return;
                }
                after = held.isMissingNode() ? after : OptionalLong.of(held.longValue());
                epoch = heldEpoch.isMissingNode() ? epoch : Optional.of(heldEpoch.textValue());
            }
            if (!session.requestState(after, epoch, ack::sendJson)) {
                refuse(ack, ErrorCode.SERVER_BUSY, "earlier requests are not answered yet");
            }
        }

        private static void refuse(Acknowledgement ack, ErrorCode code, String message) {
            ObjectNode answer = JsonNodeFactory.instance.objectNode().put("success", false);
            answer.putObject("error").put("code", code.name()).put("message", message);
            ack.send(List.of(answer));
        }

        @Override
        public void writable() {
            session.wake();
        }

        @Override
        public void disconnected(String reason) {
            session.close();
            log.info("dashboard closed user={} connection={} reason=\"{}\"", userId, connection.id(), reason);
        }
    }
}
