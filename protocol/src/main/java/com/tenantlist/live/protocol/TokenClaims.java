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
 */
public record TokenClaims(
        UUID userId, Optional<String> email, Role role, Optional<String> tokenId, Instant expiresAt) {}
