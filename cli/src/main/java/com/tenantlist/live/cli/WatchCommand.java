package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code watch}: what a dashboard receives, and whether every revision came once and in order. */
@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Connects as a dashboard and shows what it receives, until --duration or Ctrl-C: a live view on a terminal, a line an"
                    + " event elsewhere.",
            "Then says whether every revision came once and in order; exit code 1 if not."
        },
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist watch --tenant 1 --duration 60s")
final class WatchCommand implements Callable<Integer>, DashboardClient.Listener {
    @Mixin
    private final ClientOptions options = new ClientOptions();

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            description = "How long, such as 60s. Default: until Ctrl-C.")
    private @Nullable Duration duration;

    @Option(names = "--quiet", description = "Print the summary only.")
    private boolean quiet;

    @Option(names = "--plain", description = "Lines, on a terminal too.")
    private boolean plain;

    private final RevisionCheck check = new RevisionCheck();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private @Nullable WatchView view;
    private boolean wasConnected;

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        TenantOptions.Tenant who = options.tenant().get();
        DashboardClient.Settings usual = DashboardClient.Settings.DEFAULT;
        DashboardClient.Settings settings = options.sockets().settings(usual.pollInterval(), usual.maxRetryDelay());
        if (Output.isTerminal() && !options.output().isJson() && !quiet && !plain) {
            view = new WatchView(who.id());
        }
        Thread hook = new Thread(this::summarize, "watch-summary");
        Runtime.getRuntime().addShutdownHook(hook);
        int code;
        try (JavaClient client = options.client(who, settings, this)) {
            client.connect();
            code = duration == null ? ended.get() : ended.get(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            code = wasConnected() ? ExitCode.OK : ExitCode.UNREACHABLE;
        }
        Runtime.getRuntime().removeShutdownHook(hook);
        summarize();
        return code == ExitCode.OK && !check.holds() ? ExitCode.DID_NOT_HOLD : code;
    }

    private synchronized boolean wasConnected() {
        return wasConnected;
    }

    // ---- what the client says, on its thread

    @Override
    public synchronized void connected() {
        wasConnected = true;
        note("connected");
    }

    @Override
    public void disconnected(String reason) {
        note("disconnected: " + reason);
    }

    @Override
    public synchronized void attemptFailed(int failures, String reason) {
        note("attempt " + failures + " failed: " + reason);
        if (!wasConnected) {
            ended.complete(ExitCode.UNREACHABLE);
        }
    }

    @Override
    public void refused(String code, String message) {
        note("refused: " + code + ": " + message);
        ended.complete(ExitCode.REFUSED);
    }

    @Override
    public void pollingStarted() {
        note("polling");
    }

    @Override
    public void polled(long revision, JsonNode kpis) {
        note("polled: revision " + revision + "  " + kpis(kpis));
    }

    @Override
    public void pollFailed(String reason) {
        note("poll failed: " + reason);
    }

    @Override
    public void pollingStopped() {
        note("polling ended");
    }

    @Override
    public void stateChanged(DashboardClient.State state) {
        if (view != null) {
            view.state(state);
        }
    }

    @Override
    public void taken(Held held) {
        if (view != null) {
            view.held(held);
        }
    }

    @Override
    public synchronized void event(String event, JsonNode payload) {
        check.received(event, payload);
        if (quiet) {
            return;
        }
        String words = String.format(
                Locale.ROOT, "%6d  %-16s  %s", payload.path("revision").asLong(), event, summary(event, payload));
        if (view != null) {
            view.line(now() + "  " + words);
            return;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("event", event);
        fields.put("payload", payload);
        options.output().data(fields, now() + "  " + words);
    }

    private void note(String words) {
        if (view != null) {
            view.line(now() + "  " + words);
        } else {
            options.output().progress(now() + "  " + words);
        }
    }

    // ---- in words

    static String kpis(JsonNode kpis) {
        return "active=" + kpis.path("activeBusinesses") + " rate=" + kpis.path("responseRate") + " views="
                + kpis.path("landlordViews") + " messages=" + kpis.path("messagesTotal");
    }

    private static String summary(String event, JsonNode payload) {
        return switch (event) {
            case "kpi:update" -> kpis(payload.path("kpis"));
            case "reconnected" ->
                kpis(payload.path("kpis")) + (payload.path("recovered").asBoolean() ? " (caught up)" : " (full state)");
            case "business:deleted" -> payload.path("businessId").asText();
            case "metrics:updated" ->
                payload.path("businessId").asText() + " views="
                        + payload.path("metrics").path("views_count") + " messages="
                        + payload.path("metrics").path("messages_count");
            case "presence:update" -> payload.path("connections") + " online";
            case "auth:expiring" -> "at " + payload.path("expiresAt").asText();
            case "server:stale" -> "may be " + payload.path("staleMs") + " ms old";
            case "server:draining" -> "come back in " + payload.path("retryAfterMs") + " ms";
            default ->
                payload.path("business").path("name").asText() + " ("
                        + payload.path("business").path("status").asText() + ")";
        };
    }

    private static String now() {
        return LocalTime.now(ZoneId.systemDefault())
                .truncatedTo(ChronoUnit.MILLIS)
                .toString();
    }

    private synchronized void summarize() {
        if (view != null) {
            view.end();
        }
        String verdict = check.epoch().isEmpty()
                ? "nothing was received"
                : check.holds() ? "every revision once, in order" : "DID NOT HOLD";
        options.output().data(check.summary(), check.words() + "  " + verdict);
    }
}
