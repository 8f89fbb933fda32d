package com.tenantlist.live.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.testing.LiveService;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.Keys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys by kid: which tokens pass, and that the algorithm is the key's. */
class VerificationKeysTest {
    private static final UUID USER = UUID.randomUUID();
    private static final SecretKey HMAC = Jwts.SIG.HS256.key().build();
    private static KeyPair rsa;
    private static KeyPair curve;

    @TempDir
    private Path directory;

    @BeforeAll
    static void keys() throws Exception {
        rsa = pair("RSA", 2048);
        curve = pair("EC", 256);
    }

    private static KeyPair pair(String algorithm, int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static Jwk<?> jwk(String id, String algorithm, Key key) {
        if (key instanceof SecretKey secret) {
            return Jwks.builder().key(secret).id(id).algorithm(algorithm).build();
        }
        return key instanceof RSAPublicKey publicKey
                ? Jwks.builder().key(publicKey).id(id).algorithm(algorithm).build()
                : Jwks.builder()
                        .key((ECPublicKey) key)
                        .id(id)
                        .algorithm(algorithm)
                        .build();
    }

    private static String set(Jwk<?>... keys) throws Exception {
        List<String> members = new ArrayList<>();
        for (Jwk<?> key : keys) {
            members.add(Jwks.UNSAFE_JSON(key));
        }
        return "{\"keys\":[" + String.join(",", members) + "]}";
    }

    private static Jwk<?>[] three() {
        return new Jwk<?>[] {
            jwk("h", "HS256", HMAC), jwk("r", "RS256", rsa.getPublic()), jwk("e", "ES256", curve.getPublic())
        };
    }

    private VerificationKeys keys(String secret, String content) throws Exception {
        AuthConfiguration config = new AuthConfiguration();
        config.secret = secret;
        config.keysFile =
                Files.writeString(directory.resolve("keys.json"), content).toString();
        return new VerificationKeys(config);
    }

    private static String token(String id, Key key) {
        return Jwts.builder()
                .header()
                .add(id == null ? Map.of() : Map.of("kid", id))
                .and()
                .subject(USER.toString())
                .claim("role", "tenant")
                .expiration(Date.from(Instant.now().plusSeconds(60)))
                .signWith(key)
                .compact();
    }

    private static String verified(VerificationKeys keys, String token) {
        try {
            TokenClaims claims = new TokenVerifier(
                            new AuthConfiguration(), keys, revoked -> false, InstantSource.system())
                    .verify(token);
            return claims.userId().equals(USER) ? "passed" : "another";
        } catch (InvalidTokenException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.TOKEN_INVALID);
            return "refused";
        }
    }

    @Test
    void eachKeyPassesItsOwnTokensAndTheSecretThoseWithoutKid() throws Exception {
        VerificationKeys keys = keys(LiveService.SECRET, set(three()));
        SecretKey secret = Keys.hmacShaKeyFor(LiveService.SECRET.getBytes(StandardCharsets.UTF_8));
        assertThat(verified(keys, token("h", HMAC))).isEqualTo("passed");
        assertThat(verified(keys, token("r", rsa.getPrivate()))).isEqualTo("passed");
        assertThat(verified(keys, token("e", curve.getPrivate()))).isEqualTo("passed");
        assertThat(verified(keys, token(null, secret))).isEqualTo("passed");
    }

    @Test
    void theWrongKeyKidOrAlgorithmIsRefused() throws Exception {
        VerificationKeys keys = keys("", set(three()));
        assertThat(verified(keys, token("h", Jwts.SIG.HS256.key().build()))).isEqualTo("refused");
        assertThat(verified(keys, token("r", pair("RSA", 2048).getPrivate()))).isEqualTo("refused");
        assertThat(verified(keys, token("e", rsa.getPrivate()))).isEqualTo("refused");
        assertThat(verified(keys, token("r", curve.getPrivate()))).isEqualTo("refused");
        assertThat(verified(keys, token("x", HMAC))).isEqualTo("refused");
        assertThat(verified(keys, token("../../etc/passwd", HMAC))).isEqualTo("refused");
        assertThat(verified(keys, token(null, HMAC)))
                .as("without a secret there is no key for tokens without kid")
                .isEqualTo("refused");
        SecretKey publicKey = Keys.hmacShaKeyFor(rsa.getPublic().getEncoded());
        String confused = Jwts.builder()
                .header()
                .keyId("r")
                .and()
                .subject(USER.toString())
                .claim("role", "tenant")
                .expiration(Date.from(Instant.now().plusSeconds(60)))
                .signWith(publicKey, Jwts.SIG.HS256)
                .compact();
        assertThat(verified(keys, confused)).as("HMAC by the public key").isEqualTo("refused");
    }

    @Test
    void keysRotateWhileTheServiceRunsAndABrokenFileChangesNothing() throws Exception {
        VerificationKeys keys = keys("", set(jwk("old", "HS256", HMAC)));
        SecretKey fresh = Jwts.SIG.HS256.key().build();
        keys("", set(jwk("old", "HS256", HMAC), jwk("new", "HS256", fresh)));
        keys.refresh();
        assertThat(verified(keys, token("old", HMAC))).isEqualTo("passed");
        assertThat(verified(keys, token("new", fresh))).isEqualTo("passed");
        Files.writeString(directory.resolve("keys.json"), "{\"keys\":[");
        keys.refresh();
        assertThat(verified(keys, token("new", fresh))).isEqualTo("passed");
        keys("", set(jwk("new", "HS256", fresh)));
        keys.refresh();
        assertThat(verified(keys, token("old", HMAC))).isEqualTo("refused");
        assertThat(verified(keys, token("new", fresh))).isEqualTo("passed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"a\"}]}"})
    void aFileWithoutUsableKeysIsRefusedAtTheStart(String content) {
        assertThatThrownBy(() -> keys("", content))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("JWT_KEYS_FILE");
    }

    @Test
    void weakOrDoubleKeysAreRefused() throws Exception {
        Jwk<?> weak = jwk("w", "RS256", pair("RSA", 1024).getPublic());
        assertThatThrownBy(() -> keys("", set(weak))).hasMessageContaining("2048 bits");
        Jwk<?> other = jwk("c", "ES256", pair("EC", 384).getPublic());
        assertThatThrownBy(() -> keys("", set(other))).hasMessageContaining("P-256");
        assertThatThrownBy(() -> keys("", set(jwk("a", "HS256", HMAC), jwk("a", "ES256", curve.getPublic()))))
                .hasMessageContaining("two keys with kid 'a'");
    }
}
