package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code doctor}: what is wrong between here and the service, and what to do about it. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Looks at ports, health, clocks, the token, CORS and the time of a round trip; says what to do about what it finds.",
            "The exit code is that of the first finding that is not ok; a warning is no such finding."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final Duration SKEW_WARNING = Duration.ofSeconds(2);
    private static final int SKEW_LIMIT_SECONDS = 5;
    private static final int ROUND_TRIPS = 10;
    private static final long SLOW_ROUND_TRIP_MS = 200;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

    @Mixin
    private final ClientOptions options = new ClientOptions();

    @Option(
            names = "--admin",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8081",
            description = "The admin port. Default: $$TENANTLIST_ADMIN_URL, or ${DEFAULT-VALUE}.")
    private URI admin = URI.create("http://127.0.0.1:8081");

    @Option(
            names = "--origin",
            paramLabel = "URL",
            description = "The origin of a front end that must be let in. Default: that of --api.")
    private @Nullable URI origin;

    private enum Grade {
        OK("@|green ok|@     "),
        WARNING("@|yellow warning|@"),
        FAILED("@|red FAILED|@ ");

        private final String mark;

        Grade(String mark) {
            this.mark = mark;
        }
    }

    /** What was found, and what to do about it; empty: nothing. */
    private record Finding(String subject, Grade grade, String found, String advice, int exitCode) {
        static Finding ok(String subject, String found) {
            return new Finding(subject, Grade.OK, found, "", ExitCode.OK);
        }
    }

    private interface Examination {
        Finding examine();
    }

    private final List<Finding> findings = new ArrayList<>();

    @Override
    public Integer call() {
        examine("rest", "Is the service started? bin/dev starts one; --api says where it is.", this::rest);
        examine("health", "Is the service started? --admin says where its admin port is.", this::health);
        examine("clock", "", this::clock);
        examine("token", "Issue another: bin/tenantlist token issue --tenant 1", this::token);
        examine("cors", "", this::cors);
        examine("sockets", "Is the port open, and not another's? --socket says where it is.", this::socketPort);
        examine("round trip", "", this::roundTrip);
        return findings.stream()
                .filter(finding -> finding.grade() == Grade.FAILED)
                .findFirst()
                .map(Finding::exitCode)
                .orElse(ExitCode.OK);
    }

    private void examine(String subject, String advice, Examination examination) {
        Finding finding;
        try {
            finding = examination.examine();
        } catch (CliException e) {
            finding = new Finding(subject, Grade.FAILED, String.valueOf(e.getMessage()), advice, e.exitCode());
        }
        findings.add(finding);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("subject", finding.subject());
        fields.put("grade", finding.grade().name().toLowerCase(Locale.ROOT));
        fields.put("found", finding.found());
        fields.put("advice", finding.advice());
        options.output()
                .data(
                        fields,
                        Output.styled(finding.grade().mark)
                                + String.format("  %-10s  %s", subject, finding.found())
                                + (finding.advice().isEmpty()
                                        ? ""
                                        : System.lineSeparator() + "                     → " + finding.advice()));
    }

    private HttpResponse<String> get(URI base, String path) {
        Api there = new Api(base);
        return there.send(there.request("", path).build());
    }

    private Finding rest() {
        HttpResponse<String> response = get(options.api().base(), "/openapi.json");
        return response.statusCode() == 200 && response.body().contains("/dashboard/tenant")
                ? Finding.ok("rest", options.api().base() + " answers")
                : new Finding(
                        "rest",
                        Grade.FAILED,
                        options.api().base() + " answers " + response.statusCode() + ", and is not this service",
                        "Give the right --api.",
                        ExitCode.UNREACHABLE);
    }

    private Finding health() {
        HttpResponse<String> response = get(admin, "/healthcheck");
        List<String> sick = new ArrayList<>();
        Json.parse(response.body()).properties().forEach(check -> {
            if (!check.getValue().path("healthy").asBoolean()) {
                sick.add(
                        check.getKey() + " (" + check.getValue().path("message").asText() + ")");
            }
        });
        return sick.isEmpty()
                ? Finding.ok("health", "all checks are healthy")
                : new Finding(
                        "health",
                        Grade.FAILED,
                        String.join(", ", sick),
                        "docs/operations.md says what each check means; the service's log says more.",
                        ExitCode.DID_NOT_HOLD);
    }

    private Finding clock() {
        Instant before = Instant.now();
        HttpResponse<String> response = get(options.api().base(), "/openapi.json");
        Optional<String> date = response.headers().firstValue("Date");
        if (date.isEmpty()) {
            return new Finding("clock", Grade.WARNING, "the service names no date", "", ExitCode.OK);
        }
        // The header has whole seconds: half a second is added, which halves the worst error.
        Instant theirs = ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
                .toInstant()
                .plusMillis(500);
        Instant ours = before.plus(Duration.between(before, Instant.now()).dividedBy(2));
        Duration skew = Duration.between(ours, theirs);
        String words = String.format(Locale.ROOT, "%+.1f s against the service's", skew.toMillis() / 1000.0);
        return skew.abs().compareTo(SKEW_WARNING) < 0
                ? Finding.ok("clock", words)
                : new Finding(
                        "clock",
                        skew.abs().toSeconds() >= SKEW_LIMIT_SECONDS ? Grade.FAILED : Grade.WARNING,
                        words,
                        "Set the clocks (NTP): tokens are refused when they differ by more than JWT_LEEWAY (5 s).",
                        ExitCode.DID_NOT_HOLD);
    }

    private Finding token() {
        TenantOptions.Tenant who = who();
        String token = who.tokens().get();
        Instant end = Claims.of(token).expiresAt();
        options.api().call(token, "GET", "/api/dashboard/tenant/kpis", null);
        return Finding.ok("token", "taken by the service, for user " + who.id() + ", until " + end);
    }

    /** The tenant that was named, else the first demo tenant. */
    private TenantOptions.Tenant who() {
        return options.tenant().find().orElseGet(() -> options.tenant().signed(Tenants.number(1)));
    }

    private Finding cors() {
        URI base = options.api().base();
        String asking = origin == null ? base.getScheme() + "://" + base.getAuthority() : origin.toString();
        HttpResponse<String> preflight = options.api()
                .send(options.api()
                        .request("", "/api/businesses")
                        .header("Origin", asking)
                        .header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .build());
        boolean rest = preflight
                .headers()
                .firstValue("Access-Control-Allow-Origin")
                .filter(asking::equals)
                .isPresent();
        Api socketApi = new Api(options.sockets().socket());
        boolean socket = socketApi
                        .send(socketApi
                                .request("", "/socket.io/?EIO=4&transport=polling")
                                .header("Origin", asking)
                                .build())
                        .statusCode()
                == 200;
        return rest && socket
                ? Finding.ok("cors", asking + " is let in")
                : new Finding(
                        "cors",
                        Grade.FAILED,
                        asking + " is not let in by "
                                + (rest ? "the sockets" : socket ? "REST" : "REST and the sockets"),
                        "Add it to FRONTEND_URL, which is comma-separated, and restart the service.",
                        ExitCode.REFUSED);
    }

    private Finding socketPort() {
        HttpResponse<String> response = get(options.sockets().socket(), "/socket.io/?EIO=4&transport=polling");
        return response.statusCode() == 200 && response.body().startsWith("0{")
                ? Finding.ok("sockets", options.sockets().socket() + " shakes hands")
                : new Finding(
                        "sockets",
                        Grade.FAILED,
                        options.sockets().socket() + " answers " + response.statusCode() + " to a handshake",
                        "Give the right --socket; a proxy in between must pass /socket.io/ on.",
                        ExitCode.UNREACHABLE);
    }

    /** A request for state and its answer, on a socket. */
    private Finding roundTrip() {
        CountDownLatch ended = new CountDownLatch(ROUND_TRIPS);
        AtomicReference<@Nullable CliException> failure = new AtomicReference<>();
        List<Long> millis = new ArrayList<>();
        DashboardClient.Settings settings = options.sockets().settings(CONNECT_LIMIT, CONNECT_LIMIT);
        TenantOptions.Tenant who = who();
        class Timer implements DashboardClient.Listener {
            private long asked = System.nanoTime();
            private @Nullable JavaClient client;

            @Override
            public void connected() {
                asked = System.nanoTime();
            }

            @Override
            public void event(String name, JsonNode payload) {
                if (name.equals("reconnected")) {
                    millis.add((System.nanoTime() - asked) / 1_000_000);
                    ended.countDown();
                    asked = System.nanoTime();
                    if (client != null && ended.getCount() > 0) {
                        client.askForState();
                    }
                }
            }

            @Override
            public void refused(String code, String message) {
                fail(ExitCode.REFUSED, "refused: " + code + ": " + message);
            }

            @Override
            public void attemptFailed(int failures, String reason) {
                fail(ExitCode.UNREACHABLE, reason);
            }

            private void fail(int exitCode, String message) {
                failure.set(new CliException(exitCode, message));
                while (ended.getCount() > 0) {
                    ended.countDown();
                }
            }
        }
        Timer timer = new Timer();
        try (JavaClient client = options.client(who, settings, timer)) {
            timer.client = client;
            client.connect();
            if (!ended.await(CONNECT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new CliException(
                        ExitCode.TIMED_OUT, "no answer on the socket within " + CONNECT_LIMIT.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.TIMED_OUT, "interrupted");
        }
        CliException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        List<Long> sorted = millis.stream().sorted().toList();
        long median = sorted.get(sorted.size() / 2);
        String words = "median " + median + " ms, slowest " + sorted.get(sorted.size() - 1) + " ms, of " + sorted.size()
                + " requests for state";
        return median < SLOW_ROUND_TRIP_MS
                ? Finding.ok("round trip", words)
                : new Finding(
                        "round trip",
                        Grade.WARNING,
                        words,
                        "Look at /prometheus: a busy database (database pool, kpi reads) or a long way in between.",
                        ExitCode.OK);
    }
}
