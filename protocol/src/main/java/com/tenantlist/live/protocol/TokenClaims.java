package com.tenantlist.live.protocol;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What a token says.
 *
 * @param userId the claim {@code userId} or {@code sub}
 * @param tokenId the claim {@code jti}, which a revocation names
 * @param expiresAt the claim {@code exp}, in whole seconds
 * @param issuedAt the claim {@code iat}, in whole seconds; set by who issues
 */
public record TokenClaims(
        UUID userId,
        Optional<String> email,
        Role role,
        Optional<String> tokenId,
        Instant expiresAt,
        Optional<Instant> issuedAt) {

    /** Claims of a token that is still to be issued. */
    public TokenClaims(UUID userId, Optional<String> email, Role role, Optional<String> tokenId, Instant expiresAt) {
        this(userId, email, role, tokenId, expiresAt, Optional.empty());
    }
}
