package com.tenantlist.live.business;

import com.tenantlist.live.idempotency.IdempotentWrites;
import com.tenantlist.live.kpi.Kpis;
import com.tenantlist.live.protocol.BusinessOverview;
import io.dropwizard.core.setup.Environment;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.Jdbi;

/** The businesses of tenants. */
public final class Businesses {
    private Businesses() {}

    /** Registers the REST calls. */
    public static void open(Jdbi jdbi, IdempotentWrites writes, Kpis kpis, Environment environment) {
        environment.jersey().register(new BusinessResource(jdbi, writes, kpis));
        environment.jersey().register(new MetricsResource(jdbi, writes, kpis));
    }

    /**
     * SQL of all businesses of the tenant {@code :userId} with their totals, for use within a larger statement. Its columns
     * {@code created_at} and {@code id} order them, oldest first; {@link #overview} reads the others.
     */
    public static final String OVERVIEWS = BusinessDao.OVERVIEWS;

    /** A business as a row of {@link #OVERVIEWS} has it. */
    public static BusinessOverview overview(ResultSet row) throws SQLException {
        return BusinessDao.overview(row);
    }
}
