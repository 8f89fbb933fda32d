package com.tenantlist.live.journal;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How far back the journal reaches. */
public class JournalConfiguration {
    /** How long an event is kept at least; at most an eighth longer. */
    @NotNull
    @JsonProperty
    public Duration maxAge = Duration.hours(24);

    /** How far back a tenant's events can be read: who is further behind takes full state. */
    @Min(1)
    @JsonProperty
    public int maxEvents = 10_000;

    /** How often it is looked whether the oldest are due. */
    @NotNull
    @JsonProperty
    public Duration pruneInterval = Duration.minutes(1);
}
