package com.tenantlist.live.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import redis.embedded.RedisServer;

/** A real Redis of its own, without persistence. */
public final class EmbeddedRedis implements AutoCloseable {
    private final int port;
    private RedisServer server;

    private EmbeddedRedis(int port) {
        this.port = port;
    }

    public static EmbeddedRedis start(int port) {
        EmbeddedRedis redis = new EmbeddedRedis(port);
        redis.start();
        return redis;
    }

    /** One that runs already, to send it commands. */
    public static EmbeddedRedis at(int port) {
        return new EmbeddedRedis(port);
    }

    public static EmbeddedRedis startTemporary() {
        return start(EmbeddedDatabase.freePort());
    }

    /** Starts it again after {@link #stop()}, empty, on the same port. */
    public void start() {
        server = RedisServer.builder()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .setting("appendonly no")
                .build();
        server.start();
    }

    public void stop() {
        server.stop();
    }

    /** SIGKILL. */
    public void kill() throws IOException {
        ServiceProcess.signal("KILL", pid());
        stop();
    }

    /** Its process. */
    public long pid() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("INFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            String info = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Long.parseLong(info.replaceAll("(?s).*process_id:(\\d+).*", "$1"));
        }
    }

    /** Sends a command; returns the first line of the answer, as it is on the wire. */
    public String command(String... words) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
            for (String word : words) {
                command.append("$")
                        .append(word.length())
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            socket.getOutputStream().write(command.toString().getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        stop();
    }
}
