package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the REST API is, and calls to it. Any thread. */
final class ApiOptions {
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    @Option(
            names = "--api",
            paramLabel = "URL",
            defaultValue = "${TENANTLIST_API_URL:-http://127.0.0.1:8080}",
            description = "The REST API. Default: $TENANTLIST_API_URL, or http://127.0.0.1:8080.")
    private URI api = URI.create("http://127.0.0.1:8080");

    /** The answer to a call that succeeded; any other is a {@link CliException}. */
    JsonNode call(String token, String method, String path, @Nullable String body) {
        HttpRequest request = HttpRequest.newBuilder(api.resolve(path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response;
        try {
            response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new CliException(ExitCode.UNREACHABLE, "cannot reach " + api);
        } catch (IOException e) {
            throw new CliException(ExitCode.DID_NOT_HOLD, method + " " + path + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.TIMED_OUT, "interrupted");
        }
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            throw new CliException(ExitCode.REFUSED, "refused: " + response.body());
        }
        if (response.statusCode() >= 300) {
            throw new CliException(ExitCode.DID_NOT_HOLD, method + " " + path + ": " + response.body());
        }
        return Json.parse(response.body());
    }
}
