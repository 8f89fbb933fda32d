package com.tenantlist.live.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.LiveService;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token that was verified before ends as one that was not. */
class RememberedTokenTest {
    private static final UUID USER = UUID.randomUUID();

    @TempDir
    Path directory;

    private final AuthConfiguration config = new AuthConfiguration();
    private Instant now = Instant.now();
    private boolean revoked;

    private TokenVerifier verifier(VerificationKeys keys) {
        return new TokenVerifier(config, keys, claims -> revoked, () -> now);
    }

    private TokenVerifier ofSecret(int remembered) {
        config.secret = LiveService.SECRET;
        config.rememberedTokens = remembered;
        return verifier(new VerificationKeys(config));
    }

    private static String token(Duration life) {
        return LiveService.token(USER, Role.TENANT, life, Optional.of("one"));
    }

    private static void refused(TokenVerifier verifier, String token, ErrorCode code) {
        assertThatThrownBy(() -> verifier.verify(token))
                .isInstanceOfSatisfying(
                        InvalidTokenException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void itsEndComesAtItsExpAndTheLeeway() throws Exception {
        TokenVerifier verifier = ofSecret(10);
        String token = token(Duration.ofMinutes(10));
        assertThat(verifier.verify(token).userId()).isEqualTo(USER);
        Instant end = verifier.verify(token).expiresAt().plus(config.leeway.toJavaDuration());
        now = end;
        verifier.verify(token);
        now = end.plusNanos(1);
        refused(verifier, token, ErrorCode.TOKEN_EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10})
    void revokedItIsRefusedAtOnceAndNoLonger(int remembered) throws Exception {
        TokenVerifier verifier = ofSecret(remembered);
        String token = token(Duration.ofMinutes(10));
        verifier.verify(token);
        revoked = true;
        refused(verifier, token, ErrorCode.TOKEN_REVOKED);
        revoked = false;
        assertThat(verifier.verify(token)).isEqualTo(verifier.verify(token));
    }

    @Test
    void whatIsLikeItIsNotIt() throws Exception {
        TokenVerifier verifier = ofSecret(10);
        String token = token(Duration.ofMinutes(10));
        verifier.verify(token);
        refused(verifier, token.substring(0, token.length() - 4) + "AAAA", ErrorCode.TOKEN_INVALID);
        refused(verifier, token.replace('.', '!'), ErrorCode.TOKEN_INVALID);
    }

    @Test
    void withItsKeyItIsGone() throws Exception {
        SecretKey old = Jwts.SIG.HS256.key().build();
        SecretKey fresh = Jwts.SIG.HS256.key().build();
        Path file = directory.resolve("keys.json");
        config.keysFile = file.toString();
        write(file, "a", old);
        VerificationKeys keys = new VerificationKeys(config);
        TokenVerifier verifier = verifier(keys);
        String token = Jwts.builder()
                .header()
                .keyId("a")
                .and()
                .subject(USER.toString())
                .claim("role", "tenant")
                .expiration(java.util.Date.from(now.plusSeconds(600)))
                .signWith(old)
                .compact();
        verifier.verify(token);
        write(file, "b", fresh);
        keys.refresh();
        refused(verifier, token, ErrorCode.TOKEN_INVALID);
    }

    private static void write(Path file, String id, SecretKey key) throws Exception {
        Files.writeString(
                file,
                "{\"keys\":["
                        + Jwks.UNSAFE_JSON(Jwks.builder()
                                .key(key)
                                .id(id)
                                .algorithm("HS256")
                                .build()) + "]}");
    }
}
