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

    /** @param socketUrl where browsers reach the sockets; empty: the page's host, at the port */
    static void install(Environment environment, String socketUrl, IntSupplier socketPort) {
        SocketAddress sockets = new SocketAddress(socketUrl, socketPort);
        environment.servlets().addServlet("page", new Index(sockets)).addMapping("");
        environment
                .servlets()
                .addServlet("page-config", new PageConfig(sockets))
                .addMapping("/page.json");
        environment
                .servlets()
                .addServlet("assets", new AssetServlet("/page/assets", "/assets", null, StandardCharsets.UTF_8))
                .addMapping("/assets/*");
    }

    /** Where the sockets are. */
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

        private final transient SocketAddress sockets;

        PageConfig(SocketAddress sockets) {
            this.sockets = sockets;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("application/json");
            response.getWriter().print("{\"socketUrl\":\"" + sockets.from(request) + "\"}");
        }
    }
}
