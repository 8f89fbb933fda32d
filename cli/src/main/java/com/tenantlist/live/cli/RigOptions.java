package com.tenantlist.live.cli;

import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every check needs to know. */
final class RigOptions {
    @Mixin
    private final ApiOptions api = new ApiOptions();

    @Mixin
    private final SocketOptions sockets = new SocketOptions();

    @Mixin
    private final TenantOptions tenant = new TenantOptions();

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            description = "How long to wait for what must come. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(60);

    Output output() {
        return output;
    }

    /**
     * A rig with the tenant that was named, else with one of its own.
     *
     * @param pollInterval of its client
     * @param maxRetryDelay of its client
     */
    Rig rig(String name, Duration pollInterval, Duration maxRetryDelay) {
        return rig(name, tenant.find().orElseGet(tenant::newcomer), sockets.settings(pollInterval, maxRetryDelay));
    }

    Rig rig(String name, TenantOptions.Tenant of, LiveClient.Settings settings) {
        return new Rig(name, output, of, api.api(), sockets.socket(), settings, timeout);
    }

    TenantOptions tenant() {
        return tenant;
    }
}
