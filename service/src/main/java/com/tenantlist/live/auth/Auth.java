package com.tenantlist.live.auth;

import io.dropwizard.auth.AuthDynamicFeature;
import io.dropwizard.auth.AuthValueFactoryProvider;
import io.dropwizard.core.setup.Environment;
import org.glassfish.jersey.server.filter.RolesAllowedDynamicFeature;

/** Installs authentication. */
public final class Auth {
    /** The role of tenant calls, for {@code @RolesAllowed}. */
    public static final String TENANT = "tenant";

    private Auth() {}

    /** Makes resources that ask for {@code @Auth User} demand a token; returns the verifier, which sockets use too. */
    public static TokenVerifier open(AuthConfiguration config, Environment environment) {
        TokenVerifier verifier = new TokenVerifier(config);
        environment.jersey().register(new AuthDynamicFeature(new TokenFilter(verifier)));
        environment.jersey().register(RolesAllowedDynamicFeature.class);
        environment.jersey().register(new AuthValueFactoryProvider.Binder<>(User.class));
        return verifier;
    }
}
