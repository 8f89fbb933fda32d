package com.tenantlist.live.protocol;

import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import javax.crypto.SecretKey;

/** Signs tokens with HS256. Safe for use by many threads. */
public final class TokenIssuer {
    /** The shortest secret HS256 takes, in bytes (RFC 7518, section 3.2). */
    public static final int MIN_SECRET_BYTES = 32;

    private final SecretKey key;

    /**
     * Signs with that secret.
     *
     * @throws IllegalArgumentException if the secret has fewer than {@value #MIN_SECRET_BYTES} bytes in UTF-8
     */
    public TokenIssuer(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < MIN_SECRET_BYTES) {
            throw new IllegalArgumentException("the secret has " + bytes.length + " bytes, HS256 needs at least "
                    + MIN_SECRET_BYTES + "; make one with: openssl rand -hex 32");
        }
        this.key = Keys.hmacShaKeyFor(bytes);
    }

    public String issue(TokenClaims claims) {
        JwtBuilder jwt = Jwts.builder()
                .subject(claims.userId().toString())
                .claim("userId", claims.userId().toString())
                .claim("role", claims.role().claim())
                .issuedAt(new Date())
                .expiration(Date.from(claims.expiresAt()));
        claims.email().ifPresent(email -> jwt.claim("email", email));
        claims.tokenId().ifPresent(jwt::id);
        return jwt.signWith(key, Jwts.SIG.HS256).compact();
    }
}
