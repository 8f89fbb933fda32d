package com.tenantlist.live.testing;

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
