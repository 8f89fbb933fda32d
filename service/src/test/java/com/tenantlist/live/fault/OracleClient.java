package com.tenantlist.live.fault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.testing.LiveService;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A dashboard that follows the contract and writes down all it is sent, for {@link Truth} to judge. It speaks Engine.IO 4 and
 * Socket.IO 5 itself, without a thread of its own, and goes to another node when one does not answer.
 */
final class OracleClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAMESPACE = "/dashboard,";
    private static final char SEPARATOR = 0x1e;
    private static final long TICK_MILLIS = 250;

    /** So many of the last packets are kept, and so much of each, for one who wonders. */
    private static final int KEPT = 12;

    private static final int SHOWN = 120;

    private final HttpClient http;
    private final ScheduledExecutorService timer;
    private final List<URI> nodes;
    private final UUID user;
    private final boolean polling;
    private final Random random;
    private final long silenceMillis;

    // What it holds.
    private String epoch;
    private long revision = -1;
    private String pid;

    // What it saw.
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private int duplicates;
    private int gaps;
    private int jumps;
    private int connects;
    private long heardAt = System.nanoTime();
    private final Deque<String> packets = new ArrayDeque<>();
    private long lostAt;
    private long longestGapNanos;
    private List<Long> latencies = new ArrayList<>();

    // The connection.
    private int attempt;
    private int node;
    private boolean open;
    private boolean closed;

    /** The session goes on elsewhere than this client was: what comes before the state does not follow. */
    private boolean awaitingState;

    private WebSocket socket;
    private String pollPath;

    /**
     * Something that was shown.
     *
     * @param what an event's type, {@code kpis} or {@code state}
     * @param shown what it said, in the words of {@link Truth}
     */
    record Seen(String epoch, long revision, String what, String shown) {}

    OracleClient(
            HttpClient http,
            ScheduledExecutorService timer,
            List<URI> nodes,
            UUID user,
            boolean polling,
            long silenceMillis,
            Random random) {
        this.http = http;
        this.timer = timer;
        this.nodes = nodes;
        this.user = user;
        this.polling = polling;
        this.silenceMillis = silenceMillis;
        this.random = random;
        this.node = random.nextInt(nodes.size());
        timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        connect();
    }

    UUID user() {
        return user;
    }

    synchronized long revision() {
        return revision;
    }

    synchronized String epoch() {
        return epoch;
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** Words on what should not have been, apart from the counts. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    synchronized int duplicates() {
        return duplicates;
    }

    synchronized int gaps() {
        return gaps;
    }

    /** Full states after the first. */
    synchronized int jumps() {
        return Math.max(0, jumps - 1);
    }

    synchronized int connects() {
        return connects;
    }

    /** The longest time from the loss of a connection to the state that followed. */
    synchronized long longestGapMillis() {
        return TimeUnit.NANOSECONDS.toMillis(longestGapNanos);
    }

    /** How long after it was written each event came that came since the last call, in milliseconds. */
    synchronized List<Long> takeLatencies() {
        List<Long> taken = latencies;
        latencies = new ArrayList<>();
        return taken;
    }

    /** What it did last, for one who wonders why it is behind. */
    synchronized String doing() {
        return this + ", heard " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardAt) + " ms ago: " + packets
                + (awaitingState ? ", awaits its state" : "");
    }

    @Override
    public synchronized String toString() {
        return (polling ? "polling" : "websocket") + " of " + user + " at node " + node + (open ? "" : ", not open")
                + ", holds " + revision + " of " + epoch + ", connects=" + connects;
    }

    // ---- connecting

    private synchronized void connect() {
        if (closed) {
            return;
        }
        int mine = ++attempt;
        open = false;
        heardAt = System.nanoTime();
        URI base = nodes.get(node);
        if (polling) {
            pollPath = "/socket.io/?EIO=4&transport=polling";
            get(base, mine);
        } else {
            URI uri = URI.create("ws://" + base.getAuthority() + "/socket.io/?EIO=4&transport=websocket");
            http.newWebSocketBuilder()
                    .connectTimeout(Duration.ofMillis(silenceMillis))
                    .buildAsync(uri, new Listener(mine))
                    .whenComplete((made, failure) -> {
                        if (failure != null) {
                            lost(mine);
                        }
                    });
        }
    }

    private synchronized void opened(int mine, WebSocket made) {
        if (mine == attempt && !closed) {
            socket = made;
        } else {
            made.abort();
        }
    }

    private synchronized void lost(int mine) {
        if (mine != attempt || closed) {
            return;
        }
        attempt++;
        if (open) {
            lostAt = System.nanoTime();
        }
        open = false;
        WebSocket old = socket;
        socket = null;
        if (old != null) {
            old.abort();
        }
        node = (node + 1) % nodes.size();
        timer.schedule(this::connect, 50 + random.nextInt(450), TimeUnit.MILLISECONDS);
    }

    private synchronized void tick() {
        if (System.nanoTime() - heardAt > TimeUnit.MILLISECONDS.toNanos(silenceMillis)) {
            lost(attempt);
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final int mine;
        private final StringBuilder text = new StringBuilder();

        Listener(int mine) {
            this.mine = mine;
        }

        @Override
        public void onOpen(WebSocket webSocket) {
            opened(mine, webSocket);
            webSocket.request(1);
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                packet(mine, text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            lost(mine);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            lost(mine);
        }
    }

    private void get(URI base, int mine) {
        exchange(HttpRequest.newBuilder(base.resolve(pollPath)), mine).thenAccept(body -> {
            for (String packet : body.split(String.valueOf(SEPARATOR))) {
                packet(mine, packet);
            }
            synchronized (this) {
                if (mine == attempt && !closed) {
                    get(base, mine);
                }
            }
        });
    }

    private void send(int mine, String packet) {
        if (polling) {
            exchange(
                    HttpRequest.newBuilder(nodes.get(node).resolve(pollPath))
                            .POST(HttpRequest.BodyPublishers.ofString(packet)),
                    mine);
        } else if (socket != null) {
            sending = sending.handle((done, failure) -> socket)
                    .thenCompose(target ->
                            target == null ? CompletableFuture.completedFuture(null) : target.sendText(packet, true));
        }
    }

    private CompletableFuture<WebSocket> sending = CompletableFuture.completedFuture(null);

    private CompletableFuture<String> exchange(HttpRequest.Builder request, int mine) {
        CompletableFuture<String> answered = new CompletableFuture<>();
        http.sendAsync(request.timeout(Duration.ofMillis(silenceMillis)).build(), HttpResponse.BodyHandlers.ofString())
                .whenComplete((response, failure) -> {
                    if (failure != null || response.statusCode() != 200) {
                        lost(mine);
                    } else {
                        answered.complete(response.body());
                    }
                });
        return answered;
    }

    // ---- packets

    private synchronized void packet(int mine, String packet) {
        if (mine != attempt || closed || packet.isEmpty()) {
            return;
        }
        heardAt = System.nanoTime();
        packets.add(packet.substring(0, Math.min(SHOWN, packet.length())));
        if (packets.size() > KEPT) {
            packets.remove();
        }
        try {
            if (packet.startsWith("0")) {
                if (polling) {
                    pollPath += "&sid="
                            + JSON.readTree(packet.substring(1)).path("sid").asText();
                }
                String recovery =
                        pid == null || epoch == null ? "" : ",\"pid\":\"" + pid + "\",\"offset\":\"" + revision + "\"";
                send(mine, "40" + NAMESPACE + "{\"token\":\"" + LiveService.token(user) + "\"" + recovery + "}");
            } else if (packet.startsWith("2")) {
                send(mine, "3");
            } else if (packet.startsWith("40" + NAMESPACE)) {
                String given = JSON.readTree(packet.substring(2 + NAMESPACE.length()))
                        .path("pid")
                        .asText();
                // A session that was lost before its state came goes on from where it began, not from what is held.
                awaitingState |= !given.equals(pid);
                pid = given;
                open = true;
                connects++;
                requestState(mine);
            } else if (packet.startsWith("42" + NAMESPACE)) {
                JsonNode event = JSON.readTree(packet.substring(2 + NAMESPACE.length()));
                event(event.get(0).asText(), event.get(1));
            } else if (packet.startsWith("1") || packet.startsWith("41") || packet.startsWith("44")) {
                lost(mine);
            }
        } catch (JsonProcessingException e) {
            faults.add("not JSON: " + packet);
        }
    }

    private void requestState(int mine) {
        String held = epoch == null ? "{}" : "{\"after\":" + revision + ",\"epoch\":\"" + epoch + "\"}";
        send(mine, "42" + NAMESPACE + "[\"request:current-state\"," + held + "]");
    }

    private void event(String name, JsonNode payload) {
        long at = payload.path("revision").asLong();
        switch (name) {
            case "reconnected" -> state(payload, at);
            case "kpi:update" -> {
                if (epoch != null) {
                    seen.add(new Seen(epoch, at, "kpis", Truth.kpis(payload.path("kpis"))));
                }
            }
            case "business:created", "business:updated", "business:deleted", "metrics:updated" -> {
                if (epoch == null) {
                    return; // before the first state there is nothing to follow
                }
                if (awaitingState && at != revision + 1) {
                    return;
                }
                if (at <= revision) {
                    duplicates++;
                } else {
                    if (at > revision + 1 && polling) {
                        // The HTTP client asks again by itself when a connection breaks before an answer, as browsers
                        // do: what the
                        // answer brought is lost, and only the revision tells. The contract says what to do then.
                        awaitingState = true;
                        requestState(attempt);
                        return;
                    }
                    if (at > revision + 1) {
                        gaps++;
                        faults.add("revision " + at + " after " + revision + "; the last packets were " + packets);
                    }
                    revision = at;
                    latencies.add(System.currentTimeMillis()
                            - Instant.parse(payload.path("timestamp").asText()).toEpochMilli());
                    seen.add(new Seen(epoch, at, name, Truth.event(name, payload)));
                }
            }
            default -> {
                // presence and the like
            }
        }
    }

    private void state(JsonNode payload, long at) {
        awaitingState = false;
        if (lostAt != 0) {
            longestGapNanos = Math.max(longestGapNanos, System.nanoTime() - lostAt);
            lostAt = 0;
        }
        if (payload.path("recovered").asBoolean()) {
            if (at != revision || !payload.path("epoch").asText().equals(epoch)) {
                faults.add("recovered says " + at + " of "
                        + payload.path("epoch").asText() + ", held is " + revision + " of " + epoch);
            }
        } else {
            jumps++;
            epoch = payload.path("epoch").asText();
            revision = at;
            seen.add(new Seen(epoch, at, "state", Truth.kpis(payload.path("kpis"))));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        attempt++;
        if (socket != null) {
            socket.abort();
        }
    }
}
