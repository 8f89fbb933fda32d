package com.tenantlist.live.ops;

import io.dropwizard.jersey.DropwizardResourceConfig;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.jaxrs2.Reader;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The REST calls as OpenAPI, generated from the resources that are registered. */
final class OpenApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient Set<Class<?>> resources;
    private transient volatile byte @Nullable [] document;

    /** Of the resources that are registered by now: once Jersey runs, it does not tell. */
    OpenApiServlet(DropwizardResourceConfig jersey) {
        this.resources = jersey.getClasses().stream()
                .filter(type -> type.isAnnotationPresent(Path.class))
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] body = document;
        if (body == null) {
            body = generate();
            document = body;
        }
        response.setContentType("application/json");
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.getOutputStream().write(body);
    }

    private byte[] generate() throws IOException {
        OpenAPI base = new OpenAPI()
                .info(new Info().title("TenantList Live").version("1"))
                .addServersItem(new Server().url("/api"))
                .components(new Components()
                        .addSecuritySchemes(
                                "bearer",
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .bearerFormat("JWT")))
                .addSecurityItem(new SecurityRequirement().addList("bearer"));
        return Json.mapper().writeValueAsBytes(new Reader(base).read(resources));
    }
}
