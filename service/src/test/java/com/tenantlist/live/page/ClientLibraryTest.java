package com.tenantlist.live.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.tenantlist.live.testing.Chromium;
import com.tenantlist.live.testing.CutLine;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.JsClient;
import com.tenantlist.live.testing.LiveService;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client library over a line that is cut twenty times while a hundred changes a second are committed. */
class ClientLibraryTest {
    private static final int CUTS = 20;
    private static final int CHANGES_A_SECOND = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    @RegisterExtension
    static final Chromium chromium = new Chromium();

    private final UUID user = UUID.randomUUID();
    private UUID business;
    private CutLine line;

    @BeforeEach
    void aLine() throws Exception {
        business = service.createBusiness(user, "Watched");
        line = new CutLine(EmbeddedDatabase.freePort(), service.sockets().getPort());
    }

    @AfterEach
    void closeLine() {
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
                long began = System.nanoTime();
                for (long n = 1; !ending.get(); n++) {
                    change.executeUpdate();
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

    /** Cuts of random kind and length while changes go on; the client catches up after each. */
    private void cutAgainAndAgain(Random random, Reporter reporter) throws Exception {
        Writer writer = new Writer();
        try {
            for (int i = 0; i < CUTS; i++) {
                Thread.sleep(random.nextInt(300));
                int kind = random.nextInt(3);
                switch (kind) {
                    case 0 -> line.cut();
                    case 1 -> line.freeze();
                    default -> line.drop();
                }
                Thread.sleep(random.nextInt(1_000));
                switch (kind) {
                    case 0 -> line.restore();
                    case 1 -> {
                        line.thaw();
                        if (random.nextBoolean()) {
                            line.drop();
                        }
                    }
                    default -> {
                        // Whoever was dropped may come back already.
                    }
                }
                reportFrom(reporter, service.revision(user));
            }
        } finally {
            writer.end();
        }
    }

    /** The first report of that revision or a later one. */
    private static JsonNode reportFrom(Reporter reporter, long revision) {
        return await().atMost(Duration.ofSeconds(40))
                .until(
                        reporter::report,
                        said -> said.path("dashboard").path("revision").asLong() >= revision);
    }

    /** What a client says of itself. */
    private interface Reporter {
        JsonNode report() throws Exception;
    }

    /** Twenty cuts, and then everything is there, once and in order. */
    private void holds(Reporter reporter) throws Exception {
        long seed = System.nanoTime();
        String told = "seed " + seed;
        cutAgainAndAgain(new Random(seed), reporter);
        long last = service.revision(user);
        JsonNode report = reportFrom(reporter, last);
        List<Long> revisions = JSON.convertValue(
                report.path("revisions"), JSON.getTypeFactory().constructCollectionType(List.class, Long.class));
        assertThat(revisions)
                .as(told)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(revisions.get(0), last).boxed().toList());
        assertThat(revisions).hasSizeGreaterThan(500);
        assertThat(report.path("counts").path("gaps").asInt()).as(told).isZero();
        assertThat(report.path("counts").path("duplicates").asInt()).as(told).isZero();
        assertThat(report.path("counts").path("connects").asInt()).isGreaterThan(CUTS / 2);
        JsonNode row = report.path("dashboard").path("businesses").path(0);
        assertThat(row.path("metrics").path("views_count").asText())
                .isEqualTo(service.queried("SELECT views_count FROM business_metrics WHERE id = '" + business + "'"));
        assertThat(report.path("dashboard").path("kpis").path("landlordViews"))
                .isEqualTo(row.path("metrics").path("views_count"));
    }

    @Test
    void inTheBrowserNothingIsLostTwiceOrOutOfOrder() throws Exception {
        chromium.expectNetworkErrors();
        Page page = chromium.newPage();
        open(page);
        page.waitForFunction("window.client?.snapshot().status.state === 'live'");
        holds(() -> JSON.readTree((String) page.evaluate(
                "JSON.stringify({ revisions, counts: client.counts, dashboard: client.snapshot().dashboard })")));
    }

    /** The library alone, in a document of this origin that has no policy. */
    private void open(Page page) {
        page.route(
                "**/library/*",
                route -> serve(
                        route,
                        Path.of(
                                "../client/dist",
                                Path.of(route.request().url()).getFileName().toString())));
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
                        import { LiveClient } from '/library/index.js';
                        window.revisions = [];
                        window.client = new LiveClient({ socketUrl: '%s', token: () => '%s', maxRetryDelay: 500 });
                        client.onEvent((event) => /^(business|metrics):/.test(event.type) && revisions.push(event.revision));
                        client.connect();""".formatted(
                        line.uri(), LiveService.token(user))));
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
            holds(() -> {
                client.send(Map.of("do", "report"));
                return client.await("report");
            });
            assertThat(client.endsByItself())
                    .as("no timer and no socket is left")
                    .isTrue();
        }
    }
}
