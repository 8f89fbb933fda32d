package com.tenantlist.live.dashboard;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.auth.Auth;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.presence.Presence;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.socketio.OutgoingEvent;
import com.tenantlist.live.socketio.SocketServer;
import com.tenantlist.live.socketio.engine.OriginPolicy;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.util.Duration;
import java.util.concurrent.TimeUnit;

/** The dashboard's server side. */
public final class Dashboard {
    private final SocketServer server;
    private final OpenDashboards open;

    private Dashboard(SocketServer server, OpenDashboards open) {
        this.server = server;
        this.open = open;
    }

    /** How delivery encodes an event for the namespace. */
    public static OutgoingEvent encode(String name, String payloadJson, long revision) {
        return OutgoingEvent.of(SocketContract.NAMESPACE, name, payloadJson, Long.toString(revision));
    }

    /**
     * Starts the socket server with the environment, and registers REST and the health check {@code sockets}.
     *
     * @param secret signs {@code pid}s, the same on all nodes
     */
    public static Dashboard open(
            DashboardConfiguration config,
            SocketServerConfiguration sockets,
            String secret,
            OriginPolicy origins,
            Auth auth,
            Delivery<OutgoingEvent> delivery,
            DashboardState state,
            KpiMemory kpis,
            Presence presence,
            Environment environment) {
        environment.jersey().register(new DashboardResource(state, kpis));
        OpenDashboards open = new OpenDashboards(config.maxSocketsPerUser, presence);
        auth.revocations().listen(open::revoked);
        environment.jersey().register(new SessionResource(auth.revocations(), open));
        SocketServer server = new SocketServer(sockets, origins, environment.metrics())
                .addNamespace(
                        SocketContract.NAMESPACE,
                        new DashboardNamespace(config, auth, new RecoveryIds(secret), delivery, open));
        environment.lifecycle().manage(server);
        environment.healthChecks().register("sockets", new Check(server));
        PageServlets.install(config, environment, server::port);
        return new Dashboard(server, open);
    }

    /** The port that sockets connect to. */
    public int port() {
        return server.port();
    }

    /** How many dashboards are open on this node. */
    public int open() {
        return open.all().size();
    }

    /**
     * Lets nobody in any more, and sends away those who are here: so many a second, in any order. Blocks until they are gone, or
     * the time is up.
     *
     * @param perSecond how many the other nodes shall have to let in; what the time does not allow for is spread by what
     *     clients are told to wait
     */
    public void drain(int perSecond, Duration limit) throws InterruptedException {
        server.drain();
        new Departure(open.all(), perSecond, limit.toMilliseconds()).run();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (open() > 0 && System.nanoTime() - until < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
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
