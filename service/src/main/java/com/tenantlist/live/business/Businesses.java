package com.tenantlist.live.business;

import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.postgres.Pools;
import com.tenantlist.live.protocol.BusinessOverview;
import io.dropwizard.core.setup.Environment;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The businesses of tenants. */
public final class Businesses {
    private Businesses() {}

    /** Registers the REST calls. */
    public static Businesses open(Pools pools, Kpis kpis, Environment environment) {
        environment.jersey().register(new BusinessResource(pools.rest(), pools.writes(), kpis));
        environment.jersey().register(new MetricsResource(pools.rest(), pools.writes(), kpis));
        return new Businesses();
    }

    /** All of a tenant's businesses with their totals, oldest first, inside a transaction. */
    public List<BusinessOverview> listAll(Handle handle, UUID userId) {
        return BusinessDao.listAll(handle, userId);
    }
}
