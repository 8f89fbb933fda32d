package com.tenantlist.live.idempotency;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;

/** How long writes are remembered. */
public class IdempotencyConfiguration {
    /** How long a key stands for its answer. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MINUTES)
    @JsonProperty
    public Duration maxAge = Duration.hours(24);
}
