package com.tenantlist.live.postgres;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** Which database, and how patiently. */
public class PostgresConfiguration {
    /**
     * {@code postgresql://user:password@host:port/database}; the password may be absent. With several hosts,
     * {@code host1:port1,host2:port2}, the one that is no standby is used.
     */
    @NotNull
    @JsonProperty
    public String url = "";

    /** Connections of the pool; the feed holds one more, for replication. */
    @Min(2)
    @JsonProperty
    public int maxConnections = 16;

    /** How long to try to reach the database. */
    @NotNull
    @JsonProperty
    public Duration connectTimeout = Duration.seconds(3);

    /** How long a statement may run, and how long to wait for a connection of the pool. */
    @NotNull
    @JsonProperty
    public Duration queryTimeout = Duration.seconds(5);
}
