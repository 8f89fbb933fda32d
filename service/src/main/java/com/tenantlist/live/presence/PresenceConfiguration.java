package com.tenantlist.live.presence;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.concurrent.TimeUnit;

/** How nodes keep the count of dashboards together. */
public class PresenceConfiguration {
    /** What this node is called in answers; empty: the host's name and the socket port. */
    @NotNull
    @Size(max = 100)
    @JsonProperty
    public String nodeName = "";

    /** What the keys in Redis begin with. Nodes of one database share it; installations that share a Redis must not. */
    @NotEmpty
    @JsonProperty
    public String keyPrefix = "dashboard:presence:";

    /** How often a node says in Redis that it is there, and looks which others are. */
    @NotNull
    @MinDuration(value = 50, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration refreshInterval = Duration.seconds(5);

    /** After this long a node that does not say so is gone, and its dashboards with it. */
    @NotNull
    @MinDuration(value = 100, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration nodeExpiry = Duration.seconds(15);

    /** How long changes are collected before they are written together. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration writeInterval = Duration.milliseconds(50);

    /** How long Redis keeps a user whose nodes all died; written anew at a third of it. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.SECONDS)
    @JsonProperty
    public Duration userExpiry = Duration.minutes(15);
}
