package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.TokenClaims;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that ends sessions before their tokens do.
 *
 * @param subject a token's {@code jti}, or a user's id
 * @param at when it was decided, by the database's clock
 */
public record Revocation(long id, Kind kind, String subject, Instant at, Instant expiresAt) {

    /** What is revoked. */
    public enum Kind {
        /** One token, by its {@code jti}. */
        TOKEN,
        /** All tokens of a user that were issued until then; one that says nothing of its issue is among them. */
        USER,
        /** The sessions of a user that are open at this moment; the tokens stay valid. */
        SESSIONS
    }

    /** Whether a token is refused because of this. */
    boolean refuses(TokenClaims claims) {
        return switch (kind) {
            case TOKEN -> claims.tokenId().equals(Optional.of(subject));
            case USER ->
                ofUser(claims) && !claims.issuedAt().orElse(Instant.MIN).isAfter(at);
            case SESSIONS -> false;
        };
    }

    /** Whether a session that a token opened ends because of this. */
    public boolean ends(TokenClaims claims) {
        return kind == Kind.SESSIONS ? ofUser(claims) : refuses(claims);
    }

    private boolean ofUser(TokenClaims claims) {
        return claims.userId().toString().equals(subject);
    }
}
