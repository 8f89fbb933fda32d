package com.tenantlist.live.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.protocol.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/** REST calls as a tenant. */
public final class Rest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI api;
    private final String token;

    private Rest(URI api, String token) {
        this.api = api;
        this.token = token;
    }

    /** A tenant's calls. */
    public Rest(URI api, UUID user) {
        this(api, user, Role.TENANT);
    }

    public Rest(URI api, UUID user, Role role) {
        this(api, LiveService.token(user, role, Duration.ofHours(1)));
    }

    public static Rest withToken(URI api, String token) {
        return new Rest(api, token);
    }

    /** An answer: status, headers, and its body as JSON (missing if it is empty or is not JSON). */
    public record Answer(int status, JsonNode body, HttpResponse<String> response) {
        public JsonNode data() {
            return body.path("data");
        }

        public String text() {
            return response.body();
        }

        public String errorCode() {
            return body.path("error").path("code").asText();
        }
    }

    public Answer get(String path, String... headers) throws Exception {
        return call("GET", path, null, headers);
    }

    public Answer post(String path, String body) throws Exception {
        return call("POST", path, body);
    }

    public Answer delete(String path) throws Exception {
        return call("DELETE", path, null);
    }

    public Answer call(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.resolve(path))
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .header("Authorization", "Bearer " + token);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    public static Answer send(HttpRequest request) throws Exception {
        HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        JsonNode body = JSON.missingNode();
        try {
            body = JSON.readTree(response.body());
        } catch (IOException e) {
            // not JSON: missing
        }
        return new Answer(response.statusCode(), body, response);
    }
}
