package com.tenantlist.live.ops;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.dashboard.Dashboard;
import com.tenantlist.live.feed.Feed;
import io.dropwizard.core.setup.Environment;
import io.prometheus.metrics.exporter.servlet.jakarta.PrometheusMetricsServlet;
import io.prometheus.metrics.instrumentation.dropwizard.DropwizardExports;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Installs what operators read. */
public final class Ops {
    private Ops() {}

    /**
     * Registers {@code /prometheus}, {@code /ready} and the task {@code drain} on the admin port, and {@code /openapi.json} on
     * the application's; from then on the server drains before it stops.
     */
    public static void install(DrainConfiguration drain, Feed feed, Dashboard dashboard, Environment environment) {
        Drain.install(drain, feed, dashboard, environment);
        environment
                .admin()
                .addServlet("prometheus", new PrometheusMetricsServlet(exported(environment.metrics())))
                .addMapping("/prometheus");
        environment
                .servlets()
                .addServlet("openapi", new OpenApiServlet(environment.jersey().getResourceConfig()))
                .addMapping("/openapi.json");
    }

    private static PrometheusRegistry exported(MetricRegistry metrics) {
        // The registry's names carry no product prefix; an operator's Prometheus holds many products.
        MetricRegistry ours = new MetricRegistry();
        ours.register("tenantlist", metrics);
        PrometheusRegistry registry = new PrometheusRegistry();
        DropwizardExports.builder()
                .dropwizardRegistry(ours)
                // Names that end in Prometheus's own suffix for counters collide with it.
                .metricFilter((name, metric) -> !name.endsWith(".total"))
                .register(registry);
        return registry;
    }
}
