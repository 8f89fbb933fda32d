package com.tenantlist.live.ops;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How a node goes. */
public class DrainConfiguration {
    /** How long the node says that it is not ready before it sends anyone away: balancers must notice. */
    @NotNull
    @JsonProperty
    public Duration notice = Duration.seconds(2);

    /** How many dashboards a second the other nodes shall have to let in. */
    @Min(1)
    @JsonProperty
    public int rate = 500;

    /** How long sending away may take; those who are left are closed together then. */
    @NotNull
    @JsonProperty
    public Duration timeout = Duration.seconds(20);
}
