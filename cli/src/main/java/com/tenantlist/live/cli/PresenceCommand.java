package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code presence}: who is online. */
@Command(
        name = "presence",
        mixinStandardHelpOptions = true,
        description = "Says which tenants have dashboards open, how many, and on which nodes.",
        footerHeading = "%nExample:%n",
        footer = "  bin/tenantlist presence --tenants 3")
final class PresenceCommand implements Callable<Integer> {
    /** As many the service answers at once. */
    private static final int BATCH = 100;

    @Mixin
    private final TokenOptions key = new TokenOptions();

    @Mixin
    private final ApiOptions api = new ApiOptions();

    @Mixin
    private final TenantsOptions tenants = new TenantsOptions();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        List<UUID> users = tenants.get();
        boolean complete = true;
        for (int from = 0; from < users.size(); from += BATCH) {
            String ids = users.subList(from, Math.min(users.size(), from + BATCH)).stream()
                    .map(UUID::toString)
                    .collect(Collectors.joining(","));
            JsonNode data = api.api()
                    .call(key.adminToken(), "GET", "/api/presence?userIds=" + ids, null)
                    .path("data");
            complete &= data.path("complete").asBoolean();
            data.path("presence").forEach(this::show);
        }
        if (!complete) {
            output.progress("presence: Redis does not answer; these are the dashboards of one node");
        }
        return ExitCode.OK;
    }

    private void show(JsonNode user) {
        Map<String, Object> nodes = new LinkedHashMap<>();
        List<String> words = new ArrayList<>();
        user.path("nodes").properties().forEach(node -> {
            nodes.put(node.getKey(), node.getValue().asInt());
            words.add(node.getKey() + "=" + node.getValue().asInt());
        });
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("userId", user.path("userId").asText());
        line.put("online", user.path("online").asBoolean());
        line.put("connections", user.path("connections").asInt());
        line.put("nodes", nodes);
        output.data(
                line,
                user.path("userId").asText() + "  "
                        + (words.isEmpty()
                                ? "offline"
                                : "online  connections="
                                        + user.path("connections").asInt() + "  " + String.join(" ", words)));
    }
}
