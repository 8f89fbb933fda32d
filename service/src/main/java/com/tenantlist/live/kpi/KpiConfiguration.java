package com.tenantlist.live.kpi;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;

/** How KPIs are cached. */
public class KpiConfiguration {
    /** How long a cached value may live. */
    @NotNull
    @JsonProperty
    public Duration timeToLive = Duration.seconds(300);

    /** How many tenants' newest revisions a node remembers. */
    @Min(1)
    @JsonProperty
    public long rememberedTenants = 1_000_000;

    /** For how long changes are gathered before they are written to the cache. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration writeInterval = Duration.milliseconds(20);
}
