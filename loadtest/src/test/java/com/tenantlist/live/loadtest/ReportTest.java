package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = "a secret of more than thirty-two bytes";

    @Test
    void theTextHasBothServersTheirRatioAndWhatWasLost() {
        String text = report(Faults.lost(3)).text();

        assertThat(text).contains("push <by> sql");
        assertThat(text)
                .containsPattern("server CPU a change \\(µs\\) +150 +100–200 +500 +400–600 +0\\.29 +0\\.25–0\\.33");
        assertThat(text).contains("live: due to event", "peer: due to event");
        assertThat(text).contains("live: lost=3 duplicates=0 outOfOrder=0 foreign=0 failed=0");
    }

    @Test
    void theJsonHasFiguresWithTheirTurnsLatenciesAndRatios() throws Exception {
        JsonNode json = JSON.readTree(report(Faults.NONE).json());

        assertThat(json.path("held").asBoolean()).isTrue();
        JsonNode live = json.path("targets").path(0);
        assertThat(live.path("name").asText()).isEqualTo("live");
        assertThat(live.path("figures").path(0).path("better").asText()).isEqualTo("LOWER");
        assertThat(live.path("figures").path(0).path("turns")).hasSize(2);
        JsonNode latency = live.path("latencies").path(0);
        assertThat(latency.path("count").asLong()).isEqualTo(200);
        assertThat(latency.path("seconds").path(0).path("max").asDouble()).isBetween(99.0, 102.0);
        JsonNode percentiles = latency.path("percentiles");
        assertThat(percentiles.path(percentiles.size() - 1).path("percentile").asDouble())
                .isEqualTo(100);
        assertThat(json.path("ratios").path(0).path("name").asText()).isEqualTo("server CPU a change");
    }

    @Test
    void lossAndForeignEventsDoNotHold() {
        assertThat(report(Faults.NONE).held()).isTrue();
        assertThat(report(new Faults(0, 0, 0, 1, 0)).held()).isFalse();
    }

    @Test
    void thePageIsOneFileWithTwoPlotsAndNoScript() throws Exception {
        String page = ReportPage.of(report(Faults.NONE));

        assertThat(page).contains("push &lt;by&gt; sql").doesNotContain("<script", "src=", "href=");
        Matcher svg = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(page);
        int plots = 0;
        while (svg.find()) {
            plots++;
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.group().getBytes(StandardCharsets.UTF_8)));
            assertThat(svg.group()).contains("<polyline").doesNotContain("NaN", "Infinity");
        }
        assertThat(plots).isEqualTo(2);
    }

    @Test
    void noResultHasTheSecretOrTheDatabasesPassword() throws Exception {
        Report report = report(Faults.NONE);

        assertThat(report.text() + report.json() + ReportPage.of(report)).doesNotContain(SECRET, "password");
    }

    @Test
    void aRowIsWorseWhenItLosesMoreThanBothSpread() throws Exception {
        assertThat(worse("LOWER", 100, 5, 104)).isEmpty();
        assertThat(worse("LOWER", 100, 5, 106)).singleElement().asString().contains("push: CPU (µs) was 100", "is 106");
        assertThat(worse("LOWER", 100, 5, 50)).isEmpty();
        assertThat(worse("HIGHER", 100, 5, 94)).hasSize(1);
        assertThat(worse("HIGHER", 100, 5, 150)).isEmpty();
    }

    @Test
    void aRowOfOneTurnIsNotCompared() throws Exception {
        JsonNode before = row("LOWER", 100, 5);
        JsonNode ofOneTurn = JSON.readTree(row("LOWER", 200, 0).toString().replace("[200.0,200.0]", "[200.0]"));

        assertThat(TableCommand.worse(before, row("LOWER", 200, 0))).hasSize(1);
        assertThat(TableCommand.worse(before, ofOneTurn)).isEmpty();
    }

    @Test
    void rowsOfThePeersTimeAreComparedByTheirRatio() throws Exception {
        ArrayNode before = JSON.createArrayNode();
        ArrayNode slowMachine = JSON.createArrayNode();
        TableCommand.addRows(JSON.readTree(report(Faults.NONE).json()), before);
        TableCommand.addRows(JSON.readTree(report(Faults.NONE, 10).json()), slowMachine);

        assertThat(TableCommand.worse(before, slowMachine)).isEmpty();
    }

    private static List<String> worse(String better, double was, double spread, double is) throws Exception {
        return TableCommand.worse(row(better, was, spread), row(better, is, spread));
    }

    private static JsonNode row(String better, double value, double spread) throws Exception {
        return JSON.readTree("""
                [{"command": "push", "name": "CPU", "unit": "µs", "better": "%1$s", "median": %2$s, "low": %3$s, "high": %4$s,
                  "turns": [%3$s, %4$s]}]""".formatted(better, value, value - spread / 2, value + spread / 2));
    }

    private static Report report(Faults faults) {
        return report(faults, 1);
    }

    private static Report report(Faults faults, double slower) {
        Target live = target("live", 1);
        Target peer = target("peer", 2);
        return new Report(
                "push <by> sql",
                List.of(
                        Side.of(live, List.of(turn(100 * slower, faults), turn(200 * slower, Faults.NONE))),
                        Side.of(peer, List.of(turn(400 * slower, Faults.NONE), turn(600 * slower, Faults.NONE)))));
    }

    private static Target target(String name, int port) {
        return new Target(
                name,
                URI.create("http://127.0.0.1:" + port),
                List.of(URI.create("ws://127.0.0.1:" + port)),
                "postgresql://someone:password@127.0.0.1/rows",
                SECRET,
                By.SQL,
                List.of());
    }

    private static Outcome turn(double cpu, Faults faults) {
        Latency latency = new Latency("due to event");
        long now = System.nanoTime();
        for (int millis = 1; millis <= 100; millis++) {
            latency.record(now, now + TimeUnit.MILLISECONDS.toNanos(millis));
        }
        return new Outcome(List.of(Figure.lower("server CPU a change", "µs", cpu)), List.of(latency), faults);
    }
}
