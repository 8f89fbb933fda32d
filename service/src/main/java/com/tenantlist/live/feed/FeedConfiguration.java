package com.tenantlist.live.feed;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.NotNull;

/** How the feed reads and how patiently. */
public class FeedConfiguration {
    /** Whether to read the WAL at all; off, the service lives on the sweep. */
    @JsonProperty
    public boolean enabled = true;

    /** How often the leader writes a heartbeat into the WAL. */
    @NotNull
    @JsonProperty
    public Duration heartbeatInterval = Duration.seconds(1);

    /** How long the connection may bring nothing before it is cut. */
    @NotNull
    @JsonProperty
    public Duration heartbeatTimeout = Duration.seconds(5);

    /** How long making the slot may take: it waits for every transaction that is open. */
    @NotNull
    @JsonProperty
    public Duration slotTimeout = Duration.minutes(10);

    /** The longest wait between two attempts; the first waits are shorter. */
    @NotNull
    @JsonProperty
    public Duration maxBackoff = Duration.seconds(2);
}
