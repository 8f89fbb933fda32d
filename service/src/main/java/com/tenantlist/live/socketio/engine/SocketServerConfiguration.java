package com.tenantlist.live.socketio.engine;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.DataSize;
import io.dropwizard.util.Duration;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

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

    /** A client for which this much waits unsent is closed when more is to be sent. */
    @NotNull
    @Valid
    @JsonProperty
    public DataSize sendLimit = DataSize.mebibytes(4);

    /** Messages from this size on are compressed, on websockets whose client offers permessage-deflate; 0 compresses none. */
    @NotNull
    @Valid
    @JsonProperty
    public DataSize compressFrom = DataSize.kibibytes(1);

    /** Binary attachments of one packet of a client; together they have at most {@link #maxPayload}. */
    @Min(0)
    @JsonProperty
    public int maxAttachments = 10;

    /** Packets a client may send in the long run, a second. What is over it is refused; a client that floods is closed. */
    @Min(1)
    @JsonProperty
    public int eventRate = 20;

    /** Packets a client may send at once. */
    @Min(1)
    @JsonProperty
    public int eventBurst = 40;

    /** Sessions at once. Each needs one or two file descriptors. */
    @Min(1)
    @JsonProperty
    public int maxSessions = 100_000;

    /** Sessions at once from one IP address. */
    @Min(1)
    @JsonProperty
    public int maxSessionsPerAddress = 20_000;

    /** TCP connections at once from one IP address; {@link #trustedProxies} may have more. */
    @Min(1)
    @JsonProperty
    public int maxConnectionsPerAddress = 20_000;

    /** Handshakes at once, from the opening request to the answer of CONNECT. More are answered by 503 and Retry-After. */
    @Min(1)
    @JsonProperty
    public int maxHandshakes = 1000;

    /** Within which a request, headers and body, must have come. */
    @NotNull
    @JsonProperty
    public Duration requestTimeout = Duration.seconds(10);

    /** A connection on which nothing happens for so long is closed; a waiting poll gets a ping before. */
    @NotNull
    @JsonProperty
    public Duration idleTimeout = Duration.seconds(60);

    /** Addresses of proxies, comma-separated: the last {@code X-Forwarded-For} that they add is taken for the client's. */
    @NotNull
    @JsonProperty
    public String trustedProxies = "";

    /**
     * What the ids of this node's transports begin with, before a dot: by it a balancer can bring the requests of a
     * long-polling session, and its upgrade, to the node that has it. Empty: nothing.
     */
    @NotNull
    @Pattern(regexp = "[A-Za-z0-9_-]{0,32}", message = "must be up to 32 letters, digits, _ or -")
    @JsonProperty
    public String routeKey = "";

    Set<String> proxies() {
        return Arrays.stream(trustedProxies.split(","))
                .map(String::strip)
                .filter(address -> !address.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }
}
