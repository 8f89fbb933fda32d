package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import picocli.CommandLine.Option;

/** Dashboards of tenants that need no rows: nothing changes. */
final class Crowd {
    @Option(
            names = "--tenants",
            defaultValue = "500",
            description = "Their owners, in turn. Default: ${DEFAULT-VALUE}.")
    private int tenants = 500;

    /** @throws IllegalArgumentException if there are too many, or none */
    void check(int sockets) {
        RunOptions.check("--sockets", sockets, 1, Dashboards.MOST);
        RunOptions.check("--tenants", tenants, 1, Dashboards.MOST);
    }

    /** Makes them, and connects none. */
    Dashboards of(Target target, int addresses, int sockets, Manner manner) {
        return new Dashboards(target, addresses, LoadTenants.users(tenants), sockets, manner, Commits.byRevision());
    }

    @Override
    public String toString() {
        return tenants + " tenants";
    }
}
