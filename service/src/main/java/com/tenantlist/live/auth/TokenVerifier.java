package com.tenantlist.live.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
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

    private final VerificationKeys keys;
    private final Predicate<TokenClaims> revoked;

    TokenVerifier(VerificationKeys keys, Predicate<TokenClaims> revoked) {
        this.keys = keys;
        this.revoked = revoked;
    }

    /** The claims of a valid token. */
    public TokenClaims verify(@Nullable String token) throws InvalidTokenException {
        if (token == null || token.isEmpty()) {
            throw new InvalidTokenException(
                    ErrorCode.TOKEN_MISSING,
                    "no token: send auth.token, the accessToken cookie or Authorization: Bearer");
        }
        JwtParser parser = parser(token);
        try {
            TokenClaims claims = claims(parser.parseSignedClaims(token).getPayload());
            if (revoked.test(claims)) {
                throw new InvalidTokenException(ErrorCode.TOKEN_REVOKED, "the token was revoked; sign in again");
            }
            return claims;
        } catch (ExpiredJwtException e) {
            throw new InvalidTokenException(ErrorCode.TOKEN_EXPIRED, "the token has expired; get a new one");
        } catch (JwtException | IllegalArgumentException e) {
            throw invalid("the token is not valid");
        }
    }

    /** Looks at the header before any library does; the parser of its key. */
    private JwtParser parser(String token) throws InvalidTokenException {
        int dot = token.indexOf('.');
        if (token.length() > MAX_LENGTH || dot < 0) {
            throw invalid("the token is malformed or longer than " + MAX_LENGTH + " characters");
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

    private static InvalidTokenException invalid(String message) {
        return new InvalidTokenException(ErrorCode.TOKEN_INVALID, message);
    }
}
