package com.tenantlist.live.delivery;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How events are delivered. */
public class DeliveryConfiguration {
    /** The least time between two {@code kpi:update} of a tenant. */
    @NotNull
    @JsonProperty
    public Duration kpiInterval = Duration.milliseconds(100);

    /** Events of a tenant that are kept in memory while it has open dashboards. */
    @Min(1)
    @Max(65536)
    @JsonProperty
    public int recentEvents = 256;

    /** Events read from the journal at once. */
    @Min(1)
    @Max(10000)
    @JsonProperty
    public int journalPage = 500;

    /** How long a new session is held for its {@code request:current-state} before live events are sent. */
    @NotNull
    @JsonProperty
    public Duration greeting = Duration.milliseconds(250);

    /** Threads that read the database for sessions. */
    @Min(1)
    @JsonProperty
    public int readers = 4;

    /** Reads that may wait for a thread. */
    @Min(1)
    @JsonProperty
    public int waitingReads = 10_000;

    /** Of one tenant: reads that may wait for a thread, and sessions that may wait for its next state. More try again later. */
    @Min(1)
    @JsonProperty
    public int waitingReadsPerTenant = 100;

    /**
     * How long a revision is waited for that a client says it holds, and that this node has never seen. Then the client gets
     * full state.
     */
    @NotNull
    @JsonProperty
    public Duration unknownRevisionWait = Duration.seconds(1);

    /** Tenants whose newest relayed revision is remembered while queries may not show it, with or without dashboards here. */
    @Min(1)
    @JsonProperty
    public int rememberedRelays = 100_000;

    /**
     * When changes can neither be heard nor looked for so long, dashboards are told that what they show may be old. Shorter outages,
     * such as a restart of Postgres, are not told. Never less than twice {@link #sweepWhileUnfed}: looking is what says that nothing changed.
     */
    @NotNull
    @JsonProperty
    public Duration staleAfter = Duration.seconds(10);

    /** Sweep interval while the feed leads. */
    @NotNull
    @JsonProperty
    public Duration sweepWhileFed = Duration.seconds(30);

    /** Sweep interval while it does not. */
    @NotNull
    @JsonProperty
    public Duration sweepWhileUnfed = Duration.seconds(1);

    /**
     * Sweep interval while changes flow and nobody feeds this node nor will soon: replication is refused, or nobody has led for
     * {@code feed.aloneAfter}. Eases to {@link #sweepWhileUnfed} when quiet, or when a sweep takes long.
     */
    @NotNull
    @JsonProperty
    public Duration sweepAlone = Duration.milliseconds(50);
}
