package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/** What a tenant's dashboards may do. */
public class DashboardConfiguration {
    /** What begins with two slashes, or with what browsers take for one, is another host's. */
    private static final String PATH_OR_ADDRESS = "|/(?![/\\\\])[!-~]*|https?://[A-Za-z0-9.:\\[\\]-]+(?:[/?#][!-~]*)?";

    private static final String PATH_OR_ADDRESS_SAID =
            "must be a path such as /login, or an address such as https://id.example.com/login";

    /** Sockets a user may have open on this node. */
    @Min(1)
    @JsonProperty
    public int maxSocketsPerUser = 20;

    /** How long before its token's end a dashboard is told of it. */
    @NotNull
    @JsonProperty
    public Duration expiryNotice = Duration.seconds(60);

    /**
     * The address at which browsers reach the sockets, such as {@code https://live.example.com}; empty: the host of the page,
     * at the socket port.
     */
    @NotNull
    @Pattern(regexp = "|https?://[A-Za-z0-9.:\\[\\]-]+", message = "must be an origin such as https://live.example.com")
    @JsonProperty
    public String socketUrl = "";

    /** Where the page sends people to sign in: a path, or an address elsewhere. Empty: it does not know. */
    @NotNull
    @Pattern(regexp = PATH_OR_ADDRESS, message = PATH_OR_ADDRESS_SAID)
    @JsonProperty
    public String signInUrl = "";

    /** Where it sends them when they have signed out; as {@link #signInUrl}. */
    @NotNull
    @Pattern(regexp = PATH_OR_ADDRESS, message = PATH_OR_ADDRESS_SAID)
    @JsonProperty
    public String signOutUrl = "";

    /**
     * What signs the {@code pid} of connection state recovery; the same on all nodes. Empty: the secret that tokens are
     * signed with.
     */
    @NotNull
    @JsonProperty
    public String recoverySecret = "";
}
