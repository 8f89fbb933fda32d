package com.tenantlist.live.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.NotNull;

/** How tokens are verified. */
public class AuthConfiguration {
    /** The secret of HS256 tokens, at least 32 bytes. */
    @NotNull
    @JsonProperty
    public String secret = "";

    /** The issuer that {@code iss} must name; not checked when empty. */
    @NotNull
    @JsonProperty
    public String issuer = "";

    /** The audience that {@code aud} must name; not checked when empty. */
    @NotNull
    @JsonProperty
    public String audience = "";

    /** How far the clocks of issuer and service may differ. */
    @NotNull
    @JsonProperty
    public Duration leeway = Duration.seconds(5);
}
