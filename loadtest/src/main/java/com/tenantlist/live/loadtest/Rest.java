package com.tenantlist.live.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Calls by HTTP, each in its caller's thread over connections that are kept: no other thread is in what is measured. Any thread. */
final class Rest {
    private static final int TIMEOUT_MILLIS = 10_000;

    /**
     * An answer.
     *
     * @param own whether all ids in it are of the user who asked
     */
    record Answer(int status, boolean own, @Nullable String etag) {}

    private final URI api;
    private final Tokens tokens;

    Rest(URI api, Tokens tokens) {
        this.api = api;
        this.tokens = tokens;
    }

    Answer call(String method, String path, UUID user, @Nullable String body) throws IOException {
        return call(method, path, user, body, null);
    }

    /** Calls as that user; {@code etag} goes as {@code If-None-Match}. */
    Answer call(String method, String path, UUID user, @Nullable String body, @Nullable String etag)
            throws IOException {
        URLConnection opened = api.resolve(path).toURL().openConnection();
        HttpURLConnection connection = (HttpURLConnection) opened;
        connection.setRequestMethod(method);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestProperty("Authorization", "Bearer " + tokens.of(user));
        if (etag != null) {
            connection.setRequestProperty("If-None-Match", etag);
        }
        if (body != null) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setFixedLengthStreamingMode(bytes.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(bytes);
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            byte[] answer = in == null ? new byte[0] : in.readAllBytes();
            return new Answer(status, Frame.allOf(answer, 0, Frame.owner(user)), connection.getHeaderField("ETag"));
        }
    }
}
