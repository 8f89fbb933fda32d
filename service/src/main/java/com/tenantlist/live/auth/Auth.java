package com.tenantlist.live.auth;

import io.dropwizard.auth.AuthDynamicFeature;
import io.dropwizard.auth.AuthValueFactoryProvider;
import io.dropwizard.core.setup.Environment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.glassfish.jersey.server.filter.RolesAllowedDynamicFeature;
import org.jdbi.v3.core.Jdbi;

/** Who may do what: verifies tokens, and forgets none that was revoked. */
public final class Auth {
    private static final String BEARER = "Bearer ";

    private final TokenVerifier verifier;
    private final Revocations revocations;
    private final Duration leeway;

    private Auth(TokenVerifier verifier, Revocations revocations, Duration leeway) {
        this.verifier = verifier;
        this.revocations = revocations;
        this.leeway = leeway;
    }

    /**
     * Makes resources that ask for {@code @Auth User} demand a token, and registers the REST calls for revocations and for
     * signing out.
     */
    public static Auth open(AuthConfiguration config, VerificationKeys keys, Jdbi jdbi, Environment environment) {
        Revocations revocations = new Revocations(config, jdbi);
        TokenVerifier verifier = new TokenVerifier(config, keys, revocations::isRevoked, InstantSource.system());
        environment.lifecycle().manage(revocations);
        if (!config.keysFile.isEmpty()) {
            long millis = config.keysPoll.toMilliseconds();
            environment
                    .lifecycle()
                    .scheduledExecutorService("auth-keys", true)
                    .build()
                    .scheduleWithFixedDelay(keys::refresh, millis, millis, TimeUnit.MILLISECONDS);
        }
        environment.jersey().register(new AuthDynamicFeature(new TokenFilter(verifier)));
        environment.jersey().register(RolesAllowedDynamicFeature.class);
        environment.jersey().register(new AuthValueFactoryProvider.Binder<>(User.class));
        Duration leeway = config.leeway.toJavaDuration();
        environment.jersey().register(new RevocationResource(revocations));
        environment.jersey().register(new SessionEndResource(verifier, revocations, leeway));
        return new Auth(verifier, revocations, leeway);
    }

    /** Verifies tokens, for sockets too. */
    public TokenVerifier verifier() {
        return verifier;
    }

    /** How long after its end a token is still taken. */
    public Duration leeway() {
        return leeway;
    }

    /** The token of an {@code Authorization: Bearer} header; empty if there is none, or it is of another scheme. */
    public static Optional<String> bearerToken(String authorization) {
        return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? Optional.of(authorization.substring(BEARER.length()).strip())
                : Optional.empty();
    }

    public Revocations revocations() {
        return revocations;
    }
}
