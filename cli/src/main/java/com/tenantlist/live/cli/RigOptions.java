package com.tenantlist.live.cli;

import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every check needs to know. */
final class RigOptions {
    @Mixin
    private final ClientOptions client = new ClientOptions();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            description = "How long to wait for what must come. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(60);

    @Option(
            names = "--client",
            paramLabel = "NAME",
            defaultValue = "java",
            description =
                    "java: the tool's own; browser: the TypeScript client of the page, which needs Node 20 or newer. Default: ${DEFAULT-VALUE}.")
    private ClientKind kind = ClientKind.JAVA;

    Output output() {
        return client.output();
    }

    /**
     * A rig with the tenant that was named, else with one of its own.
     *
     * @param pollInterval of its client
     * @param maxRetryDelay of its client
     */
    Rig rig(String name, Duration pollInterval, Duration maxRetryDelay) {
        return rig(
                name,
                tenant().find().orElseGet(tenant()::newcomer),
                client.sockets().settings(pollInterval, maxRetryDelay));
    }

    Rig rig(String name, TenantOptions.Tenant of, DashboardClient.Settings settings) {
        return new Rig(name, output(), of, client.api(), client.sockets().socket(), kind, settings, timeout);
    }

    ClientKind kind() {
        return kind;
    }

    TenantOptions tenant() {
        return client.tenant();
    }
}
