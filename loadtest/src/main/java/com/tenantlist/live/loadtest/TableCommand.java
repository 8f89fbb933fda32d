package com.tenantlist.live.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code table}: makes one table of the JSON files of several runs, and says which rows are worse than in an earlier table by more than
 * either spreads. Where both tables have the ratio to a peer, that is compared: it does not change with the machine's mood.
 */
@Command(
        name = "table",
        mixinStandardHelpOptions = true,
        description = "Makes one table of the results of several runs; exits with 1 if a row is worse than it was.")
final class TableCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "What runs wrote by --json.")
    private List<Path> reports = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the table as JSON.")
    private @Nullable Path json;

    @Option(names = "--before", paramLabel = "FILE", description = "An earlier table, as --json wrote it.")
    private @Nullable Path before;

    @Override
    public Integer call() throws IOException {
        ArrayNode rows = JSON.createArrayNode();
        for (Path report : reports) {
            addRows(JSON.readTree(report.toFile()), rows);
        }
        if (json != null) {
            ObjectNode table = JSON.createObjectNode()
                    .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                    .put("cores", Runtime.getRuntime().availableProcessors());
            table.set("rows", rows);
            Files.writeString(json, JSON.writeValueAsString(table) + "\n");
        }
        print(rows);
        if (before == null) {
            return 0;
        }
        List<String> worse = worse(JSON.readTree(before.toFile()).path("rows"), rows);
        System.out.println(
                worse.isEmpty()
                        ? "no row of two turns is worse than it was by more than it spreads"
                        : "worse than before:");
        worse.forEach(row -> System.out.println("  " + row));
        return worse.isEmpty() ? 0 : 1;
    }

    /** The figures of the first server of a run that say how well it does, with their ratio to the peer's where there is one. */
    static void addRows(JsonNode report, ArrayNode rows) {
        for (JsonNode figure : report.path("targets").path(0).path("figures")) {
            if (figure.path("better").asText().equals("NEITHER")) {
                continue;
            }
            ObjectNode row = rows.addObject()
                    .put("command", report.path("title").asText())
                    .put("held", report.path("held").asBoolean());
            row.setAll((ObjectNode) figure.deepCopy());
            for (JsonNode ratio : report.path("ratios")) {
                if (ratio.path("name").equals(figure.path("name"))) {
                    row.set("ratio", ratio);
                }
            }
        }
    }

    /**
     * Says of each row that is worse what it was and is. A row that one table does not have, or has of one turn alone, is not compared: nobody
     * knows how that spreads.
     */
    static List<String> worse(JsonNode before, JsonNode now) {
        List<String> worse = new ArrayList<>();
        for (JsonNode row : now) {
            for (JsonNode old : before) {
                if (!old.path("command").equals(row.path("command"))
                        || !old.path("name").equals(row.path("name"))) {
                    continue;
                }
                boolean ratios = old.has("ratio") && row.has("ratio");
                JsonNode was = ratios ? old.path("ratio") : old;
                JsonNode is = ratios ? row.path("ratio") : row;
                if (was.path("turns").size() < 2 || is.path("turns").size() < 2) {
                    continue;
                }
                double change =
                        is.path("median").asDouble() - was.path("median").asDouble();
                double loss = row.path("better").asText().equals("LOWER") ? change : -change;
                if (loss > Math.max(spread(was), spread(is))) {
                    worse.add(row.path("command").asText() + ": "
                            + row.path("name").asText()
                            + (ratios
                                    ? ", ratio to the peer, was "
                                    : " (" + row.path("unit").asText() + ") was ")
                            + told(was) + ", is " + told(is));
                }
            }
        }
        return worse;
    }

    private static double spread(JsonNode row) {
        return row.path("high").asDouble() - row.path("low").asDouble();
    }

    private static String told(JsonNode row) {
        return Table.number(row.path("median").asDouble()) + " ("
                + Table.number(row.path("low").asDouble()) + "–"
                + Table.number(row.path("high").asDouble()) + ")";
    }

    private static void print(ArrayNode rows) {
        Table table = new Table();
        String command = "";
        for (JsonNode row : rows) {
            if (!command.equals(row.path("command").asText())) {
                command = row.path("command").asText();
                table.row(List.of(command + (row.path("held").asBoolean() ? "" : " (it did not hold)")));
            }
            String unit = row.path("unit").asText();
            table.row(List.of(
                    "  " + row.path("name").asText() + (unit.isEmpty() ? "" : " (" + unit + ")"),
                    told(row),
                    row.has("ratio") ? "times the other's: " + told(row.path("ratio")) : ""));
        }
        System.out.print(table);
    }
}
