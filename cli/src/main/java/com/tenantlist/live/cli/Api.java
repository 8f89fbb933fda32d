package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Calls to the REST API. Any thread; each call blocks for 10 s at most. */
final class Api {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /** Made when it is needed: it is half of the tool's start-up. */
    private static final class Client {
        static final HttpClient HTTP = HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private final URI base;

    Api(URI base) {
        this.base = base;
    }

    URI base() {
        return base;
    }

    /** The answer to a call that succeeded; any other is a {@link CliException}. */
    JsonNode call(String token, String method, String path, @Nullable String body) {
        HttpResponse<String> response = send(request(token, path)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build());
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            throw new CliException(ExitCode.REFUSED, "refused: " + response.body());
        }
        if (response.statusCode() >= 300) {
            throw new CliException(ExitCode.DID_NOT_HOLD, method + " " + path + ": " + response.body());
        }
        return Json.parse(response.body());
    }

    /** Begins a request; an empty token sends none. */
    HttpRequest.Builder request(String token, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(CALL_TIMEOUT);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    /** Any answer, whatever its status; none at all is a {@link CliException}. */
    HttpResponse<String> send(HttpRequest request) {
        try {
            return Client.HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (HttpTimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT, base + " does not answer within " + CALL_TIMEOUT.toSeconds() + " s");
        } catch (ConnectException e) {
            throw new CliException(ExitCode.UNREACHABLE, "cannot reach " + base);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE, request.method() + " " + request.uri().getPath() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.TIMED_OUT, "interrupted");
        }
    }
}
