package com.tenantlist.live.redis;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;

/** Which Redis, and how patiently. */
public class RedisConfiguration {
    /**
     * {@code redis://user:password@host:port/database}, {@code redis-sentinel://…@host:port,host:port/master} or
     * {@code redis-cluster://…@host:port,host:port}; with {@code rediss} for TLS.
     */
    @NotEmpty
    @JsonProperty
    public String url = "redis://127.0.0.1:6379";

    /** A PEM file with the certificates to trust, with TLS; empty: those that the JVM trusts. */
    @NotNull
    @JsonProperty
    public String caFile = "";

    /** How long a read of the cache may take before Postgres is asked instead; and how long a write by REST waits for the cache. */
    @NotNull
    @JsonProperty
    public Duration readTimeout = Duration.milliseconds(50);

    /** How long Redis is left alone after it failed. */
    @NotNull
    @JsonProperty
    public Duration retryAfter = Duration.seconds(1);
}
