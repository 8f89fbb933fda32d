package com.tenantlist.live.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A polling session on one TCP connection, request by request. */
public final class RawPolling implements AutoCloseable {
    private static final String OPENING = "/socket.io/?EIO=4&transport=polling";

    private final RawHttp http;
    private final String sid;
    private final String path;

    /** Opens a session; {@code more} is added to the query of all its requests. */
    public RawPolling(int port, String more) throws IOException {
        http = new RawHttp(port);
        http.send("GET " + OPENING + more + " HTTP/1.1\r\nHost: x\r\n\r\n");
        sid = http.response().replaceAll("(?s).*\"sid\":\"([^\"]+)\".*", "$1");
        path = " " + OPENING + more + "&sid=" + sid + " HTTP/1.1\r\nHost: x\r\n";
    }

    public RawPolling(int port) throws IOException {
        this(port, "");
    }

    /** The connection, for requests of other kinds. */
    public RawHttp http() {
        return http;
    }

    public String sid() {
        return sid;
    }

    /** The answer to a POST, headers and body. */
    public String post(String body) throws IOException {
        http.send(
                "POST" + path + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
        return http.response();
    }

    /** The answer to a GET, headers and body. */
    public String get() throws IOException {
        http.send("GET" + path + "\r\n");
        return http.response();
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
