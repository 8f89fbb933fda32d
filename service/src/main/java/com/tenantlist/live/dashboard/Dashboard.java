package com.tenantlist.live.dashboard;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.auth.TokenVerifier;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.socketio.OriginPolicy;
import com.tenantlist.live.socketio.OutgoingEvent;
import com.tenantlist.live.socketio.SocketServer;
import com.tenantlist.live.socketio.SocketServerConfiguration;
import com.tenantlist.live.web.Origins;
import io.dropwizard.core.setup.Environment;

/** The dashboard's server side. */
public final class Dashboard {
    private final SocketServer server;

    private Dashboard(SocketServer server) {
        this.server = server;
    }

    /** How delivery encodes an event for the namespace. */
    public static OutgoingEvent encode(String name, String payloadJson) {
        return OutgoingEvent.of(SocketContract.NAMESPACE, name, payloadJson, null);
    }

    /** Starts the socket server with the environment, and registers REST and the health check {@code sockets}. */
    public static Dashboard open(
            SocketServerConfiguration config,
            Origins origins,
            TokenVerifier verifier,
            Delivery<OutgoingEvent> delivery,
            DashboardState state,
            Environment environment) {
        environment.jersey().register(new DashboardResource(state));
        SocketServer server = new SocketServer(config, new OriginPolicy(origins.allowed()), environment.metrics())
                .addNamespace(SocketContract.NAMESPACE, new DashboardNamespace(verifier, delivery));
        environment.lifecycle().manage(server);
        environment.healthChecks().register("sockets", new Check(server));
        PageServlets.install(environment, server::port);
        return new Dashboard(server);
    }

    /** The port that sockets connect to. */
    public int port() {
        return server.port();
    }

    private static final class Check extends HealthCheck {
        private final SocketServer server;

        Check(SocketServer server) {
            this.server = server;
        }

        @Override
        protected Result check() {
            return server.port() > 0
                    ? Result.healthy("listening on port %d, %d sessions", server.port(), server.sessions())
                    : Result.unhealthy("not listening");
        }
    }
}
