package com.tenantlist.live.cli;

import picocli.CommandLine.Mixin;

/** What every command with a dashboard's client needs: where the service is, which tenant, and where its words go. */
final class ClientOptions {
    @Mixin
    private final ApiOptions api = new ApiOptions();

    @Mixin
    private final SocketOptions sockets = new SocketOptions();

    @Mixin
    private final TenantOptions tenant = new TenantOptions();

    @Mixin
    private final Output output = new Output();

    Api api() {
        return api.api();
    }

    SocketOptions sockets() {
        return sockets;
    }

    TenantOptions tenant() {
        return tenant;
    }

    Output output() {
        return output;
    }

    /** A client that is not connected yet. */
    JavaClient client(TenantOptions.Tenant who, DashboardClient.Settings settings, DashboardClient.Listener listener) {
        return new JavaClient(sockets.socket(), api(), who.tokens(), settings, listener);
    }
}
