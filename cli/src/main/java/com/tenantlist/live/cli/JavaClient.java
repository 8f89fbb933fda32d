package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import io.socket.engineio.client.transports.Polling;
import io.socket.engineio.client.transports.WebSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import okhttp3.OkHttpClient;
import org.json.JSONException;
import org.json.JSONObject;
import org.jspecify.annotations.Nullable;

/**
 * A dashboard's client on the official Java client: connects, retries at once and then after 1, 2, 4 … s (a random half of it
 * less), asks for what it missed, and polls KPIs after some failed attempts until the socket is back.
 *
 * <p>Everything happens on its own thread, {@code live-client}, and so do the listener's calls.
 */
final class JavaClient implements DashboardClient {
    private static final List<String> EVENTS = List.of(
            "kpi:update",
            "business:created",
            "business:updated",
            "business:deleted",
            "metrics:updated",
            "reconnected",
            "presence:update",
            "auth:expiring",
            "server:draining",
            "server:stale");

    /**
     * As Socket.IO's own, but that it sends nothing again by itself when a connection ends: a long-polling POST whose answer was lost has been
     * taken, and the service would answer its messages twice; what a GET has lost does not come by another one.
     */
    private static final OkHttpClient HTTP = new OkHttpClient.Builder()
            .readTimeout(1, TimeUnit.MINUTES)
            .retryOnConnectionFailure(false)
            .build();

    private final URI sockets;
    private final Api api;
    private final Supplier<String> tokens;
    private final Settings settings;
    private final Listener listener;
    private final ScheduledExecutorService thread = executor("live-client");
    private final ScheduledExecutorService poller = executor("live-client-poll");
    private final Held held = new Held();

    private @Nullable Socket socket;
    private @Nullable Future<?> timer;
    private @Nullable Future<?> polling;
    private @Nullable String refusedToken;
    private State state = State.RECOVERING;
    private boolean requested;
    /** On this connection: to have connected is no success. */
    private boolean caughtUp;

    private int retries;
    private int failures;
    /** The ETag of the KPIs that were polled last, with its quotes. */
    private volatile @Nullable String polledTag;

    private long polledRevision = -1;
    private JsonNode polledKpis = NullNode.instance;

    JavaClient(URI sockets, Api api, Supplier<String> tokens, Settings settings, Listener listener) {
        this.sockets = sockets;
        this.api = api;
        this.tokens = tokens;
        this.settings = settings;
        this.listener = listener;
    }

    /** What comes after its end is dropped. */
    private static ScheduledExecutorService executor(String name) {
        return new ScheduledThreadPoolExecutor(
                1,
                task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Asks for what it may have missed, if it is connected; {@code reconnected} is the answer. */
    void askForState() {
        thread.execute(() -> {
            if (socket != null && socket.connected()) {
                request(socket);
            }
        });
    }

    @Override
    public void compare() {
        thread.execute(() -> listener.taken(held));
    }

    @Override
    public void connect() {
        thread.execute(this::attempt);
    }

    @Override
    public void close() {
        Future<?> ended = thread.submit(() -> {
            stopPolling();
            end();
        });
        try {
            ended.get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // It ends with its thread.
        }
        thread.shutdownNow();
        poller.shutdownNow();
    }

    // ---- connecting

    private void attempt() {
        end();
        caughtUp = false;
        String token;
        try {
            token = tokens.get();
        } catch (CliException e) {
            failed("no token: " + e.getMessage());
            return;
        }
        IO.Options options = IO.Options.builder()
                .setForceNew(true)
                .setReconnection(false)
                .setTimeout(settings.attemptTimeout().toMillis())
                .setAuth(Map.of("token", token))
                .setTransports(names(settings.transport()))
                .build();
        options.callFactory = HTTP;
        options.webSocketFactory = HTTP;
        Socket opening = IO.socket(sockets.resolve("/dashboard"), options);
        socket = opening;
        on(opening, Socket.EVENT_CONNECT, args -> opened(opening));
        on(opening, Socket.EVENT_DISCONNECT, args -> closed(String.valueOf(args[0])));
        on(opening, Socket.EVENT_CONNECT_ERROR, args -> {
            if (args[0] instanceof JSONObject refusal) {
                refused(token, refusal);
            } else {
                failed("cannot connect to " + sockets);
            }
        });
        for (String event : EVENTS) {
            on(opening, event, args -> {
                if (args[0] instanceof JSONObject payload) {
                    received(event, Json.parse(payload.toString()));
                }
            });
        }
        timer = later(
                settings.attemptTimeout(),
                () -> failed("not caught up within " + settings.attemptTimeout().toMillis() + " ms"));
        opening.connect();
    }

    private static String[] names(Transport transport) {
        return switch (transport) {
            case AUTO -> new String[] {Polling.NAME, WebSocket.NAME};
            case WEBSOCKET -> new String[] {WebSocket.NAME};
            case POLLING -> new String[] {Polling.NAME};
        };
    }

    private interface Handler {
        void handle(Object[] args);
    }

    /** On our thread, and only while that socket is the one. */
    private void on(Socket source, String event, Handler handler) {
        source.on(
                event,
                args -> thread.execute(() -> {
                    if (socket == source) {
                        handler.handle(args);
                    }
                }));
    }

    private Future<?> later(Duration delay, Runnable task) {
        return thread.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void end() {
        stopTimer();
        Socket open = socket;
        socket = null;
        if (open != null) {
            open.disconnect();
        }
    }

    private void opened(Socket open) {
        refusedToken = null;
        listener.connected();
        request(open);
    }

    private void request(Socket open) {
        requested = true;
        try {
            open.emit(
                    "request:current-state",
                    new Object[] {new JSONObject(held.asRequest().toString())},
                    (Ack) args -> thread.execute(() -> {
                        if (socket == open && args[0] instanceof JSONObject answer && answer.has("error")) {
                            later(settings.retryDelay(), () -> {
                                if (socket == open) {
                                    request(open);
                                }
                            });
                        }
                    }));
        } catch (JSONException e) {
            throw new IllegalStateException(e);
        }
    }

    private void refused(String token, JSONObject refusal) {
        JSONObject data = refusal.optJSONObject("data");
        String code = data == null ? "" : data.optString("code");
        if (!code.startsWith("TOKEN_") && !code.equals("FORBIDDEN")) {
            failed(refusal.optString("message"));
        } else if (refusedToken == null
                && !code.equals("FORBIDDEN")
                && !tokens.get().equals(token)) {
            refusedToken = token;
            attempt();
        } else {
            stopPolling();
            end();
            become(State.REFUSED);
            listener.refused(code, refusal.optString("message"));
        }
    }

    private void failed(String reason) {
        failures++;
        listener.attemptFailed(failures, reason);
        if (failures >= settings.pollAfter() && polling == null) {
            startPolling();
        }
        retryLater();
    }

    private void closed(String reason) {
        listener.disconnected(reason);
        if (caughtUp) {
            become(State.RECOVERING);
            retryLater();
        } else {
            failed("closed before it had caught up: " + reason);
        }
    }

    private void retryLater() {
        end();
        timer = later(backoff(), this::attempt);
    }

    /** Nothing before the first retry, then twice as much each time; a random half of it less. */
    private Duration backoff() {
        int retry = retries++;
        if (retry == 0) {
            return Duration.ZERO;
        }
        long wait = Math.min(
                settings.maxRetryDelay().toMillis(), settings.retryDelay().toMillis() << Math.min(retry - 1, 20));
        return Duration.ofMillis(wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1));
    }

    // ---- the open connection

    private void received(String name, JsonNode payload) {
        listener.event(name, payload);
        boolean isStale = name.equals("server:stale");
        boolean taken = !isStale && held.take(name, payload);
        Socket open = socket;
        if (name.equals("reconnected")) {
            stopTimer();
            requested = false;
            caughtUp = true;
            retries = 0;
            failures = 0;
            stopPolling();
            become(State.LIVE);
        } else if (!taken && !requested && open != null) {
            if (isStale) {
                become(State.RECOVERING);
            }
            request(open);
        }
        listener.taken(held);
    }

    private void become(State next) {
        if (state != next) {
            state = next;
            listener.stateChanged(next);
        }
    }

    // ---- polling

    private void startPolling() {
        listener.pollingStarted();
        polling = poller.scheduleWithFixedDelay(
                this::poll, 0, settings.pollInterval().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stopPolling() {
        if (polling != null) {
            polling.cancel(false);
            polling = null;
            listener.pollingStopped();
        }
    }

    /** On the poller's thread. */
    private void poll() {
        try {
            HttpRequest.Builder request = api.request(tokens.get(), "/api/dashboard/tenant/kpis");
            String tag = polledTag;
            if (tag != null) {
                request.header("If-None-Match", tag);
            }
            HttpResponse<String> response = api.send(request.build());
            thread.execute(() -> polled(response));
        } catch (CliException e) {
            thread.execute(() -> pollFailed(String.valueOf(e.getMessage())));
        }
    }

    private void polled(HttpResponse<String> response) {
        if (polling == null) {
            return;
        }
        if (response.statusCode() == 304) {
            become(State.POLLING);
            listener.polled(polledRevision, polledKpis);
        } else if (response.statusCode() == 200) {
            String tag = response.headers().firstValue("ETag").orElse("\"-0\"");
            polledTag = tag;
            polledRevision = Long.parseLong(tag.substring(tag.lastIndexOf('-') + 1, tag.length() - 1));
            polledKpis = Json.parse(response.body()).path("data");
            become(State.POLLING);
            listener.polled(polledRevision, polledKpis);
        } else {
            pollFailed("status " + response.statusCode() + ": " + response.body());
        }
    }

    private void pollFailed(String reason) {
        if (polling != null) {
            become(State.OFFLINE);
            listener.pollFailed(reason);
        }
    }
}
