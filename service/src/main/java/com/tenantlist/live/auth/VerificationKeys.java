package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.TokenIssuer;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.Keys;
import io.jsonwebtoken.security.PrivateJwk;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that tokens may be signed with: the secret, for tokens without {@code kid}; and those of a JWK set (RFC 7517) by
 * their {@code kid}. A key has one algorithm, its {@code alg}: HS256, RS256 or ES256. The file is read again when it
 * changes, so that keys can be rotated without a restart; a file that cannot be read changes nothing. Any thread.
 */
public final class VerificationKeys {
    private static final Logger log = LoggerFactory.getLogger(VerificationKeys.class);
    private static final int MIN_RSA_BITS = 2048;
    private static final int P256_BITS = 256;

    /** A key's parser, which takes its algorithm only. */
    record Verifier(String algorithm, JwtParser parser) {}

    private final AuthConfiguration config;
    private final @Nullable Verifier secret;
    private final @Nullable Path file;
    private volatile Map<String, Verifier> byId = Map.of();
    private volatile @Nullable String content;

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException if there is no usable key; the message says what to do
     */
    public VerificationKeys(AuthConfiguration config) {
        this.config = config;
        this.file = config.keysFile.isEmpty() ? null : Path.of(config.keysFile);
        if (file != null && config.secret.isEmpty()) {
            this.secret = null;
        } else {
            byte[] bytes = config.secret.getBytes(StandardCharsets.UTF_8);
            if (bytes.length < TokenIssuer.MIN_SECRET_BYTES) {
                throw new IllegalArgumentException(
                        (bytes.length == 0 ? "JWT_SECRET is not set" : "JWT_SECRET has " + bytes.length + " bytes")
                                + "; HS256 needs at least " + TokenIssuer.MIN_SECRET_BYTES
                                + " bytes. Make one with: openssl rand -hex 32");
            }
            this.secret = verifier(Jwts.SIG.HS256, Keys.hmacShaKeyFor(bytes));
        }
        if (file != null) {
            try {
                load(file);
            } catch (IOException e) {
                throw new IllegalArgumentException("JWT_KEYS_FILE " + file + " cannot be read: " + e.getMessage());
            }
        }
    }

    /** The verifier for a token's {@code kid}, or null if there is none. Without a key set, {@code kid} says nothing. */
    @Nullable
    Verifier find(@Nullable String keyId) {
        return keyId == null || file == null ? secret : byId.get(keyId);
    }

    /** What all keys are now: another object when one was added or withdrawn. */
    Object current() {
        return byId;
    }

    /** Reads the file again if it changed. */
    void refresh() {
        Path path = file;
        if (path != null) {
            try {
                if (load(path)) {
                    log.info("keys read file={} kids={}", path, byId.keySet());
                }
            } catch (IOException | IllegalArgumentException e) {
                log.warn("keys not read, the old ones stay file={} cause=\"{}\"", path, e.getMessage());
            }
        }
    }

    private boolean load(Path path) throws IOException {
        String text = Files.readString(path);
        if (text.equals(content)) {
            return false;
        }
        Map<String, Verifier> loaded = new HashMap<>();
        try {
            for (Jwk<?> key : Jwks.setParser().build().parse(text).getKeys()) {
                add(loaded, key);
            }
        } catch (JwtException | IllegalArgumentException e) {
            throw new IllegalArgumentException("JWT_KEYS_FILE " + path + " is not a usable JWK set: " + e.getMessage());
        }
        if (loaded.isEmpty()) {
            throw new IllegalArgumentException("JWT_KEYS_FILE " + path + " has no keys");
        }
        byId = Map.copyOf(loaded);
        content = text;
        return true;
    }

    private void add(Map<String, Verifier> keys, Jwk<?> key) {
        String id = key.getId();
        if (id == null || id.isEmpty()) {
            throw new IllegalArgumentException("a key without kid");
        }
        Key material =
                key instanceof PrivateJwk<?, ?, ?> pair ? pair.toPublicJwk().toKey() : key.toKey();
        Verifier verifier;
        if (material instanceof SecretKey shared && "HS256".equals(key.getAlgorithm())) {
            verifier = verifier(Jwts.SIG.HS256, shared);
        } else if (material instanceof RSAPublicKey rsa
                && "RS256".equals(key.getAlgorithm())
                && rsa.getModulus().bitLength() >= MIN_RSA_BITS) {
            verifier = verifier(Jwts.SIG.RS256, rsa);
        } else if (material instanceof ECPublicKey curve
                && "ES256".equals(key.getAlgorithm())
                && curve.getParams().getCurve().getField().getFieldSize() == P256_BITS) {
            verifier = verifier(Jwts.SIG.ES256, curve);
        } else {
            throw new IllegalArgumentException(
                    "key '" + id + "' is none of: kty oct with alg HS256, kty RSA of at least " + MIN_RSA_BITS
                            + " bits with alg RS256, kty EC on P-256 with alg ES256");
        }
        if (keys.put(id, verifier) != null) {
            throw new IllegalArgumentException("two keys with kid '" + id + "'");
        }
    }

    private Verifier verifier(SecureDigestAlgorithm<?, ?> algorithm, Key key) {
        JwtParserBuilder builder = Jwts.parser().clockSkewSeconds(config.leeway.toSeconds());
        if (key instanceof SecretKey shared) {
            builder.verifyWith(shared);
        } else {
            builder.verifyWith((PublicKey) key);
        }
        // The key's algorithm only: a long secret would otherwise admit HS384 and HS512.
        builder.sig().clear().add(algorithm).and();
        if (!config.issuer.isEmpty()) {
            builder.requireIssuer(config.issuer);
        }
        if (!config.audience.isEmpty()) {
            builder.requireAudience(config.audience);
        }
        return new Verifier(algorithm.getId(), builder.build());
    }
}
