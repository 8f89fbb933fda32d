package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a dashboard holds: the events folded, as a page would. Not safe for use by many threads: {@link JavaClient} keeps it on
 * its own.
 */
final class Held {
    private static final String[] COUNTS = {
        "views_count",
        "clicks_count",
        "property_invites_count",
        "declined_count",
        "messages_count",
        "qfps_submitted_count"
    };

    /** Numbers by value, whatever their type in JSON. */
    private static final Comparator<JsonNode> BY_VALUE = (one, other) -> one.isNumber() && other.isNumber()
            ? one.decimalValue().compareTo(other.decimalValue())
            : one.equals(other) ? 0 : 1;

    private final Map<String, ObjectNode> businesses = new LinkedHashMap<>();
    private JsonNode kpis = JsonNodeFactory.instance.nullNode();
    private long revision;
    private @Nullable String epoch;

    long revision() {
        return revision;
    }

    JsonNode kpis() {
        return kpis;
    }

    int count() {
        return businesses.size();
    }

    /** The argument of {@code request:current-state}. */
    ObjectNode asRequest() {
        ObjectNode held = JsonNodeFactory.instance.objectNode();
        return epoch == null ? held : held.put("after", revision).put("epoch", epoch);
    }

    /** Takes an event; false if some before it are missing: then it is not taken. */
    boolean take(String name, JsonNode event) {
        long next = event.path("revision").asLong();
        switch (name) {
            case "reconnected" -> takeState(event, next);
            case "kpi:update" -> kpis = event.path("kpis");
            case "business:created", "business:updated", "business:deleted", "metrics:updated" -> {
                if (epoch == null || next > revision + 1) {
                    return false;
                }
                if (next == revision + 1) {
                    revision = next;
                    change(name, event);
                }
            }
            default -> {
                // Not about what it holds.
            }
        }
        return true;
    }

    private void takeState(JsonNode event, long next) {
        kpis = event.path("kpis");
        epoch = event.path("epoch").asText();
        revision = next;
        if (event.has("businesses")) {
            businesses.clear();
            event.path("businesses")
                    .forEach(business -> businesses.put(business.path("id").asText(), business.deepCopy()));
        }
    }

    private void change(String name, JsonNode event) {
        if (name.equals("business:deleted")) {
            businesses.remove(event.path("businessId").asText());
        } else if (name.equals("metrics:updated")) {
            ObjectNode business = businesses.get(event.path("businessId").asText());
            if (business != null) {
                business.set("metrics", event.path("metrics"));
            }
        } else {
            ObjectNode business = event.path("business").deepCopy();
            ObjectNode before = businesses.get(business.path("id").asText());
            business.set("metrics", before == null ? noMetrics() : before.path("metrics"));
            businesses.put(business.path("id").asText(), business);
        }
    }

    private static ObjectNode noMetrics() {
        ObjectNode zeros = JsonNodeFactory.instance.objectNode();
        for (String count : COUNTS) {
            zeros.put(count, 0);
        }
        return zeros;
    }

    /** In what it differs from the data of {@code GET /api/dashboard/tenant}; empty: in nothing. */
    String differenceFrom(JsonNode state) {
        if (state.path("revision").asLong() != revision) {
            return "revision " + revision + " instead of " + state.path("revision");
        }
        if (!kpis.equals(BY_VALUE, state.path("kpis"))) {
            return "KPIs " + kpis + " instead of " + state.path("kpis");
        }
        if (state.path("businesses").size() != businesses.size()) {
            return businesses.size() + " businesses instead of "
                    + state.path("businesses").size();
        }
        for (JsonNode business : state.path("businesses")) {
            ObjectNode held = businesses.get(business.path("id").asText());
            if (held == null || !held.equals(BY_VALUE, business)) {
                return "business " + held + " instead of " + business;
            }
        }
        return "";
    }
}
