package com.tenantlist.live.kpi;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How KPIs are cached. */
public class KpiConfiguration {
    /** How long a value may live in the cache, and in a node's memory. */
    @NotNull
    @JsonProperty
    public Duration timeToLive = Duration.seconds(300);

    /** How many tenants' newest KPIs a node remembers. */
    @Min(1)
    @JsonProperty
    public long rememberedTenants = 100_000;
}
