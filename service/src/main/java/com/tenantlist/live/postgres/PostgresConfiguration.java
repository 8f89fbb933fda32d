package com.tenantlist.live.postgres;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;

/** Which database, and how patiently. */
public class PostgresConfiguration {
    /**
     * {@code postgresql://user:password@host:port/database?sslmode=verify-full&…}; the password may be absent. With several
     * hosts, {@code host1:port1,host2:port2}, the one that is no standby is used. The parameters are libpq's.
     */
    @NotNull
    @JsonProperty
    public String url = "";

    /**
     * The same database without a pooler between: for the feed's connections and the {@code db} commands. Empty: {@link #url}
     * is for all.
     */
    @NotNull
    @JsonProperty
    public String feedUrl = "";

    /** Whether {@link #url} is a pooler's that gives each transaction another session. */
    @NotNull
    @JsonProperty
    public PoolerMode pooler = PoolerMode.AUTO;

    /** Connections for dashboards: handshakes, state, journal, KPIs, sweep, revocations, health. The feed holds two more. */
    @Min(2)
    @JsonProperty
    public int liveConnections = 8;

    /** Connections for lists and writes of businesses by REST. */
    @Min(1)
    @JsonProperty
    public int restConnections = 8;

    /** How long to try to reach the database; {@code connect_timeout} of the URL goes before it. */
    @NotNull
    @JsonProperty
    public Duration connectTimeout = Duration.seconds(3);

    /** How long a statement may run, and how long to wait for a connection of a pool. */
    @NotNull
    @JsonProperty
    public Duration queryTimeout = Duration.seconds(5);

    /** How long a statement of REST waits for a lock that someone else holds. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration lockTimeout = Duration.seconds(2);

    /** How often a write of REST is tried, in all, that Postgres gave up for another's sake (40001, 40P01). */
    @Min(1)
    @JsonProperty
    public int writeAttempts = 4;

    /** How long to wait before the second try; doubled before each that follows, and varied. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration writeBackoff = Duration.milliseconds(20);

    /** How long to wait before a try at most. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration maxWriteBackoff = Duration.milliseconds(500);
}
