package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.tenantlist.live.cli.line.Cut;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/**
 * What a scenario's file says; its form is documented in docs/cli.md. Anything it does not know is an error that names the
 * place.
 *
 * @param user the tenant; null: one of its own
 */
record Scenario(String name, @Nullable UUID user, DashboardClient.Settings client, List<Step> steps) {
    /** One thing to do. */
    sealed interface Step {
        /** What it is, in words. */
        String words();
    }

    /** Makes changes, and waits until they are made. */
    record Make(List<Change> kinds, int count, int rate) implements Step {
        @Override
        public String words() {
            return "change: " + count + " at " + rate + "/s";
        }
    }

    /** Makes changes while the next steps run. */
    record Start(List<Change> kinds, int rate) implements Step {
        @Override
        public String words() {
            return "start: changes at " + rate + "/s";
        }
    }

    /** Ends what {@link Start} began. */
    record Stop() implements Step {
        @Override
        public String words() {
            return "stop: changes";
        }
    }

    /** Cuts the line; for a time, or until {@link Restore}. */
    record CutLine(Cut kind, @Nullable Duration lasting) implements Step {
        @Override
        public String words() {
            return "cut: " + kind + (lasting == null ? "" : " for " + lasting.toMillis() + " ms");
        }
    }

    /** Mends the line. */
    record Restore() implements Step {
        @Override
        public String words() {
            return "restore";
        }
    }

    /** Waits. */
    record Pause(Duration time) implements Step {
        @Override
        public String words() {
            return "wait: " + time.toMillis() + " ms";
        }
    }

    /**
     * Waits until all of it is so.
     *
     * @param kpis what must be shown
     * @param added by how much more must be shown than at the start
     */
    record Expect(
            DashboardClient.@Nullable State state, Map<String, Double> kpis, Map<String, Double> added, Duration within)
            implements Step {
        @Override
        public String words() {
            return "expect: " + (state == null ? "" : state + " ")
                    + (kpis.isEmpty() ? "" : kpis + " ") + (added.isEmpty() ? "" : "+" + added + " ") + "within "
                    + within.toMillis() + " ms";
        }
    }

    private static final Set<String> KPIS =
            new TreeSet<>(Set.of("activeBusinesses", "responseRate", "landlordViews", "messagesTotal"));
    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final int MAX_RATE = 1_000;

    /** @throws CliException with {@link ExitCode#USAGE} that says what is wrong and where */
    static Scenario read(Path file) {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new CliException(ExitCode.USAGE, file + " cannot be read: " + e.getMessage());
        }
        return new Reader(file.toString()).scenario(root);
    }

    /** Reads a node; {@code place} is what an error names. */
    private record Reader(String place) {
        Reader at(String where) {
            return new Reader(place + ": " + where);
        }

        CliException wrong(String what) {
            return new CliException(ExitCode.USAGE, place + ": " + what);
        }

        Scenario scenario(JsonNode root) {
            map(root, "name", "tenant", "user", "client", "steps");
            if (root.has("tenant") && root.has("user")) {
                throw wrong("give tenant or user, not both");
            }
            UUID user =
                    root.has("tenant") ? Tenants.number(at("tenant").whole(root.path("tenant"), 1, 1_000_000)) : null;
            if (root.has("user")) {
                try {
                    user = UUID.fromString(root.path("user").asText());
                } catch (IllegalArgumentException e) {
                    throw at("user").wrong("'" + root.path("user").asText() + "' is not a UUID");
                }
            }
            List<Step> steps = new ArrayList<>();
            if (!root.path("steps").isArray() || root.path("steps").isEmpty()) {
                throw wrong("steps must be a list of at least one step");
            }
            for (JsonNode step : root.path("steps")) {
                steps.add(at("step " + (steps.size() + 1)).step(step));
            }
            return new Scenario(
                    root.path("name").asText("scenario"), user, at("client").client(root.path("client")), steps);
        }

        private DashboardClient.Settings client(JsonNode node) {
            DashboardClient.Settings usual = DashboardClient.Settings.DEFAULT;
            if (node.isMissingNode()) {
                return usual;
            }
            map(node, "transport", "pollAfter", "pollInterval", "maxRetryDelay");
            return new DashboardClient.Settings(
                    node.has("transport")
                            ? at("transport").one(DashboardClient.Transport.class, node.path("transport"))
                            : usual.transport(),
                    node.has("pollAfter") ? at("pollAfter").whole(node.path("pollAfter"), 1, 1_000) : usual.pollAfter(),
                    at("pollInterval").duration(node.path("pollInterval"), usual.pollInterval()),
                    usual.retryDelay(),
                    at("maxRetryDelay").duration(node.path("maxRetryDelay"), usual.maxRetryDelay()),
                    usual.attemptTimeout());
        }

        private Step step(JsonNode node) {
            // A step without settings may be written as a word.
            String name = node.isTextual()
                    ? node.textValue()
                    : node.isObject() && node.size() == 1 ? node.fieldNames().next() : "";
            Reader at = at(name);
            JsonNode body = node.path(name);
            return switch (name) {
                case "change" -> at.change(body);
                case "start" -> {
                    at.map(body, "kind", "rate");
                    yield new Start(at.kinds(body), at.at("rate").whole(body.path("rate"), 1, MAX_RATE));
                }
                case "stop" -> new Stop();
                case "cut" -> {
                    at.map(body, "kind", "for");
                    yield new CutLine(
                            at.at("kind").one(Cut.class, body.path("kind")),
                            body.has("for") ? at.at("for").duration(body.path("for"), WITHIN) : null);
                }
                case "restore" -> new Restore();
                case "wait" -> new Pause(at.duration(body, WITHIN));
                case "expect" -> at.expect(body);
                default ->
                    throw wrong("'" + (name.isEmpty() ? node : name)
                            + "' is none of change, start, stop, cut, restore, wait, expect");
            };
        }

        private Step change(JsonNode body) {
            map(body, "kind", "count", "rate");
            return new Make(
                    kinds(body),
                    body.has("count") ? at("count").whole(body.path("count"), 1, 1_000_000) : 1,
                    body.has("rate") ? at("rate").whole(body.path("rate"), 1, MAX_RATE) : MAX_RATE);
        }

        private Step expect(JsonNode body) {
            map(body, "state", "kpis", "added", "within");
            if (!body.has("state") && !body.has("kpis") && !body.has("added")) {
                throw wrong("say what: state, kpis or added");
            }
            return new Expect(
                    body.has("state") ? at("state").one(DashboardClient.State.class, body.path("state")) : null,
                    at("kpis").numbers(body.path("kpis")),
                    at("added").numbers(body.path("added")),
                    at("within").duration(body.path("within"), WITHIN));
        }

        private Map<String, Double> numbers(JsonNode node) {
            Map<String, Double> numbers = new LinkedHashMap<>();
            if (!node.isMissingNode()) {
                map(node, KPIS.toArray(String[]::new));
                node.properties().forEach(field -> {
                    if (!field.getValue().isNumber()) {
                        throw at(field.getKey()).wrong("'" + field.getValue().asText() + "' is not a number");
                    }
                    numbers.put(field.getKey(), field.getValue().doubleValue());
                });
            }
            return numbers;
        }

        /** One kind, or a list of them; all when there is none. */
        private List<Change> kinds(JsonNode body) {
            JsonNode node = body.path("kind");
            if (node.isMissingNode()) {
                return List.of(Change.values());
            }
            List<Change> kinds = new ArrayList<>();
            for (JsonNode kind : node.isArray() ? node : List.of(node)) {
                kinds.add(at("kind").one(Change.class, kind));
            }
            return kinds;
        }

        private <E extends Enum<E>> E one(Class<E> type, JsonNode node) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(value -> value.name().equalsIgnoreCase(node.asText()))
                    .findFirst()
                    .orElseThrow(() -> wrong("'" + node.asText() + "' is none of "
                            + Arrays.stream(type.getEnumConstants())
                                    .map(Enum::toString)
                                    .collect(Collectors.joining(", "))));
        }

        private int whole(JsonNode node, int least, int most) {
            if (!node.isInt() || node.intValue() < least || node.intValue() > most) {
                throw wrong("'" + node.asText() + "' is not a whole number from " + least + " to " + most);
            }
            return node.intValue();
        }

        private Duration duration(JsonNode node, Duration otherwise) {
            if (node.isMissingNode()) {
                return otherwise;
            }
            try {
                return Durations.parse(node.asText());
            } catch (TypeConversionException e) {
                throw wrong(String.valueOf(e.getMessage()));
            }
        }

        private void map(JsonNode node, String... keys) {
            if (!node.isObject()) {
                throw wrong("must be a map of " + String.join(", ", keys));
            }
            for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                if (!Arrays.asList(keys).contains(name)) {
                    throw wrong("'" + name + "' is none of " + String.join(", ", keys));
                }
            }
        }
    }
}
