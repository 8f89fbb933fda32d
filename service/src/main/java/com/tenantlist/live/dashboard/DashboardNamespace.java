package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.auth.AccessTokenCookie;
import com.tenantlist.live.auth.Auth;
import com.tenantlist.live.auth.InvalidTokenException;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.delivery.Position;
import com.tenantlist.live.delivery.Session;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.protocol.TokenClaims;
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
import java.util.regex.Pattern;

/** Lets tenants in, and back in where they were. */
final class DashboardNamespace implements NamespaceHandler {
    private static final Pattern OFFSET = Pattern.compile("\\d{1,18}");

    private final DashboardConfiguration config;
    private final Auth auth;
    private final RecoveryIds recoveryIds;
    private final Delivery<OutgoingEvent> delivery;
    private final OpenDashboards open;

    DashboardNamespace(
            DashboardConfiguration config,
            Auth auth,
            RecoveryIds recoveryIds,
            Delivery<OutgoingEvent> delivery,
            OpenDashboards open) {
        this.config = config;
        this.auth = auth;
        this.recoveryIds = recoveryIds;
        this.delivery = delivery;
        this.open = open;
    }

    /** An event that leaves the client where it is in the stream. */
    static OutgoingEvent encode(String name, String payloadJson) {
        return OutgoingEvent.of(SocketContract.NAMESPACE, name, payloadJson, null);
    }

    @Override
    public CompletionStage<ConnectionHandler> connect(Connection connection, Handshake handshake) {
        TokenClaims claims;
        try {
            claims = auth.verifier().verify(tokens(handshake));
        } catch (InvalidTokenException e) {
            return refused(e.code(), String.valueOf(e.getMessage()));
        }
        if (claims.role() != Role.TENANT) {
            return refused(ErrorCode.FORBIDDEN, "a dashboard is a tenant's; this token is of another role");
        }
        OpenDashboard dashboard = new OpenDashboard(connection, claims, auth, open, config);
        if (!open.add(dashboard)) {
            return refused(
                    ErrorCode.TOO_MANY_CONNECTIONS,
                    "there are " + config.maxSocketsPerUser + " dashboards open already; close one");
        }
        Optional<Recovery> recovery = handshake.auth().flatMap(payload -> recovery(payload, claims.userId()));
        return delivery.attach(claims.userId(), dashboard.sink(), recovery.map(Recovery::held))
                .thenApply(session -> {
                    dashboard.attached(session, recoveryId(connection, claims.userId(), session, recovery));
                    return (ConnectionHandler) dashboard;
                })
                .whenComplete((attached, failure) -> {
                    if (failure != null) {
                        open.remove(dashboard);
                    }
                });
    }

    private static CompletionStage<ConnectionHandler> refused(ErrorCode code, String message) {
        return CompletableFuture.failedStage(new Refusal(code.name(), message));
    }

    /** The token: {@code auth.token}, else the cookie, of which there may be several, else the header. */
    private static List<String> tokens(Handshake handshake) {
        JsonNode token = handshake.auth().map(node -> node.get("token")).orElse(null);
        if (token != null) {
            return List.of(token.isTextual() ? token.textValue() : "");
        }
        List<String> cookies = AccessTokenCookie.tokens(handshake.cookies());
        return cookies.isEmpty()
                ? handshake.authorization().flatMap(Auth::bearerToken).stream().toList()
                : cookies;
    }

    // ---- recovery

    /** What a client that comes back says: its {@code pid} as it is, and where it was. */
    private record Recovery(String pid, UUID connectionId, Position held) {}

    /** A {@code pid} that is not this user's, or nonsense, is as good as none. */
    private Optional<Recovery> recovery(JsonNode payload, UUID userId) {
        String pid = payload.path("pid").asText("");
        OptionalLong offset = offset(payload.path("offset"));
        return recoveryIds
                .read(pid)
                .filter(earlier -> earlier.userId().equals(userId) && offset.isPresent())
                .map(earlier -> new Recovery(
                        pid,
                        earlier.connectionId(),
                        new Position(
                                earlier.start().epoch(),
                                Math.max(earlier.start().revision(), offset.orElseThrow()))));
    }

    /** A session that had no event yet names no offset; one that is not a number is none of ours. */
    private static OptionalLong offset(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return OptionalLong.of(0);
        }
        return node.isTextual() && OFFSET.matcher(node.textValue()).matches()
                ? OptionalLong.of(Long.parseLong(node.textValue()))
                : OptionalLong.empty();
    }

    /** The old {@code pid} says to the client that it is recovered; a new one that it is not. */
    private String recoveryId(
            Connection connection, UUID userId, Session<OutgoingEvent> session, Optional<Recovery> recovery) {
        if (session.isRecovered()) {
            Recovery recovered = recovery.orElseThrow();
            connection.takeOver(recovered.connectionId().toString());
            return recovered.pid();
        }
        return recoveryIds.create(new RecoveryIds.Recovery(userId, UUID.fromString(connection.id()), session.start()));
    }
}
