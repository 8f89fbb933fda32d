package com.tenantlist.live.auth;

import com.tenantlist.live.benchmark.HotWay;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;

/** What a request's token costs: one that is seen for the first time, and one that is remembered. */
public class VerifyBenchmark extends HotWay {
    private static final String SECRET = "the benchmark's own secret, of which nothing depends";

    /** So many more than are remembered that in turn each is forgotten before it comes again. */
    private static final int TOKENS = 1 << 12;

    private static final int REMEMBERED = 16;

    private final List<String> tokens =
            IntStream.range(0, TOKENS).mapToObj(VerifyBenchmark::token).toList();
    private final TokenVerifier verifier = verifier();
    private int next;

    private static String token(int number) {
        return new TokenIssuer(SECRET)
                .issue(new TokenClaims(
                        UUID.fromString("11111111-1111-4111-8111-111111111111"),
                        Optional.of("demo1@tenantlist.example"),
                        Role.TENANT,
                        Optional.of("number " + number),
                        Instant.now().plus(Duration.ofDays(1)),
                        Optional.empty()));
    }

    private static TokenVerifier verifier() {
        AuthConfiguration config = new AuthConfiguration();
        config.secret = SECRET;
        config.rememberedTokens = REMEMBERED;
        return new TokenVerifier(config, new VerificationKeys(config), claims -> false, InstantSource.system());
    }

    @Benchmark
    public TokenClaims first() throws InvalidTokenException {
        next = (next + 1) % TOKENS;
        return verifier.verify(tokens.get(next));
    }

    @Benchmark
    public TokenClaims remembered() throws InvalidTokenException {
        return verifier.verify(tokens.get(0));
    }
}
