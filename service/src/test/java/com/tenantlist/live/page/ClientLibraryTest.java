package com.tenantlist.live.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.Cookie;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.FaultyLine;
import com.tenantlist.live.testing.FaultyLine.Fault;
import com.tenantlist.live.testing.JsClient;
import com.tenantlist.live.testing.LiveService;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client library over a line that fails again and again, in every way, while a hundred changes a second are committed. */
class ClientLibraryTest {
    private static final int FAULTS_IN_THE_BROWSER = 50;
    private static final int FAULTS_IN_NODE = 15;
    private static final int CHANGES_A_SECOND = 100;
    /** What the client is told: silence after which it asks for a sign, and how long it waits for that. */
    private static final long HEARD_WITHIN_MILLIS = 1_000 + 500;
    /** The clocks of the samples and of the writer are one; a machine that is busy is late. */
    private static final long LATE_MILLIS = 1_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    @RegisterExtension
    static final Chromium chromium = new Chromium();

    private final UUID user = UUID.randomUUID();
    private UUID business;
    private FaultyLine line;
    private final NavigableMap<Long, Long> committed = new ConcurrentSkipListMap<>();

    @BeforeEach
    void aLine() throws Exception {
        business = service.createBusiness(user, "Watched");
        line = new FaultyLine(service.sockets().getPort());
    }

    @AfterEach
    void closeLine() throws Exception {
        line.close();
    }

    /** Commits changes at a steady rate until its end. */
    private final class Writer {
        private final AtomicBoolean ending = new AtomicBoolean();
        private final CompletableFuture<Void> ended = CompletableFuture.runAsync(this::write);

        private void write() {
            try (Connection connection = service.connect();
                    PreparedStatement change = connection.prepareStatement(
                            "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = ?")) {
                change.setObject(1, business);
                long first = service.revision(user);
                long began = System.nanoTime();
                for (long n = 1; !ending.get(); n++) {
                    change.executeUpdate();
                    committed.put(System.currentTimeMillis(), first + n);
                    long due = began + n * TimeUnit.SECONDS.toNanos(1) / CHANGES_A_SECOND;
                    TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        void end() {
            ending.set(true);
            ended.join();
        }
    }

    /** Faults of random kind and length while changes go on; the client catches up after each. */
    private void failAgainAndAgain(int times, Random random, Reporter reporter) throws Exception {
        Writer writer = new Writer();
        try {
            for (int i = 0; i < times; i++) {
                Thread.sleep(random.nextInt(300));
                Fault[] faults = Fault.values();
                line.is(faults[1 + random.nextInt(faults.length - 1)]);
                Thread.sleep(random.nextInt(2_500));
                line.is(Fault.NONE);
                long shown = service.revision(user);
                reportOf(reporter, said -> revision(said) >= shown);
            }
        } finally {
            writer.end();
        }
    }

    /** The first report that is as wanted. */
    private static JsonNode reportOf(Reporter reporter, Predicate<JsonNode> wanted) {
        return await().atMost(Duration.ofSeconds(40)).until(reporter::report, wanted);
    }

    private static long revision(JsonNode report) {
        return report.path("dashboard").path("revision").asLong();
    }

    private static JsonNode views(JsonNode report) {
        return report.path("dashboard")
                .path("businesses")
                .path(0)
                .path("metrics")
                .path("views_count");
    }

    /** What a client says of itself. */
    private interface Reporter {
        JsonNode report() throws Exception;
    }

    /** So many faults, and then everything is there, once and in order; and it never called itself live over old data. */
    private void holds(int faults, Reporter reporter) throws Exception {
        long seed = System.nanoTime();
        String told = "seed " + seed;
        failAgainAndAgain(faults, new Random(seed), reporter);
        long last = service.revision(user);
        // KPIs come a moment after the last event.
        JsonNode report = reportOf(
                reporter,
                said -> revision(said) >= last
                        && said.path("dashboard")
                                .path("kpis")
                                .path("landlordViews")
                                .equals(views(said)));
        List<Long> revisions = JSON.convertValue(
                report.path("revisions"), JSON.getTypeFactory().constructCollectionType(List.class, Long.class));
        assertThat(revisions)
                .as(told)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(revisions.get(0), last).boxed().toList());
        assertThat(revisions).hasSizeGreaterThan(20 * faults);
        assertThat(views(report).asText())
                .isEqualTo(service.queried("SELECT views_count FROM business_metrics WHERE id = '" + business + "'"));
        Set<String> states = new TreeSet<>();
        for (JsonNode sample : report.path("samples")) {
            states.add(sample.path(1).asText());
            Map.Entry<Long, Long> then =
                    committed.floorEntry(sample.path(0).asLong() - HEARD_WITHIN_MILLIS - LATE_MILLIS);
            if (sample.path(1).asText().equals("live") && then != null) {
                assertThat(sample.path(2).asLong())
                        .as("live at %s, %s", sample.path(0), told)
                        .isGreaterThanOrEqualTo(then.getValue());
            }
        }
        assertThat(states).as(told).contains("live", "recovering");
    }

    @Test
    void inTheBrowserNothingIsLostTwiceOrOutOfOrder() throws Exception {
        chromium.expectNetworkErrors();
        Page page = chromium.newPage();
        open(page, "token: () => '" + LiveService.token(user) + "',");
        page.waitForFunction("window.live?.get().connection.state === 'live'");
        holds(
                FAULTS_IN_THE_BROWSER,
                () -> JSON.readTree(
                        (String) page.evaluate("JSON.stringify({ revisions, samples, dashboard: live.get() })")));
    }

    /** A browser has six connections to a host for all its pages: Socket.IO's client never ends a poll that a line has swallowed. */
    @Test
    void noPollOutlivesItsClient() throws Exception {
        chromium.expectNetworkErrors();
        Page page = chromium.newPage();
        Set<Request> underWay = ConcurrentHashMap.newKeySet();
        page.onRequest(request -> {
            if (request.url().startsWith(line.uri().toString())) {
                underWay.add(request);
            }
        });
        page.onRequestFinished(underWay::remove);
        page.onRequestFailed(underWay::remove);
        open(page, "token: () => '" + LiveService.token(user) + "', transports: ['polling'],");
        page.waitForFunction("window.live?.get().connection.state === 'live'");
        page.waitForCondition(() -> !underWay.isEmpty());
        line.is(Fault.MUTE);
        page.evaluate("live.end()");
        page.waitForCondition(underWay::isEmpty);
    }

    /** The library alone, in a document of this origin that has no policy. */
    private void open(Page page, String how) {
        page.route("**/library/**", route -> {
            String path = URI.create(route.request().url()).getPath();
            serve(route, Path.of("../client/dist", path.substring(path.indexOf("/library/") + "/library/".length())));
        });
        page.route(
                "**/socket.io.js",
                route -> serve(
                        route,
                        Path.of(
                                System.getProperty("js.clients"),
                                "node_modules/socket.io-client/dist/socket.io.esm.min.js")));
        page.navigate(service.api() + "/page.json");
        page.addScriptTag(new Page.AddScriptTagOptions()
                .setType("importmap")
                .setContent("{ \"imports\": { \"socket.io-client\": \"/socket.io.js\" } }"));
        page.addScriptTag(new Page.AddScriptTagOptions().setType("module").setContent("""
                        import { createLive } from '/library/index.js';
                        window.revisions = [];
                        window.samples = [];
                        window.live = createLive({ socketUrl: '%s', %s maxRetryDelay: 500, silenceTimeout: 1000, probeTimeout: 500 });
                        // With the time of the one before: a page that stood still for a while could not know better yet.
                        let sampled = Date.now();
                        setInterval(() => {
                          samples.push([sampled, live.get().connection.state, live.get().revision]);
                          sampled = Date.now();
                        }, 50);
                        live.onEvent(({ event }) => /^(business|metrics):/.test(event.type) && revisions.push(event.revision));
                        live.retain();""".formatted(line.uri(), how)));
    }

    private static final int TENANTS = 10;
    private static final int TURNS = 30;

    /** The page stays open while one after another signs in by a cookie: nothing of who was there before is shown under the new name. */
    @Test
    void whoSignsInByACookieSeesNothingOfWhoWasThereBefore() throws Exception {
        chromium.expectNetworkErrors();
        List<UUID> users = Stream.generate(UUID::randomUUID).limit(TENANTS).toList();
        List<UUID> businesses = new ArrayList<>();
        for (UUID each : users) {
            businesses.add(service.createBusiness(each, "Of " + each));
        }
        AtomicBoolean ending = new AtomicBoolean();
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeToAll(businesses, ending));
        try {
            Page page = chromium.newPage();
            signIn(page, users.get(0));
            open(page, "");
            page.waitForFunction("window.live !== undefined");
            page.evaluate("""
                    () => {
                      window.shown = [];
                      const note = (owner, of) => shown.push([owner, [...new Set(of)]]);
                      live.subscribe(() => note(live.get().owner, live.get().businesses.map((each) => each.user_id)));
                      live.onEvent(({ event, before, after }) =>
                        note(after.owner, [...(event.business ? [event.business.user_id] : []), ...after.businesses.map((each) => each.user_id)]));
                    }""");
            long seed = System.nanoTime();
            Random random = new Random(seed);
            String liveAs = "live.get().connection.state === 'live' ? live.get().owner : null";
            page.waitForFunction(
                    "first => first === (" + liveAs + ")", users.get(0).toString());
            for (int turn = 1; turn <= TURNS; turn++) {
                UUID next = users.get(turn % TENANTS);
                Thread.sleep(random.nextInt(200));
                signIn(page, next);
                // A session that polls outlives a connection that ends between two polls, and stays its owner's: until
                // one is hit.
                await().atMost(Duration.ofSeconds(30))
                        .pollDelay(Duration.ZERO)
                        .pollInSameThread()
                        .until(() -> {
                            Object owner = page.evaluate(liveAs);
                            if (owner != null && !owner.equals(next.toString())) {
                                line.is(Fault.values()[1 + random.nextInt(2)]);
                                line.is(Fault.NONE);
                            }
                            return next.toString().equals(owner);
                        });
            }
            JsonNode shown = JSON.readTree((String) page.evaluate("JSON.stringify(shown)"));
            assertThat(shown.size()).as("seed " + seed).isGreaterThan(10 * TURNS);
            // Owners come in turns, and of each only what is theirs is shown.
            int turn = 0;
            for (JsonNode each : shown) {
                String owner = each.path(0).isNull() ? null : each.path(0).asText();
                if (owner != null && !owner.equals(users.get(turn % TENANTS).toString())) {
                    turn++;
                }
                if (owner != null) {
                    assertThat(owner)
                            .as("turn %d, seed %d", turn, seed)
                            .isEqualTo(users.get(turn % TENANTS).toString());
                }
                for (JsonNode of : each.path(1)) {
                    assertThat(of.asText()).as("turn %d, seed %d", turn, seed).isEqualTo(owner);
                }
            }
            assertThat(turn).isEqualTo(TURNS);
        } finally {
            ending.set(true);
            writing.join();
        }
    }

    private static void signIn(Page page, UUID who) {
        page.context()
                .addCookies(List.of(new Cookie("accessToken", LiveService.token(who))
                        .setUrl(service.api().toString())
                        .setHttpOnly(true)));
    }

    private static void writeToAll(List<UUID> businesses, AtomicBoolean ending) {
        try (Connection connection = service.connect();
                PreparedStatement change = connection.prepareStatement(
                        "UPDATE business_metrics SET views_count = views_count + 1 WHERE id = ?")) {
            for (int n = 0; !ending.get(); n++) {
                change.setObject(1, businesses.get(n % businesses.size()));
                change.executeUpdate();
                TimeUnit.MILLISECONDS.sleep(2);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void serve(Route route, Path file) {
        route.fulfill(
                new Route.FulfillOptions().setContentType("text/javascript").setPath(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "msgpack"})
    void inNodeNothingIsLostTwiceOrOutOfOrder(String parser) throws Exception {
        try (JsClient client = JsClient.library(line.uri(), service, LiveService.token(user), parser)) {
            client.await(said -> said.path("state").asText().equals("live"));
            holds(FAULTS_IN_NODE, () -> {
                client.send(Map.of("do", "report"));
                return client.await("report");
            });
            // A poll over a line that swallowed it ends with the line: Socket.IO's client has no way to give it up.
            line.is(Fault.CLOSE);
            assertThat(client.endsByItself())
                    .as("no timer and no socket is left")
                    .isTrue();
        }
    }
}
