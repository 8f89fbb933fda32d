package com.tenantlist.live.bus;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;

/** How nodes talk to each other. */
public class BusConfiguration {
    /** The Redis channel. Nodes of one database share it; installations that share a Redis must not. */
    @NotEmpty
    @JsonProperty
    public String channel = "dashboard:bus";

    /** A node that has nothing to say says so this often, and must hear it. */
    @NotNull
    @MinDuration(value = 10, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration pingInterval = Duration.seconds(2);

    /** How long a node may not hear itself before the subscription counts as dead, and is made anew. */
    @NotNull
    @MinDuration(value = 50, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration pingTimeout = Duration.seconds(5);

    /** What may wait to be published; more is dropped, and other nodes find it in the journal. */
    @NotNull
    @JsonProperty
    public DataSize maxQueue = DataSize.mebibytes(8);
}
