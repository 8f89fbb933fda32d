package com.tenantlist.live.feed;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.DataSizeUnit;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDataSize;
import io.dropwizard.validation.MinDuration;
import io.dropwizard.validation.ValidationMethod;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** How the feed reads and how patiently. */
public class FeedConfiguration {
    /** Whether to read the WAL at all; off, the service lives on the bus, if another node leads, and on the sweep. */
    @JsonProperty
    public boolean enabled = true;

    /** How often the leader writes a heartbeat into the WAL, and tells the others when it has read it. */
    @NotNull
    @MinDuration(value = 10, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration heartbeatInterval = Duration.milliseconds(500);

    /**
     * How long the replication connection may bring nothing before it is cut; the server too gives a silent leader up, and
     * frees its slot, after this long.
     */
    @NotNull
    @MinDuration(value = 50, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration heartbeatTimeout = Duration.seconds(2);

    /**
     * How long a node waits for a sign of the leader before it looks for changes, and for the slot, itself; and how far behind
     * the WAL the leader may be before it looks for changes too.
     */
    @NotNull
    @MinDuration(value = 50, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration leaderTimeout = Duration.milliseconds(1500);

    /**
     * How long the leader rests between two batches while nobody watches (no session here, and no other node is heard): one
     * turn then takes the commits of all that time, where each would wake it for itself. Ends as soon as somebody comes; 0:
     * never rests. The connection is not read meanwhile, so it must be far shorter than the timeouts above.
     */
    @NotNull
    @JsonProperty
    public Duration restWhileUnwatched = Duration.milliseconds(25);

    /** How often a node that stands by looks whether the slot is free, while no leader is heard. */
    @NotNull
    @MinDuration(value = 10, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration slotPoll = Duration.milliseconds(250);

    /** The same while one is heard. */
    @NotNull
    @MinDuration(value = 10, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration slotPollWhileFed = Duration.seconds(5);

    /** How long making the slot may take: it waits for every transaction that is open. */
    @NotNull
    @JsonProperty
    public Duration slotTimeout = Duration.minutes(10);

    /**
     * How much WAL the server may keep for the slot until it is given up. It keeps all since the oldest open transaction began that
     * has written, in any database, and moves on about every 15 s.
     */
    @NotNull
    @MinDataSize(value = 1, unit = DataSizeUnit.MEBIBYTES)
    @JsonProperty
    public DataSize maxRetained = DataSize.gibibytes(1);

    /**
     * The longest wait between two attempts of a node that is refused replication (no right, no free slot, a pooler,
     * {@code wal_level} …): each may cost the server a line in its log. The first wait is {@link #maxBackoff}.
     */
    @NotNull
    @MinDuration(value = 10, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration refusedRetry = Duration.minutes(1);

    /**
     * How long a node may be without a supply of changes, whatever the reason, until it looks for them often
     * ({@code delivery.sweepAlone}).
     */
    @NotNull
    @JsonProperty
    public Duration aloneAfter = Duration.seconds(3);

    /** The longest wait between two attempts to reach a server that is away; the first waits are shorter. */
    @NotNull
    @JsonProperty
    public Duration maxBackoff = Duration.seconds(2);

    @JsonIgnore
    @ValidationMethod(
            message = "restWhileUnwatched must be no longer than half of heartbeatTimeout and of leaderTimeout")
    public boolean isRestFarShorterThanTimeouts() {
        return Stream.of(heartbeatTimeout, leaderTimeout)
                .allMatch(timeout -> restWhileUnwatched.toNanoseconds() <= timeout.toNanoseconds() / 2);
    }
}
