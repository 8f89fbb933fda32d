package com.tenantlist.live.cli;

import java.net.URI;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Where the sockets are, and how a client behaves. */
final class SocketOptions {
    @Option(
            names = "--socket",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:3000",
            description = "The socket server. Default: $$TENANTLIST_SOCKET_URL, or ${DEFAULT-VALUE}.")
    private URI socket = URI.create("http://127.0.0.1:3000");

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private DashboardClient.Transport transport = DashboardClient.Transport.AUTO;

    @Option(
            names = "--poll-after",
            paramLabel = "N",
            defaultValue = "3",
            description = "Failed attempts to connect before it polls. Default: ${DEFAULT-VALUE}.")
    private int pollAfter = DashboardClient.Settings.DEFAULT.pollAfter();

    @Option(
            names = "--attempt-timeout",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "An attempt that has not caught up by then is given up. Default: ${DEFAULT-VALUE}.")
    private Duration attemptTimeout = DashboardClient.Settings.DEFAULT.attemptTimeout();

    URI socket() {
        return socket;
    }

    /** As browsers behave but for what is given. */
    DashboardClient.Settings settings(Duration pollInterval, Duration maxRetryDelay) {
        DashboardClient.Settings usual = DashboardClient.Settings.DEFAULT;
        return new DashboardClient.Settings(
                transport, pollAfter, pollInterval, usual.retryDelay(), maxRetryDelay, attemptTimeout);
    }
}
