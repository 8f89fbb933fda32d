package com.tenantlist.live;

import com.tenantlist.live.auth.Auth;
import com.tenantlist.live.auth.VerificationKeys;
import com.tenantlist.live.bus.Bus;
import com.tenantlist.live.business.Businesses;
import com.tenantlist.live.dashboard.Dashboard;
import com.tenantlist.live.dashboard.DashboardState;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.feed.Feed;
import com.tenantlist.live.guard.Guard;
import com.tenantlist.live.idempotency.IdempotentWrites;
import com.tenantlist.live.install.DbCommand;
import com.tenantlist.live.install.Grants;
import com.tenantlist.live.install.Installer;
import com.tenantlist.live.journal.Journal;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.ops.Ops;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.presence.Presence;
import com.tenantlist.live.redis.Redis;
import com.tenantlist.live.socketio.engine.OriginPolicy;
import com.tenantlist.live.threads.Threads;
import com.tenantlist.live.web.Cors;
import com.tenantlist.live.web.Origins;
import com.tenantlist.live.web.Web;
import io.dropwizard.configuration.EnvironmentVariableSubstitutor;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.Application;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The service. */
public final class LiveApplication extends Application<LiveConfiguration> {

    private @Nullable Dashboard dashboard;

    public static void main(String[] args) throws Exception {
        Threads.endProcessOnFatalErrors();
        new LiveApplication().run(args);
    }

    /** The port that sockets connect to, or -1 while the service does not run. */
    public int socketPort() {
        return dashboard == null ? -1 : dashboard.port();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "node";
        }
    }

    @Override
    public String getName() {
        return "tenantlist-live";
    }

    @Override
    public void initialize(Bootstrap<LiveConfiguration> bootstrap) {
        bootstrap.setConfigurationSourceProvider(new SubstitutingSourceProvider(
                bootstrap.getConfigurationSourceProvider(), new EnvironmentVariableSubstitutor(false)));
        bootstrap.addCommand(new DbCommand<>(this, config -> config.postgres, config -> config.install));
    }

    @Override
    protected void addDefaultCommands(Bootstrap<LiveConfiguration> bootstrap) {
        bootstrap.addCommand(new ServeCommand(this));
        bootstrap.addCommand(new io.dropwizard.core.cli.CheckCommand<>(this));
    }

    @Override
    public void run(LiveConfiguration config, Environment environment) {
        var origins = Origins.parse(config.frontendUrl, config.appPort);
        var cors = Cors.parse(config.corsAllowedHeaders);
        Web.install(config.getServerFactory(), environment, origins, cors);
        var keys = new VerificationKeys(config.auth);
        var postgres = Postgres.of(config.postgres);
        var pools = postgres.open(environment);
        Installer.verify(pools.live(), postgres.address());
        var auth = Auth.open(config.auth, keys, pools.live(), environment);
        var redis = Redis.open(config.redis, environment);
        var kpis = Kpis.open(config.kpis, pools.live(), pools.rest(), redis, environment);
        var journal = Journal.open(config.journal, pools.live(), kpis.memory(), environment);
        var writes = new IdempotentWrites(config.idempotency, pools, environment.getObjectMapper());
        journal.pruneAlso(writes::forgetOld);
        Businesses.open(pools.rest(), writes, kpis, environment);
        var state = new DashboardState(pools.live());
        var delivery = Delivery.open(config.delivery, journal, kpis.memory(), state, Dashboard::encode, environment);
        var bus = Bus.open(config.bus, redis, config.recoverySecret(), environment);
        var feed = Feed.open(
                config.feed,
                postgres,
                pools.live(),
                bus,
                kpis.memory(),
                delivery::epoch,
                delivery::sweepFailure,
                environment);
        feed.listen(delivery);
        feed.restUnless(delivery::isWatched);
        delivery.listenForSessions(feed::wake);
        Guard.open(
                config.guard,
                pools.live(),
                Installer.version(),
                Grants.lacking(),
                () -> feed.isLeading() || !feed.isFed(),
                feed::trust,
                environment);
        kpis.readCacheWhile(bus::mayBeHeard);
        var host = hostName();
        var presence = Presence.open(config.presence, redis, bus, () -> host + ":" + socketPort(), environment);
        dashboard = Dashboard.open(
                config.dashboard,
                config.sockets,
                config.recoverySecret(),
                OriginPolicy.of(origins::allows, cors.requestHeaders(), Cors.RESPONSE_HEADERS),
                auth,
                delivery,
                state,
                kpis.memory(),
                presence,
                environment);
        Ops.install(config.drain, feed, dashboard, environment);
    }
}
