package com.tenantlist.live.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Verifies tokens (RFC 7519, signed as RFC 7515). The algorithm is the key's, never the header's. */
public final class TokenVerifier {
    /** The longest token that is looked at, in characters. */
    static final int MAX_LENGTH = 4096;

    /** Header members that would make a parser fetch, inflate or trust something. */
    private static final Set<String> REFUSED_HEADERS = Set.of("zip", "crit", "jku", "jwk", "x5u", "x5c");

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JwtParser parser;

    /** Verifies as configured; throws IllegalArgumentException if the secret is missing or too short. */
    public TokenVerifier(AuthConfiguration config) {
        byte[] secret = config.secret.getBytes(StandardCharsets.UTF_8);
        if (secret.length < TokenIssuer.MIN_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    (secret.length == 0 ? "JWT_SECRET is not set" : "JWT_SECRET has " + secret.length + " bytes")
                            + "; HS256 needs at least " + TokenIssuer.MIN_SECRET_BYTES
                            + " bytes. Make one with: openssl rand -hex 32");
        }
        JwtParserBuilder builder =
                Jwts.parser().verifyWith(Keys.hmacShaKeyFor(secret)).clockSkewSeconds(config.leeway.toSeconds());
        // Only HS256: a longer secret would otherwise admit HS384 and HS512.
        builder.sig().clear().add(Jwts.SIG.HS256).and();
        if (!config.issuer.isEmpty()) {
            builder.requireIssuer(config.issuer);
        }
        if (!config.audience.isEmpty()) {
            builder.requireAudience(config.audience);
        }
        this.parser = builder.build();
    }

    /** The claims of a valid token. */
    public TokenClaims verify(@Nullable String token) throws InvalidTokenException {
        if (token == null || token.isEmpty()) {
            throw new InvalidTokenException(
                    ErrorCode.TOKEN_MISSING,
                    "no token: send auth.token, the accessToken cookie or Authorization: Bearer");
        }
        checkHeader(token);
        try {
            return claims(parser.parseSignedClaims(token).getPayload());
        } catch (ExpiredJwtException e) {
            throw new InvalidTokenException(ErrorCode.TOKEN_EXPIRED, "the token has expired; get a new one");
        } catch (JwtException | IllegalArgumentException e) {
            throw invalid("the token is not valid");
        }
    }

    private static void checkHeader(String token) throws InvalidTokenException {
        int dot = token.indexOf('.');
        if (token.length() > MAX_LENGTH || dot < 0) {
            throw invalid("the token is malformed or longer than " + MAX_LENGTH + " characters");
        }
        try {
            JsonNode header = JSON.readTree(Base64.getUrlDecoder().decode(token.substring(0, dot)));
            if (header == null || !header.isObject() || REFUSED_HEADERS.stream().anyMatch(header::has)) {
                throw invalid("the token's header is not acceptable");
            }
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
                claims.getExpiration().toInstant());
    }

    private static @Nullable String text(Claims claims, String name) {
        return claims.get(name) instanceof String text ? text : null;
    }

    private static InvalidTokenException invalid(String message) {
        return new InvalidTokenException(ErrorCode.TOKEN_INVALID, message);
    }
}
