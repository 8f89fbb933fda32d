package com.tenantlist.live.auth;

import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;

/** What a request's token costs: one that is seen for the first time, and one that is remembered. */
public class VerifyBenchmark extends HotWay {
    private static final String SECRET = "the benchmark's own secret, of which nothing depends";

    private final String token = new TokenIssuer(SECRET)
            .issue(new TokenClaims(
                    UUID.fromString("11111111-1111-4111-8111-111111111111"),
                    Optional.of("demo1@tenantlist.example"),
                    Role.TENANT,
                    Optional.of("one"),
                    Instant.now().plus(Duration.ofDays(1)),
                    Optional.empty()));
    private final TokenVerifier forgetting = verifier(0);
    private final TokenVerifier remembering = verifier(1_000);

    private static TokenVerifier verifier(int remembered) {
        AuthConfiguration config = new AuthConfiguration();
        config.secret = SECRET;
        config.rememberedTokens = remembered;
        return new TokenVerifier(config, new VerificationKeys(config), claims -> false, InstantSource.system());
    }

    @Benchmark
    public TokenClaims first() throws InvalidTokenException {
        return forgetting.verify(token);
    }

    @Benchmark
    public TokenClaims remembered() throws InvalidTokenException {
        return remembering.verify(token);
    }
}
