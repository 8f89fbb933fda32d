package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.tenantlist.live.auth.Auth;
import com.tenantlist.live.auth.InvalidTokenException;
import com.tenantlist.live.auth.Revocation;
import com.tenantlist.live.delivery.Session;
import com.tenantlist.live.delivery.Sink;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.protocol.Timestamps;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.socketio.Acknowledgement;
import com.tenantlist.live.socketio.Connection;
import com.tenantlist.live.socketio.ConnectionHandler;
import com.tenantlist.live.socketio.OutgoingEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One dashboard's connection: what it may ask, and how long its token lasts. All but {@link #revoked} on its event loop. */
final class OpenDashboard implements ConnectionHandler {
    private static final Logger log = LoggerFactory.getLogger(OpenDashboard.class);

    /** Timers are set anew this often, for tokens that live very long. */
    private static final Duration LONGEST_TIMER = Duration.ofHours(12);

    /** Time for the last words to arrive, before the transport is closed. */
    private static final Duration FAREWELL = Duration.ofMillis(200);

    private final Connection connection;
    private final Auth auth;
    private final OpenDashboards all;
    private final Duration expiryNotice;
    private volatile TokenClaims claims;
    private boolean noticed;
    private boolean isOpen;
    private int countTold;
    private @Nullable Future<?> timer;

    @SuppressWarnings("NullAway.Init")
    private Session<OutgoingEvent> session;

    private String recoveryId = "";

    OpenDashboard(
            Connection connection, TokenClaims claims, Auth auth, OpenDashboards all, DashboardConfiguration config) {
        this.connection = connection;
        this.claims = claims;
        this.auth = auth;
        this.all = all;
        this.expiryNotice = config.expiryNotice.toJavaDuration();
    }

    UUID userId() {
        return claims.userId();
    }

    /** Its stream of events. Before it is accepted. */
    void attached(Session<OutgoingEvent> attached, String pid) {
        session = attached;
        recoveryId = pid;
    }

    /** The connection as delivery sees it. */
    Sink<OutgoingEvent> sink() {
        return new SocketSink(connection);
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

    // ---- the connection

    @Override
    public Optional<String> recoveryId() {
        return Optional.of(recoveryId);
    }

    @Override
    public void connected() {
        if (auth.revocations().isRevoked(claims)) {
            // Between the check of the token and now.
            connection.close("token revoked");
            return;
        }
        connection.join(SocketContract.userRoom(userId()));
        log.info(
                "dashboard opened user={} connection={} recovered={}",
                userId(),
                connection.id(),
                session.isRecovered());
        session.begin();
        awaitExpiry();
        isOpen = true;
        all.changed(userId());
    }

    @Override
    public void event(String name, List<JsonNode> args, Acknowledgement ack) {
        JsonNode argument = args.isEmpty() ? JsonNodeFactory.instance.nullNode() : args.get(0);
        switch (name) {
            case SocketContract.REQUEST_CURRENT_STATE -> requestState(argument, ack);
            case SocketContract.AUTH_REFRESH -> refresh(argument, ack);
            default ->
                refuse(
                        ack,
                        ErrorCode.NOT_FOUND,
                        "no such event; there are " + SocketContract.REQUEST_CURRENT_STATE + " and "
                                + SocketContract.AUTH_REFRESH);
        }
    }

    @Override
    public void tooManyEvents(String name, Acknowledgement ack) {
        refuse(ack, ErrorCode.TOO_MANY_REQUESTS, "too many events; wait a second");
    }

    private void requestState(JsonNode argument, Acknowledgement ack) {
        OptionalLong after = OptionalLong.empty();
        Optional<String> epoch = Optional.empty();
        if (!argument.isNull()) {
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
        refuse(ack, "success", code, message);
    }

    /** Answers with a member that is false, and why. */
    private static void refuse(Acknowledgement ack, String member, ErrorCode code, String message) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put(member, false);
        answer.putObject("error").put("code", code.name()).put("message", message);
        ack.send(List.of(answer));
    }

    @Override
    public void writable() {
        session.wake();
        tellCount();
    }

    @Override
    public void disconnected(String reason) {
        if (timer != null) {
            timer.cancel(false);
        }
        isOpen = false;
        all.remove(this);
        session.close();
        log.info("dashboard closed user={} connection={} reason=\"{}\"", userId(), connection.id(), reason);
    }

    // ---- how many there are

    /** Another of the user's dashboards was opened or closed. Any thread. */
    void countChanged() {
        connection.execute(this::tellCount);
    }

    /** The newest count, if the client can take it and does not know it; else when it can. */
    private void tellCount() {
        int count = all.connections(userId());
        if (isOpen && count != countTold && connection.isWritable()) {
            countTold = count;
            connection.send(DashboardNamespace.encode(
                    SocketContract.PRESENCE_UPDATE, "{\"connections\":" + count + "," + stamp(Instant.now()) + "}"));
        }
    }

    /**
     * This node goes: the client is told, and its transport closed, upon which official clients come back by themselves. Any
     * thread.
     */
    void sendAway(long retryAfterMillis) {
        connection.execute(() -> {
            if (isOpen) {
                connection.send(DashboardNamespace.encode(
                        SocketContract.SERVER_DRAINING,
                        "{\"retryAfterMs\":" + retryAfterMillis + "," + stamp(Instant.now()) + "}"));
            }
            connection.schedule(FAREWELL, () -> connection.close("server drained"));
        });
    }

    // ---- the token's life

    /** Tells of the token's end before it comes, and ends with it: by then no node accepts it any more. */
    private void awaitExpiry() {
        if (timer != null) {
            timer.cancel(false);
        }
        Instant now = Instant.now();
        Instant end = claims.expiresAt().plus(auth.leeway());
        Instant notice = claims.expiresAt().minus(expiryNotice);
        if (now.isAfter(end)) {
            connection.close("token expired");
            return;
        }
        if (!noticed && !now.isBefore(notice)) {
            noticed = true;
            connection.send(DashboardNamespace.encode(SocketContract.AUTH_EXPIRING, expiring(now)));
        }
        Duration delay = Duration.between(now, noticed ? end : notice).plusMillis(1);
        timer = connection.schedule(delay.compareTo(LONGEST_TIMER) > 0 ? LONGEST_TIMER : delay, this::awaitExpiry);
    }

    private String expiring(Instant now) {
        return "{\"expiresAt\":\"" + Timestamps.format(claims.expiresAt()) + "\"," + stamp(now) + "}";
    }

    private String stamp(Instant now) {
        return "\"revision\":" + session.revision() + ",\"timestamp\":\"" + Timestamps.format(now) + "\"";
    }

    private void refresh(JsonNode argument, Acknowledgement ack) {
        TokenClaims fresh;
        try {
            fresh = auth.verifier().verify(argument.path("token").asText());
        } catch (InvalidTokenException e) {
            refuse(ack, "ok", e.code(), String.valueOf(e.getMessage()));
            return;
        }
        if (!fresh.userId().equals(userId()) || fresh.role() != claims.role()) {
            log.warn("refresh refused user={} connection={} reason=\"token of another\"", userId(), connection.id());
            refuse(ack, "ok", ErrorCode.FORBIDDEN, "the token is another user's or of another role");
            return;
        }
        claims = fresh;
        noticed = false;
        awaitExpiry();
        if (auth.revocations().isRevoked(fresh)) {
            connection.close("token revoked");
        }
        ack.send(List.of(JsonNodeFactory.instance
                .objectNode()
                .put("ok", true)
                .put("expiresAt", Timestamps.format(fresh.expiresAt()))));
    }

    /** Something was revoked: perhaps this dashboard's token. Any thread. */
    void revoked(Revocation revocation) {
        if (!revocation.ends(claims)) {
            return;
        }
        if (revocation.kind() == Revocation.Kind.SESSIONS) {
            // The token is valid still: a client that came back by itself would be let in again.
            connection.disconnect("ended by an administrator");
        } else {
            // The client comes back and is told TOKEN_REVOKED, which a DISCONNECT packet could not say.
            connection.close("token revoked");
        }
    }
}
