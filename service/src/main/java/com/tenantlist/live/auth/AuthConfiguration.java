package com.tenantlist.live.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** How tokens are verified. */
public class AuthConfiguration {
    /** The secret of HS256 tokens without {@code kid}, at least 32 bytes; may be empty if there is a {@link #keysFile}. */
    @NotNull
    @JsonProperty
    public String secret = "";

    /** A file with a JWK set: keys by {@code kid} for HS256, RS256 and ES256. Empty if there is none. */
    @NotNull
    @JsonProperty
    public String keysFile = "";

    /** How often the file is looked at. */
    @NotNull
    @JsonProperty
    public Duration keysPoll = Duration.seconds(10);

    /** How often the table of revocations is looked at. */
    @NotNull
    @JsonProperty
    public Duration revocationPoll = Duration.milliseconds(500);

    /** How long a revocation is remembered that does not say so itself; no token may live longer. */
    @NotNull
    @JsonProperty
    public Duration revocationLife = Duration.days(90);

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

    /** Verified tokens that are remembered, so that a signature is checked once; some 1 KiB each. 0: none. */
    @Min(0)
    @Max(1_000_000)
    @JsonProperty
    public int rememberedTokens = 20_000;
}
