package com.tenantlist.live.loadtest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * A run's results.
 *
 * @param title what was run, with its settings; without secrets
 * @param sides one, or two that are compared
 */
record Report(String title, List<Side> sides) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int PERCENTILE_TICKS = 5;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    /** Whether nothing was lost, came twice, out of order or of another owner, and nothing failed. */
    boolean held() {
        return sides.stream().allMatch(side -> side.faults().held());
    }

    /** The first side's share of the second's; none without a second. */
    List<Spread> ratios() {
        if (sides.size() < 2) {
            return List.of();
        }
        List<Spread> ratios = new ArrayList<>();
        for (Spread spread : sides.get(0).spreads()) {
            if (spread.better() != Figure.Better.NEITHER) {
                sides.get(1).spread(spread.name()).flatMap(spread::ratio).ifPresent(ratios::add);
            }
        }
        return ratios;
    }

    String text() {
        return title + "\n\n" + figures() + "\n" + latencies() + faults();
    }

    private Table figures() {
        Table table = new Table();
        List<String> head = new ArrayList<>(List.of(""));
        for (Side side : sides) {
            head.add(side.target().name());
            head.add("from–to");
        }
        List<Spread> ratios = ratios();
        if (sides.size() > 1) {
            head.add("ratio");
            head.add("from–to");
        }
        table.row(head);
        for (Spread first : sides.get(0).spreads()) {
            if (sides.size() == 1 && first.turns().size() == 1 && isLatency(first)) {
                continue; // the other table has it
            }
            List<String> row = new ArrayList<>();
            row.add(first.unit().isEmpty() ? first.name() : first.name() + " (" + first.unit() + ")");
            for (Side side : sides) {
                Optional<Spread> spread = side.spread(first.name());
                row.add(spread.map(found -> Table.number(found.median())).orElse("–"));
                row.add(spread.map(Report::range).orElse(""));
            }
            for (Spread ratio : ratios) {
                if (ratio.name().equals(first.name())) {
                    row.add(Table.number(ratio.median()));
                    row.add(range(ratio));
                }
            }
            table.row(row);
        }
        return table;
    }

    private boolean isLatency(Spread spread) {
        return sides.get(0).latencies().stream()
                .anyMatch(latency -> spread.name().startsWith(latency.name() + ", p"));
    }

    private static String range(Spread spread) {
        return spread.turns().size() < 2 ? "" : Table.number(spread.low()) + "–" + Table.number(spread.high());
    }

    private String latencies() {
        Table table = new Table().row(List.of("ms", "count", "p50", "p90", "p99", "p99.9", "max"));
        boolean any = false;
        for (Side side : sides) {
            for (Latency latency : side.latencies()) {
                List<String> row = new ArrayList<>();
                row.add(side.target().name() + ": " + latency.name());
                row.add(Table.number((double) latency.all().getTotalCount()));
                for (double percentile : PERCENTILES) {
                    row.add(String.format(Locale.ROOT, "%.2f", latency.millisAt(percentile)));
                }
                table.row(row);
                any = true;
            }
        }
        return any ? table + "\n" : "";
    }

    private String faults() {
        StringBuilder text = new StringBuilder();
        for (Side side : sides) {
            Faults faults = side.faults();
            text.append(String.format(
                    Locale.ROOT,
                    "%s: lost=%d duplicates=%d outOfOrder=%d foreign=%d failed=%d%n",
                    side.target().name(),
                    faults.lost(),
                    faults.duplicates(),
                    faults.outOfOrder(),
                    faults.foreign(),
                    faults.failed()));
        }
        return text.toString();
    }

    String json() throws IOException {
        ObjectNode report = JSON.createObjectNode()
                .put("title", title)
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("held", held());
        ArrayNode targets = report.putArray("targets");
        for (Side side : sides) {
            ObjectNode target = targets.addObject().put("name", side.target().name());
            target.put("api", side.target().api().toString())
                    .put(
                            "socket",
                            side.target().sockets().stream().map(URI::toString).collect(Collectors.joining(",")));
            target.set("faults", JSON.valueToTree(side.faults()));
            target.set("figures", JSON.valueToTree(side.spreads()));
            ArrayNode latencies = target.putArray("latencies");
            side.latencies().forEach(latency -> addTo(latencies, latency));
        }
        report.set("ratios", JSON.valueToTree(ratios()));
        return JSON.writeValueAsString(report) + "\n";
    }

    private static void addTo(ArrayNode latencies, Latency latency) {
        ObjectNode node = latencies
                .addObject()
                .put("name", latency.name())
                .put("unit", "ms")
                .put("count", latency.all().getTotalCount());
        ArrayNode percentiles = node.putArray("percentiles");
        for (HistogramIterationValue value : latency.all().percentiles(PERCENTILE_TICKS)) {
            percentiles
                    .addObject()
                    .put("percentile", value.getPercentileLevelIteratedTo())
                    .put("value", value.getValueIteratedTo() / 1e3);
        }
        ArrayNode seconds = node.putArray("seconds");
        latency.bySecond()
                .forEach((second, micros) -> seconds.addObject()
                        .put("second", second)
                        .put("count", micros.getTotalCount())
                        .put("p50", millis(micros, 50))
                        .put("p99", millis(micros, 99))
                        .put("max", millis(micros, 100)));
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1e3;
    }
}
