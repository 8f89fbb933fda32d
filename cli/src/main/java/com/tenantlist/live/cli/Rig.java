package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.tenantlist.live.cli.line.Cut;
import com.tenantlist.live.cli.line.Line;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What checks and scenarios are made of: a client, a line to the sockets that can be cut, a way to make changes, and an account
 * of all that happens. The client's calls come on its thread, the others from the check's; both are serialized here.
 */
final class Rig implements DashboardClient.Listener, AutoCloseable {
    private static final Duration VERIFY_RETRY = Duration.ofMillis(200);

    private final String name;
    private final Output output;
    private final TenantOptions.Tenant tenant;
    private final Api api;
    private final Duration patience;
    private final @Nullable String ownBusiness;
    private final Line line;
    private final DashboardClient client;
    private final RevisionCheck check = new RevisionCheck();
    private final long began = System.nanoTime();

    private DashboardClient.State state = DashboardClient.State.RECOVERING;
    private @Nullable CliException refusal;
    private int connects;
    private long events;
    private long eventsBeforeRestore;
    private int failedAttempts;
    private int failuresBeforePolling;
    private int polls;
    private boolean polling;
    private JsonNode kpisShown = NullNode.instance;
    private String difference = "nothing came yet";
    private @Nullable JsonNode expected;
    private int unreported;
    private long firstUnreported;
    private long lastUnreported;

    /**
     * Builds it and makes the line; nothing is connected yet. A tenant without businesses gets one, which {@link #close} takes
     * away.
     *
     * @param kind of its client
     * @param patience how long a wait may last
     */
    Rig(
            String name,
            Output output,
            TenantOptions.Tenant tenant,
            Api api,
            URI sockets,
            ClientKind kind,
            DashboardClient.Settings settings,
            Duration patience) {
        this.name = name;
        this.output = output;
        this.tenant = tenant;
        this.api = api;
        this.patience = patience;
        this.ownBusiness = call("GET", "/api/businesses?limit=1", null)
                                .path("data")
                                .path("total")
                                .asLong()
                        > 0
                ? null
                : call("POST", "/api/businesses", "{\"name\":\"Check\",\"status\":\"active\"}")
                        .path("data")
                        .path("business")
                        .path("id")
                        .asText();
        this.line = Line.to(sockets);
        this.client = kind.client(line.uri(), api, tenant.tokens(), settings, this);
    }

    private JsonNode call(String method, String path, @Nullable String body) {
        return api.call(tenant.tokens().get(), method, path, body);
    }

    /** Connects, and waits until it is live. */
    void connect() {
        client.connect();
        await("the dashboard is live", () -> state == DashboardClient.State.LIVE);
    }

    // ---- the line

    void cut(Cut kind) {
        // Before it is, or the client may speak of it first.
        note("cut", "the line is cut: " + kind, Map.of("kind", kind.toString()));
        line.cut(kind);
    }

    void restore() {
        line.restore();
        synchronized (this) {
            eventsBeforeRestore = events;
        }
        note("restored", "the line is whole again", Map.of());
    }

    /**
     * Waits until the client has caught up on a connection made since there were so many, or is live and has had an event since
     * the line was restored: a long-polling session outlives connections that end between two of its requests.
     */
    void awaitLiveAgain(int connectsBefore) {
        await(
                "the dashboard is live again",
                () -> state == DashboardClient.State.LIVE
                        && (connects > connectsBefore || events > eventsBeforeRestore));
    }

    synchronized int connects() {
        return connects;
    }

    // ---- waiting

    /** Waits for something that the client's calls bring about. */
    void await(String what, BooleanSupplier condition) {
        await(what, patience, condition);
    }

    /** @throws CliException with {@link ExitCode#TIMED_OUT} if it does not come about */
    synchronized void await(String what, Duration within, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (refusal != null) {
                throw refusal;
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new CliException(ExitCode.TIMED_OUT, "not within " + within.toMillis() / 1000.0 + " s: " + what);
            }
            try {
                wait(Math.min(left, 1_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CliException(ExitCode.TIMED_OUT, "interrupted");
            }
        }
    }

    static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.TIMED_OUT, "interrupted");
        }
    }

    // ---- what the client says

    @Override
    public synchronized void connected() {
        connects++;
        check.connected();
        note("connected", "connected", Map.of());
    }

    @Override
    public synchronized void disconnected(String reason) {
        note("disconnected", "disconnected: " + reason, Map.of("reason", reason));
    }

    @Override
    public synchronized void attemptFailed(int failures, String reason) {
        failedAttempts = failures;
        note(
                "attempt failed",
                "attempt " + failures + " failed: " + reason,
                Map.of("failures", failures, "reason", reason));
    }

    @Override
    public synchronized void refused(String code, String message) {
        refusal = new CliException(ExitCode.REFUSED, "refused: " + code + ": " + message);
        notifyAll();
    }

    @Override
    public synchronized void ended(CliException reason) {
        refusal = reason;
        notifyAll();
    }

    @Override
    public synchronized void stateChanged(DashboardClient.State next) {
        state = next;
        note("state", "the dashboard is " + next, Map.of("state", next.toString()));
    }

    @Override
    public synchronized void event(String event, JsonNode payload) {
        check.received(event, payload);
        if (event.startsWith("business:") || event.equals("metrics:updated")) {
            long revision = payload.path("revision").asLong();
            firstUnreported = unreported == 0 ? revision : firstUnreported;
            lastUnreported = revision;
            unreported++;
            events++;
        }
    }

    @Override
    public synchronized void taken(Held held) {
        kpisShown = held.kpis();
        if (expected != null) {
            difference = held.differenceFrom(expected);
        }
        notifyAll();
    }

    @Override
    public synchronized void pollingStarted() {
        polling = true;
        failuresBeforePolling = failedAttempts;
        note("polling", "it polls", Map.of("afterFailures", failedAttempts));
    }

    @Override
    public synchronized void polled(long revision, JsonNode kpis) {
        polls++;
        kpisShown = kpis;
        note("polled", "polled: revision " + revision + ", " + kpis, Map.of("revision", revision, "kpis", kpis));
    }

    @Override
    public synchronized void pollFailed(String reason) {
        note("poll failed", "poll failed: " + reason, Map.of("reason", reason));
    }

    @Override
    public synchronized void pollingStopped() {
        polling = false;
        note("polling ended", "it polls no more", Map.of());
    }

    /** Whether it polls now, and how often it has. */
    synchronized boolean isPolling() {
        return polling;
    }

    synchronized int polls() {
        return polls;
    }

    /** How many attempts had failed when it began to poll. */
    synchronized int failuresBeforePolling() {
        return failuresBeforePolling;
    }

    synchronized DashboardClient.State state() {
        return state;
    }

    /** The KPIs that a person would see, which came by the socket or by a poll. */
    synchronized JsonNode kpisShown() {
        return kpisShown;
    }

    // ---- the account

    /** A line of the timeline; the events before it are one line. */
    synchronized void note(String what, String words, Map<String, ?> fields) {
        if (unreported > 0) {
            print(
                    "events",
                    unreported + " events, revisions " + firstUnreported + " to " + lastUnreported,
                    Map.of("count", unreported, "from", firstUnreported, "to", lastUnreported));
            unreported = 0;
        }
        print(what, words, fields);
        notifyAll();
    }

    private void print(String what, String words, Map<String, ?> fields) {
        double seconds = Math.round((System.nanoTime() - began) / 1e6) / 1e3;
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("check", name);
        entry.put("seconds", seconds);
        entry.put("what", what);
        entry.putAll(fields);
        output.data(entry, String.format(Locale.ROOT, "%8.3f  %s", seconds, words));
    }

    /**
     * What REST says is what the client holds in the end, and every revision came once and in order.
     *
     * @throws CliException with {@link ExitCode#DID_NOT_HOLD} if not
     */
    void verify() {
        long deadline = System.nanoTime() + patience.toNanos();
        String last;
        do {
            JsonNode now = call("GET", "/api/dashboard/tenant", null).path("data");
            synchronized (this) {
                expected = now;
                difference = "nothing came since";
            }
            client.compare();
            try {
                await("it is compared", VERIFY_RETRY, () -> difference.isEmpty());
            } catch (CliException e) {
                // Something is on its way, or lost: the next turn says.
            }
            synchronized (this) {
                last = difference;
            }
        } while (!last.isEmpty() && System.nanoTime() < deadline);
        synchronized (this) {
            String words = check.holds() ? last : check.words();
            note(
                    "verdict",
                    words.isEmpty() ? "it holds: " + check.words() : "it does not hold: " + words,
                    check.summary());
            if (!words.isEmpty()) {
                throw new CliException(ExitCode.DID_NOT_HOLD, words);
            }
        }
    }

    @Override
    public void close() {
        client.close();
        line.close();
        if (ownBusiness != null) {
            try {
                call("DELETE", "/api/businesses/" + ownBusiness, null);
            } catch (CliException e) {
                output.progress("the check's business " + ownBusiness + " is left behind: " + e.getMessage());
            }
        }
    }

    /** Changes by REST, straight, not by the line. */
    ChangeStream changes(Changer changer, List<Change> kinds, int rate, long total) {
        return new ChangeStream(changer, List.of(tenant.id()), kinds, rate, total);
    }

    Changer restChanger() {
        return new RestChanger(api, user -> tenant.tokens().get());
    }
}
