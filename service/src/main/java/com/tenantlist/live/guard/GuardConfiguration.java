package com.tenantlist.live.guard;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How often, and how hard, it is looked after what we have put into the database. */
public class GuardConfiguration {
    /**
     * How often triggers, parts, publication and functions are looked at: queries of catalogs, which take a tenth of a millisecond a part. Where
     * they take long it is after twenty times as long.
     */
    @NotNull
    @JsonProperty
    public Duration interval = Duration.seconds(5);

    /** How often what we hold of the next tenants is compared with the platform's rows. */
    @NotNull
    @JsonProperty
    public Duration compareInterval = Duration.seconds(30);

    /** How many tenants are compared at once, and how many may have rows in a new part that are counted without a rebuild. */
    @Min(1)
    @Max(10_000)
    @JsonProperty
    public int compareTenants = 20;

    /** How long a comparison, or the mending of a new part, may take; a tenant that takes longer is passed over. Below the query timeout. */
    @NotNull
    @JsonProperty
    public Duration compareTimeout = Duration.seconds(2);

    /**
     * How long the making of triggers on a new part may wait for its writers, and they for it; and a comparison for who alters the
     * platform's tables.
     */
    @NotNull
    @JsonProperty
    public Duration attachLockTimeout = Duration.milliseconds(100);
}
