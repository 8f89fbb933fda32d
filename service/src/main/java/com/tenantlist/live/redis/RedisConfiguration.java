package com.tenantlist.live.redis;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;

/** Which Redis, and how patiently. */
public class RedisConfiguration {
    /** {@code redis://host:port}, or {@code rediss://user:password@host:port} with TLS. */
    @NotEmpty
    @JsonProperty
    public String url = "redis://127.0.0.1:6379";

    /** How long a read of the cache may take before Postgres is asked instead. */
    @NotNull
    @JsonProperty
    public Duration readTimeout = Duration.milliseconds(50);

    /** How long Redis is left alone after it failed. */
    @NotNull
    @JsonProperty
    public Duration retryAfter = Duration.seconds(1);
}
