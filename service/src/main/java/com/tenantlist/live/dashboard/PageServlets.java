package com.tenantlist.live.dashboard;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
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

/**
 * Serves the page: {@code /}, {@code /assets/*}, and {@code /page.json}, which tells it where the sockets are, and where one signs
 * in and out.
 */
final class PageServlets {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:]+]");

    private PageServlets() {}

    static void install(DashboardConfiguration config, Environment environment, IntSupplier socketPort) {
        SocketAddress sockets = new SocketAddress(config.socketUrl, socketPort);
        environment.servlets().addServlet("page", new Index(sockets)).addMapping("");
        environment
                .servlets()
                .addServlet("page-config", new PageConfig(config, sockets))
                .addMapping("/page.json");
        environment
                .servlets()
                .addServlet("assets", new AssetServlet("/page/assets", "/assets", null, StandardCharsets.UTF_8))
                .addMapping("/assets/*");
    }

    /** Where the sockets are: at that address; if it is empty at the page's host, at the port. */
    private record SocketAddress(String url, IntSupplier port) {
        /** As seen from the host that the browser named, if it looks like one. */
        String from(HttpServletRequest request) {
            if (!url.isEmpty()) {
                return url;
            }
            String host = request.getServerName();
            return "http://" + (HOST.matcher(host).matches() ? host : "127.0.0.1") + ":" + port.getAsInt();
        }
    }

    /** {@code index.html}, with a Content-Security-Policy that lets it talk to this service and its sockets alone. */
    private static final class Index extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient SocketAddress sockets;

        Index(SocketAddress sockets) {
            this.sockets = sockets;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try (@Nullable InputStream page = PageServlets.class.getResourceAsStream("/page/index.html")) {
                if (page == null) {
                    response.sendError(HttpServletResponse.SC_NOT_FOUND);
                    return;
                }
                String socket = sockets.from(request);
                response.setContentType("text/html");
                response.setCharacterEncoding(StandardCharsets.UTF_8.name());
                response.setHeader("Cache-Control", "no-cache");
                response.setHeader("X-Content-Type-Options", "nosniff");
                response.setHeader("Referrer-Policy", "no-referrer");
                response.setHeader(
                        "Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
                                + " form-action 'none'; frame-ancestors 'none'; connect-src 'self' " + socket + " "
                                + socket.replaceFirst("^http", "ws"));
                page.transferTo(response.getOutputStream());
            }
        }
    }

    private static final class PageConfig extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final transient DashboardConfiguration config;
        private final transient SocketAddress sockets;

        PageConfig(DashboardConfiguration config, SocketAddress sockets) {
            this.config = config;
            this.sockets = sockets;
        }

        /** What the page is told; what is not configured is left out. */
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        private record Told(
                @JsonProperty String socketUrl,
                @JsonProperty String signInUrl,
                @JsonProperty String signOutUrl) {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("application/json");
            response.setCharacterEncoding(StandardCharsets.UTF_8.name());
            JSON.writeValue(
                    response.getOutputStream(), new Told(sockets.from(request), config.signInUrl, config.signOutUrl));
        }
    }
}
