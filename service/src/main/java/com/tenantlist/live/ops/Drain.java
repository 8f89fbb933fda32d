package com.tenantlist.live.ops;

import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.dashboard.Dashboard;
import com.tenantlist.live.feed.Feed;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.servlets.tasks.Task;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node goes, and its clients to others: first it says that it is not ready ({@code /ready} on the admin port answers
 * 503), hands the feed over and lets nobody in; then it tells its dashboards and closes their transports, a few at a time. REST
 * answers until the end. Begun by the stop of the server (SIGTERM), or before it by {@code POST /tasks/drain}; once.
 */
final class Drain extends Task implements LifeCycle.Listener {
    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    private final DrainConfiguration config;
    private final Feed feed;
    private final Dashboard dashboard;
    private volatile boolean begun;

    private Drain(DrainConfiguration config, Feed feed, Dashboard dashboard) {
        super("drain");
        this.config = config;
        this.feed = feed;
        this.dashboard = dashboard;
    }

    static void install(DrainConfiguration config, Feed feed, Dashboard dashboard, Environment environment) {
        Drain drain = new Drain(config, feed, dashboard);
        environment.lifecycle().addEventListener(drain);
        environment.admin().addTask(drain);
        environment.admin().addServlet("ready", drain.new Readiness()).addMapping("/ready");
        environment.healthChecks().register("ready", drain.new Check());
    }

    @Override
    public void lifeCycleStopping(LifeCycle server) {
        drain();
    }

    @Override
    public void execute(Map<String, List<String>> parameters, PrintWriter output) {
        output.println("draining " + dashboard.open() + " dashboards");
        output.flush();
        drain();
        output.println("drained; " + dashboard.open() + " dashboards are left");
    }

    /** Blocks until it is done; whoever comes second waits for the first. */
    private synchronized void drain() {
        if (begun) {
            return;
        }
        begun = true;
        log.info("drain begun dashboards={}", dashboard.open());
        feed.stepDown();
        try {
            TimeUnit.NANOSECONDS.sleep(config.notice.toNanoseconds());
            dashboard.drain(config.rate, config.timeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.info("drain ended dashboards={}", dashboard.open());
    }

    private String state() {
        return begun ? "draining; " + dashboard.open() + " dashboards are left" : "ready";
    }

    private final class Check extends HealthCheck {
        @Override
        protected Result check() {
            return begun ? Result.unhealthy(state()) : Result.healthy(state());
        }
    }

    /** For balancers: unlike the health checks it does not ask whether Postgres and Redis are there, which others need too. */
    private final class Readiness extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setStatus(begun ? HttpServletResponse.SC_SERVICE_UNAVAILABLE : HttpServletResponse.SC_OK);
            response.setContentType("text/plain");
            response.setHeader("Cache-Control", "no-store");
            response.getWriter().println(state());
        }
    }
}
