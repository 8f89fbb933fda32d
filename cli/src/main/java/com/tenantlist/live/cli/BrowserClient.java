package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The page's client in a process of Node: {@code browser-client.js}, which {@code cli/pom.xml} bundles with it. It tells events as
 * it has applied them, what it holds and what it shows. The listener's calls come on a thread of their own,
 * {@code browser-client}.
 */
final class BrowserClient implements DashboardClient {
    private static final String PROGRAM = "browser-client.cjs";
    private static final int END_SECONDS = 5;
    private static final int LEAST_NODE = 20;
    private static final String NEEDS_NODE = "--client browser needs Node " + LEAST_NODE + " or newer on the PATH";

    private final Map<String, Object> options;
    private final Supplier<String> tokens;
    private final Listener listener;
    /** On the thread of the listener's calls, as all that follows. */
    private Held held = new Held();

    private boolean polling;

    /** Of Node; 0 before it has said so. */
    private int version;

    private volatile @Nullable Process node;
    private volatile boolean closing;

    BrowserClient(URI sockets, Api api, Supplier<String> tokens, Settings settings, Listener listener) {
        this.tokens = tokens;
        this.listener = listener;
        this.options = options(sockets, api, settings);
    }

    private static Map<String, Object> options(URI sockets, Api api, Settings settings) {
        Map<String, Object> limits = new LinkedHashMap<>();
        limits.put("pollAfterFailures", settings.pollAfter());
        limits.put("pollInterval", millis(settings.pollInterval()));
        limits.put("retryDelay", millis(settings.retryDelay()));
        limits.put("maxRetryDelay", millis(settings.maxRetryDelay()));
        limits.put("attemptTimeout", millis(settings.attemptTimeout()));
        return Map.of(
                "url",
                api.base().toString(),
                "socketUrl",
                sockets.toString(),
                "transports",
                settings.transport() == Transport.AUTO
                        ? List.of("websocket", "polling")
                        : List.of(settings.transport().toString()),
                "limits",
                limits);
    }

    private static long millis(Duration time) {
        return Math.max(1, time.toMillis());
    }

    /** @throws CliException with {@link ExitCode#USAGE} if there is no Node */
    @Override
    public void connect() {
        Process started;
        try (InputStream bundled = Objects.requireNonNull(BrowserClient.class.getResourceAsStream(PROGRAM), PROGRAM)) {
            Path file = Files.createTempFile("tenantlist-", "-" + PROGRAM);
            file.toFile().deleteOnExit();
            Files.copy(bundled, file, StandardCopyOption.REPLACE_EXISTING);
            started = new ProcessBuilder("node", file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, NEEDS_NODE + ": " + e.getMessage());
        }
        node = started;
        Thread reader = new Thread(() -> read(started), "browser-client");
        reader.setDaemon(true);
        reader.start();
        send(options);
    }

    @Override
    public void compare() {
        send(Map.of("what", "compare"));
    }

    @Override
    public void close() {
        closing = true;
        Process running = node;
        try {
            if (running != null) {
                // It ends when nothing is said to it any more.
                running.outputWriter(StandardCharsets.UTF_8).close();
                running.waitFor(END_SECONDS, TimeUnit.SECONDS);
            }
        } catch (IOException e) {
            // It had ended already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (running != null) {
                running.destroyForcibly();
            }
        }
    }

    private synchronized void send(Map<String, ?> message) {
        Process running = node;
        if (running == null) {
            return;
        }
        try {
            Writer line = running.outputWriter(StandardCharsets.UTF_8);
            line.write(Json.line(message) + "\n");
            line.flush();
        } catch (IOException e) {
            // It has ended: the reader says so.
        }
    }

    private void read(Process from) {
        String end = "";
        try (BufferedReader lines = from.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(Json.parse(line));
            }
        } catch (IOException | RuntimeException e) {
            end = e.toString();
            from.destroyForcibly();
        }
        if (closing) {
            return;
        }
        listener.ended(
                version < LEAST_NODE
                        ? new CliException(
                                ExitCode.USAGE,
                                NEEDS_NODE + (version == 0 ? "; what it says is above" : "; this is " + version))
                        : new CliException(
                                ExitCode.DID_NOT_HOLD,
                                "the client ended" + (end.isEmpty() ? " by itself" : ": " + end)));
    }

    private void take(JsonNode said) {
        switch (said.path("what").asText()) {
            case "ready" -> ready(said.path("node").asInt());
            case "token" -> send(token());
            case "connected" -> listener.connected();
            case "disconnected" -> listener.disconnected(said.path("reason").asText());
            case "attemptFailed" ->
                listener.attemptFailed(
                        said.path("failures").asInt(), said.path("reason").asText());
            case "state" -> become(said);
            case "event" -> listener.event(said.path("name").asText(), said.path("payload"));
            case "kpis" -> {
                held.take("kpi:update", said);
                listener.taken(held);
            }
            case "held" -> {
                held = new Held();
                held.take("reconnected", said);
                listener.taken(held);
            }
            case "polled" -> listener.polled(said.path("revision").asLong(), said.path("kpis"));
            case "pollFailed" -> listener.pollFailed(said.path("reason").asText());
            default -> throw new IllegalArgumentException("what is this: " + said);
        }
    }

    private void ready(int node) {
        version = node;
        if (version < LEAST_NODE) {
            throw new CliException(ExitCode.USAGE, "Node " + version);
        }
    }

    private Map<String, String> token() {
        try {
            return Map.of("token", tokens.get());
        } catch (CliException e) {
            return Map.of("tokenError", String.valueOf(e.getMessage()));
        }
    }

    private void become(JsonNode said) {
        String name = said.path("state").asText();
        State state = switch (name) {
            case "live" -> State.LIVE;
            case "polling" -> State.POLLING;
            case "offline" -> State.OFFLINE;
            case "unauthorized" -> State.REFUSED;
            default -> State.RECOVERING;
        };
        if (polling != (state == State.POLLING)) {
            polling = !polling;
            if (polling) {
                listener.pollingStarted();
            } else {
                listener.pollingStopped();
            }
        }
        listener.stateChanged(state);
        if (state == State.REFUSED) {
            listener.refused(said.path("code").asText(), said.path("reason").asText());
        }
    }
}
