package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes by the REST API, as each tenant. */
final class RestChanger implements Changer {
    private final Api api;
    private final Function<UUID, String> tokenOf;
    private final Map<UUID, String> tokens = new ConcurrentHashMap<>();
    private final Map<UUID, List<String>> businesses = new ConcurrentHashMap<>();

    RestChanger(Api api, Function<UUID, String> tokenOf) {
        this.api = api;
        this.tokenOf = tokenOf;
    }

    @Override
    public void change(UUID userId, Change change, long number) {
        List<String> ids = businesses.computeIfAbsent(userId, this::list);
        String path = "/api/businesses/" + ids.get(ThreadLocalRandom.current().nextInt(ids.size()));
        String increments = path + "/metrics/" + LocalDate.now(ZoneOffset.UTC) + "/increments";
        switch (change) {
            case VIEWS -> call(userId, "POST", increments, "{\"views_count\":1}");
            case MESSAGES -> call(userId, "POST", increments, "{\"messages_count\":1}");
            case INVITES -> call(userId, "POST", increments, "{\"property_invites_count\":1}");
            case RENAME -> call(userId, "PUT", path, "{\"name\":\"Business " + number + "\"}");
            case STATUS ->
                call(userId, "PUT", path, "{\"status\":\"" + (number % 2 == 0 ? "active" : "stealth_mode") + "\"}");
        }
    }

    private List<String> list(UUID userId) {
        List<String> ids = new ArrayList<>();
        for (JsonNode business : call(userId, "GET", "/api/businesses?limit=500", null)
                .path("data")
                .path("businesses")) {
            ids.add(business.path("id").asText());
        }
        if (ids.isEmpty()) {
            JsonNode created =
                    call(userId, "POST", "/api/businesses", "{\"name\":\"Simulated business\",\"status\":\"active\"}");
            ids.add(created.path("data").path("business").path("id").asText());
        }
        return ids;
    }

    private JsonNode call(UUID userId, String method, String path, @Nullable String body) {
        return api.call(tokens.computeIfAbsent(userId, tokenOf), method, path, body);
    }

    @Override
    public void close() {
        // The client's threads are daemons and end with the command.
    }
}
