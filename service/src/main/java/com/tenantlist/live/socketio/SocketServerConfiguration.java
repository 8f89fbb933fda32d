package com.tenantlist.live.socketio;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** Where the socket server listens and what it bears. */
public class SocketServerConfiguration {
    /** The address to listen on. */
    @NotNull
    @JsonProperty
    public String host = "127.0.0.1";

    /** The port; 0 picks a free one. */
    @Min(0)
    @Max(65535)
    @JsonProperty
    public int port = 3000;

    /** Event loops; 0 means one a core. */
    @Min(0)
    @JsonProperty
    public int threads = 0;

    /** How often the server asks a client whether it lives. */
    @NotNull
    @JsonProperty
    public Duration pingInterval = Duration.seconds(25);

    /** How long a client may take to answer a ping. */
    @NotNull
    @JsonProperty
    public Duration pingTimeout = Duration.seconds(20);

    /** How long a connection may stay without a namespace. */
    @NotNull
    @JsonProperty
    public Duration connectTimeout = Duration.seconds(10);

    /** The longest message a client may send. */
    @NotNull
    @Valid
    @JsonProperty
    public DataSize maxPayload = DataSize.kibibytes(64);

    /** What may wait unsent for one client; above it the connection counts as not writable. */
    @NotNull
    @Valid
    @JsonProperty
    public DataSize sendBuffer = DataSize.kibibytes(64);
}
