package com.tenantlist.live.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Verifies tokens (RFC 7519, signed as RFC 7515). The algorithm is the key's, never the header's. A token that was verified is
 * remembered by its SHA-256, so that its signature is checked once; that it ends, is revoked or its key is withdrawn counts at once all
 * the same. Any thread.
 */
public final class TokenVerifier {
    /** The longest token that is looked at, in characters. */
    static final int MAX_LENGTH = 4096;

    /** Header members that would make a parser fetch, inflate or trust something. */
    private static final Set<String> REFUSED_HEADERS = Set.of("zip", "crit", "jku", "jwk", "x5u", "x5c");

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final VerificationKeys keys;
    private final Predicate<TokenClaims> revoked;
    private final InstantSource clock;
    private final Duration leeway;
    private final Cache<HashCode, Verified> verified;

    /** @param keys the set of keys of which one has signed it */
    private record Verified(TokenClaims claims, Object keys) {}

    TokenVerifier(
            AuthConfiguration config, VerificationKeys keys, Predicate<TokenClaims> revoked, InstantSource clock) {
        this.keys = keys;
        this.revoked = revoked;
        this.clock = clock;
        this.leeway = config.leeway.toJavaDuration();
        this.verified =
                Caffeine.newBuilder().maximumSize(config.rememberedTokens).build();
    }

    /**
     * The claims of who is signed in by one of these tokens: of the first that is valid.
     *
     * @throws InvalidTokenException if none is valid, as the first says; or if two users are signed in, and nobody can say which is meant
     */
    public TokenClaims verify(List<String> tokens) throws InvalidTokenException {
        List<TokenClaims> valid = new ArrayList<>();
        InvalidTokenException refusal = missing();
        for (String token : tokens) {
            try {
                valid.add(verify(token));
            } catch (InvalidTokenException e) {
                refusal = refusal.code() == ErrorCode.TOKEN_MISSING ? e : refusal;
            }
        }
        if (valid.stream().map(TokenClaims::userId).distinct().count() > 1) {
            throw invalid("there are accessToken cookies of two users, of several paths or domains: delete one");
        }
        if (valid.isEmpty()) {
            throw refusal;
        }
        return valid.get(0);
    }

    /** The claims of a valid token. */
    public TokenClaims verify(@Nullable String token) throws InvalidTokenException {
        if (token == null || token.isEmpty()) {
            throw missing();
        }
        if (token.length() > MAX_LENGTH) {
            throw malformed();
        }
        HashCode hash = Hashing.sha256().hashUnencodedChars(token);
        Object current = keys.current();
        Verified known = verified.getIfPresent(hash);
        TokenClaims claims;
        if (known != null && known.keys() == current) {
            claims = known.claims();
            if (clock.instant().isAfter(claims.expiresAt().plus(leeway))) {
                verified.invalidate(hash);
                throw expired();
            }
        } else {
            claims = signed(token);
            verified.put(hash, new Verified(claims, current));
        }
        if (revoked.test(claims)) {
            throw new InvalidTokenException(ErrorCode.TOKEN_REVOKED, "the token was revoked; sign in again");
        }
        return claims;
    }

    /** Checks its signature, its times and its claims. */
    private TokenClaims signed(String token) throws InvalidTokenException {
        JwtParser parser = parser(token);
        try {
            return claims(parser.parseSignedClaims(token).getPayload());
        } catch (ExpiredJwtException e) {
            throw expired();
        } catch (JwtException | IllegalArgumentException e) {
            throw invalid("the token is not valid");
        }
    }

    /** Looks at the header before any library does; the parser of its key. */
    private JwtParser parser(String token) throws InvalidTokenException {
        int dot = token.indexOf('.');
        if (dot < 0) {
            throw malformed();
        }
        try {
            JsonNode header = JSON.readTree(Base64.getUrlDecoder().decode(token.substring(0, dot)));
            if (header == null || !header.isObject() || REFUSED_HEADERS.stream().anyMatch(header::has)) {
                throw invalid("the token's header is not acceptable");
            }
            VerificationKeys.Verifier verifier = keys.find(header.path("kid").textValue());
            if (verifier == null
                    || !verifier.algorithm().equals(header.path("alg").textValue())) {
                throw invalid("the token was not signed with a key of this service");
            }
            return verifier.parser();
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw invalid("the token is malformed");
        } catch (java.io.IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private static TokenClaims claims(Claims claims) throws InvalidTokenException {
        String userId = text(claims, "userId");
        String subject = claims.getSubject();
        if (userId != null && subject != null && !userId.equals(subject)) {
            throw invalid("the token's userId and sub differ");
        }
        String id = userId != null ? userId : subject;
        if (id == null || !UUID_FORM.matcher(id).matches()) {
            throw invalid("the token names no user: userId or sub must be a UUID");
        }
        if (claims.getExpiration() == null) {
            throw invalid("the token has no exp");
        }
        String roleClaim = text(claims, "role");
        Role role = Optional.ofNullable(roleClaim)
                .flatMap(Role::ofClaim)
                .orElseThrow(() -> invalid("the token's role is none of tenant, landlord, broker, admin"));
        return new TokenClaims(
                UUID.fromString(id),
                Optional.ofNullable(text(claims, "email")),
                role,
                Optional.ofNullable(claims.getId()),
                claims.getExpiration().toInstant(),
                Optional.ofNullable(claims.getIssuedAt()).map(Date::toInstant));
    }

    private static @Nullable String text(Claims claims, String name) {
        return claims.get(name) instanceof String text ? text : null;
    }

    private static InvalidTokenException missing() {
        return new InvalidTokenException(
                ErrorCode.TOKEN_MISSING, "no token: send auth.token, the accessToken cookie or Authorization: Bearer");
    }

    private static InvalidTokenException malformed() {
        return invalid("the token is malformed or longer than " + MAX_LENGTH + " characters");
    }

    private static InvalidTokenException expired() {
        return new InvalidTokenException(ErrorCode.TOKEN_EXPIRED, "the token has expired; get a new one");
    }

    private static InvalidTokenException invalid(String message) {
        return new InvalidTokenException(ErrorCode.TOKEN_INVALID, message);
    }
}
