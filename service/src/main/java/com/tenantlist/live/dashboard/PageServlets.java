package com.tenantlist.live.dashboard;

import io.dropwizard.core.setup.Environment;
import io.dropwizard.servlets.assets.AssetServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Serves the page: {@code /}, {@code /assets/*}, and {@code /page.json}, which tells it where the sockets are. */
final class PageServlets {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+]");

    private PageServlets() {}

    static void install(Environment environment, IntSupplier socketPort) {
        environment.servlets().addServlet("page", new Index(socketPort)).addMapping("");
        environment
                .servlets()
                .addServlet("page-config", new PageConfig(socketPort))
                .addMapping("/page.json");
        environment
                .servlets()
                .addServlet("assets", new AssetServlet("/page/assets", "/assets", null, StandardCharsets.UTF_8))
                .addMapping("/assets/*");
    }

    /** The host as the browser named it, if it looks like one. */
    private static String host(HttpServletRequest request) {
        String host = request.getServerName();
        return HOST.matcher(host).matches() ? host : "127.0.0.1";
    }

    /** {@code index.html}, with a Content-Security-Policy that lets it talk to this service and its sockets alone. */
    private static final class Index extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient IntSupplier socketPort;

        Index(IntSupplier socketPort) {
            this.socketPort = socketPort;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try (@Nullable InputStream page = PageServlets.class.getResourceAsStream("/page/index.html")) {
                if (page == null) {
                    response.sendError(HttpServletResponse.SC_NOT_FOUND);
                    return;
                }
                String socket = host(request) + ":" + socketPort.getAsInt();
                response.setContentType("text/html");
                response.setCharacterEncoding(StandardCharsets.UTF_8.name());
                response.setHeader("Cache-Control", "no-cache");
                response.setHeader("X-Content-Type-Options", "nosniff");
                response.setHeader("Referrer-Policy", "no-referrer");
                response.setHeader(
                        "Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
                                + " form-action 'none'; frame-ancestors 'none'; connect-src 'self' http://" + socket
                                + " ws://" + socket);
                page.transferTo(response.getOutputStream());
            }
        }
    }

    private static final class PageConfig extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient IntSupplier socketPort;

        PageConfig(IntSupplier socketPort) {
            this.socketPort = socketPort;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("application/json");
            response.getWriter().print("{\"socketPort\":" + socketPort.getAsInt() + "}");
        }
    }
}
