package com.tenantlist.live.web;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.dropwizard.core.server.AbstractServerFactory;
import io.dropwizard.core.server.ServerFactory;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.jersey.jackson.JacksonFeature;
import org.glassfish.jersey.server.ServerProperties;

/** Installs what every REST call shares. */
public final class Web {
    private Web() {}

    /** Puts REST below {@code /api} and registers the mappers and the Origin check. */
    public static void install(ServerFactory factory, Environment environment, Origins origins, Cors cors) {
        // Our mappers answer for every failure; Dropwizard's defaults would get there first.
        if (factory instanceof AbstractServerFactory server) {
            server.setRegisterDefaultExceptionMappers(false);
        }
        environment.jersey().setUrlPattern("/api/*");
        // As it was said, not as the request's Host would have it.
        environment.jersey().property(ServerProperties.LOCATION_HEADER_RELATIVE_URI_RESOLUTION_DISABLED, true);
        environment
                .getObjectMapper()
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        environment.jersey().register(new JacksonFeature(environment.getObjectMapper()));
        environment.jersey().register(new OriginFilter(origins, cors));
        environment.jersey().register(new BodyLimit());
        ErrorMappers.register(environment.jersey());
    }
}
