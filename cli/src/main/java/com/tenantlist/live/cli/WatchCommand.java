package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.socket.client.IO;
import io.socket.client.Socket;
import io.socket.engineio.client.transports.Polling;
import io.socket.engineio.client.transports.WebSocket;
import java.net.URI;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.json.JSONException;
import org.json.JSONObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code watch}: what a dashboard receives, and whether every revision came once and in order. */
@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Connects as a dashboard and prints what it receives, until --duration or Ctrl-C.",
            "Then says whether every revision came once and in order; exit code 1 if not."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist watch --tenant 1 --duration 60s")
final class WatchCommand implements Callable<Integer> {
    private static final List<String> EVENTS = List.of(
            "kpi:update", "business:created", "business:updated", "business:deleted", "metrics:updated", "reconnected");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private final TokenOptions key = new TokenOptions();

    @Option(
            names = "--socket",
            paramLabel = "URL",
            defaultValue = "${TENANTLIST_SOCKET_URL:-http://127.0.0.1:3000}",
            description = "The socket server. Default: $TENANTLIST_SOCKET_URL, or http://127.0.0.1:3000.")
    private URI socketUrl = URI.create("http://127.0.0.1:3000");

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            defaultValue = "${TENANTLIST_TOKEN}",
            description = "A token; else one is made for --user or --tenant. Default: $TENANTLIST_TOKEN.")
    private @Nullable String token;

    @Option(names = "--user", paramLabel = "UUID", description = "The tenant to watch.")
    private @Nullable UUID user;

    @Option(names = "--tenant", paramLabel = "N", description = "Demo tenant N instead of --user.")
    private @Nullable Integer tenant;

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            description = "How long, such as 60s. Default: until Ctrl-C.")
    private @Nullable Duration duration;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "auto, websocket or polling. Default: ${DEFAULT-VALUE}.")
    private String transport = "auto";

    @Option(names = "--json", description = "Print each event as one JSON object a line, then the summary as one.")
    private boolean json;

    @Option(names = "--quiet", description = "Print the summary only.")
    private boolean quiet;

    private final RevisionCheck check = new RevisionCheck();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        String bearer =
                token != null && !token.isEmpty() ? token : key.tenantToken(TenantOptions.one(spec, user, tenant));
        Socket socket = connect(bearer);
        Thread hook = new Thread(() -> summarize(), "watch-summary");
        Runtime.getRuntime().addShutdownHook(hook);
        int code;
        try {
            code = duration == null ? ended.get() : ended.get(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            code = check.isConnected() ? ExitCode.OK : ExitCode.UNREACHABLE;
        }
        socket.disconnect();
        Runtime.getRuntime().removeShutdownHook(hook);
        summarize();
        return code == ExitCode.OK && !check.holds() ? ExitCode.DID_NOT_HOLD : code;
    }

    private Socket connect(String bearer) {
        IO.Options options = IO.Options.builder()
                .setForceNew(true)
                .setAuth(Map.of("token", bearer))
                .setReconnectionDelay(1000)
                .setReconnectionDelayMax(30000)
                .setTransports(transports())
                .build();
        Socket socket = IO.socket(socketUrl.resolve("/dashboard"), options);
        socket.on(Socket.EVENT_CONNECT, args -> {
            note("connected");
            check.connected();
            socket.emit("request:current-state", request());
        });
        socket.on(Socket.EVENT_DISCONNECT, args -> note("disconnected: " + args[0]));
        socket.on(Socket.EVENT_CONNECT_ERROR, args -> {
            if (args[0] instanceof JSONObject refusal) {
                note("refused: " + refusal.optString("message"));
                ended.complete(ExitCode.REFUSED);
            } else {
                note("cannot connect to " + socketUrl + ": " + args[0]);
                if (!check.isConnected()) {
                    ended.complete(ExitCode.UNREACHABLE);
                }
            }
        });
        for (String event : EVENTS) {
            socket.on(event, args -> {
                if (args[0] instanceof JSONObject payload) {
                    received(event, payload, socket);
                }
            });
        }
        return socket.connect();
    }

    private String[] transports() {
        return switch (transport) {
            case "websocket" -> new String[] {WebSocket.NAME};
            case "polling" -> new String[] {Polling.NAME};
            case "auto" -> new String[] {Polling.NAME, WebSocket.NAME};
            default -> throw new CliException(ExitCode.USAGE, "--transport is auto, websocket or polling");
        };
    }

    /** What the watch holds, for the server to go on from. */
    private JSONObject request() {
        JSONObject held = new JSONObject();
        try {
            if (check.epoch().isPresent()) {
                held.put("after", check.revision()).put("epoch", check.epoch().get());
            }
        } catch (JSONException e) {
            throw new IllegalStateException(e);
        }
        return held;
    }

    private synchronized void received(String event, JSONObject payload, Socket socket) {
        long revision = payload.optLong("revision", -1);
        if (event.equals("reconnected")) {
            check.state(revision, payload.optString("epoch"), payload.optBoolean("recovered"));
        } else if (event.equals("kpi:update")) {
            check.kpis(revision);
        } else if (check.event(revision)) {
            socket.emit("request:current-state", request());
        }
        if (quiet) {
            return;
        }
        JsonNode body = Json.parse(payload.toString());
        if (json) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("event", event);
            line.put("payload", body);
            System.out.println(Json.line(line));
        } else {
            System.out.printf("%s  %6d  %-16s  %s%n", now(), revision, event, summary(event, body));
        }
    }

    private static String summary(String event, JsonNode body) {
        return switch (event) {
            case "kpi:update", "reconnected" -> {
                JsonNode kpis = body.path("kpis");
                yield "active=" + kpis.path("activeBusinesses") + " rate=" + kpis.path("responseRate") + " views="
                        + kpis.path("landlordViews") + " messages=" + kpis.path("messagesTotal")
                        + (event.equals("reconnected")
                                ? (body.path("recovered").asBoolean() ? " (caught up)" : " (full state)")
                                : "");
            }
            case "business:deleted" -> body.path("businessId").asText();
            case "metrics:updated" ->
                body.path("businessId").asText() + " views="
                        + body.path("metrics").path("views_count") + " messages="
                        + body.path("metrics").path("messages_count");
            default ->
                body.path("business").path("name").asText() + " ("
                        + body.path("business").path("status").asText() + ")";
        };
    }

    private static String now() {
        return LocalTime.now(java.time.ZoneId.systemDefault())
                .truncatedTo(ChronoUnit.MILLIS)
                .toString();
    }

    private void note(String what) {
        System.err.println(now() + "  " + what);
    }

    private String verdict() {
        if (check.epoch().isEmpty()) {
            return "nothing was received";
        }
        return check.holds() ? "every revision once, in order" : "DID NOT HOLD";
    }

    private synchronized void summarize() {
        Map<String, Object> summary = check.summary();
        if (json) {
            System.out.println(Json.line(summary));
        } else {
            System.out.println(
                    "revisions " + Optional.ofNullable(summary.get("first")).orElse("-") + " to "
                            + Optional.ofNullable(summary.get("last")).orElse("-") + ": events=" + summary.get("events")
                            + " kpiUpdates=" + summary.get("kpiUpdates") + " states=" + summary.get("states") + " lost="
                            + summary.get("lost") + " duplicates=" + summary.get("duplicates") + " outOfOrder="
                            + summary.get("outOfOrder")
                            + "  " + verdict());
        }
    }
}
