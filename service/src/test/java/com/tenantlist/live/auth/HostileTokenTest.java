package com.tenantlist.live.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.testing.LiveService;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Random;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Generated tokens, most of them rightly signed: whatever they say, they are refused as tokens or are what they must be. */
class HostileTokenTest {
    private static final int INPUTS = Integer.getInteger("hostile.inputs", 1_000_000) / 20;
    private static final long SEED = Long.getLong("hostile.seed", System.nanoTime());
    private static final String USER = "00000000-0000-4000-8000-000000000001";

    private static final String[] HEADERS = {
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"none\"}",
        "{\"alg\":\"HS512\"}",
        "{\"alg\":null}",
        "{\"alg\":[\"HS256\"]}",
        "{}",
        "[]",
        "null",
        "",
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"zip\":\"DEF\"}",
        "{\"alg\":\"HS256\",\"kid\":7}",
        "{\"alg\":\"HS256\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"typ\":{}}",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
        "{\"alg\":\"HS256\"",
        "{\"alg\":\"ES256\"}"
    };
    private static final String[] VALUES = {
        "\"" + USER + "\"",
        "\"" + USER + "\"",
        "\"tenant\"",
        "\"tenant\"",
        "9999999999",
        "9999999999",
        "1",
        "-1",
        "1e300",
        "99999999999999999999999999",
        "0.5",
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "[\"tenant\"]",
        "\"admin\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"soon\"",
        "\"2030-01-01T00:00:00Z\""
    };
    private static final String[] CLAIMS = {"sub", "userId", "role", "exp", "iat", "nbf", "jti", "email", "aud", "iss"};
    private static final String[] USUAL = {"\"" + USER + "\"", "\"" + USER + "\"", "\"tenant\"", "9999999999", "1", "1"
    };

    private final Random random = new Random(SEED);

    private int below(int bound) {
        return random.nextInt(bound);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String token(Mac mac) {
        StringBuilder claims = new StringBuilder("{");
        for (int i = 0; i < CLAIMS.length; i++) {
            if (i < 4 ? below(20) > 0 : below(4) == 0) {
                String value = i < USUAL.length && below(6) > 0 ? USUAL[i] : VALUES[below(VALUES.length)];
                claims.append(claims.length() == 1 ? "" : ",")
                        .append('"')
                        .append(CLAIMS[i])
                        .append("\":")
                        .append(value);
            }
        }
        claims.append(below(50) == 0 ? "" : "}");
        String signed = base64(HEADERS[below(4) > 0 ? 0 : below(HEADERS.length)].getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.toString().getBytes(StandardCharsets.UTF_8));
        String token = signed + "." + base64(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        if (below(8) > 0) {
            return token;
        }
        int at = below(token.length());
        return token.substring(0, at) + (char) below(below(3) == 0 ? 65536 : 128) + token.substring(at + below(2));
    }

    @Test
    void whatATokenSaysIsRefusedOrTrue() throws Exception {
        AuthConfiguration config = new AuthConfiguration();
        config.secret = LiveService.SECRET;
        TokenVerifier verifier =
                new TokenVerifier(config, new VerificationKeys(config), claims -> false, InstantSource.system());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(LiveService.SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        int passed = 0;
        for (int i = 0; i < INPUTS; i++) {
            String token = token(mac);
            try {
                TokenClaims claims = verifier.verify(token);
                assertThat(claims.userId()).as(token).isEqualTo(UUID.fromString(USER));
                assertThat(claims.expiresAt()).as(token).isAfter(java.time.Instant.now());
                passed++;
            } catch (InvalidTokenException e) {
                assertThat(e.getMessage()).doesNotContain(token);
            } catch (RuntimeException e) {
                throw new AssertionError("token " + token + " of run " + SEED, e);
            }
        }
        assertThat(passed).as("passed").isBetween(INPUTS / 20, INPUTS * 9 / 10);
    }
}
