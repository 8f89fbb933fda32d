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
    private LiveClient.Transport transport = LiveClient.Transport.AUTO;

    @Option(
            names = "--poll-after",
            paramLabel = "N",
            defaultValue = "3",
            description = "Failed attempts to connect before it polls. Default: ${DEFAULT-VALUE}.")
    private int pollAfter = LiveClient.Settings.DEFAULT.pollAfter();

    URI socket() {
        return socket;
    }

    /** As browsers behave but for what is given. */
    LiveClient.Settings settings(Duration pollInterval, Duration maxRetryDelay) {
        LiveClient.Settings usual = LiveClient.Settings.DEFAULT;
        return new LiveClient.Settings(
                transport, pollAfter, pollInterval, usual.retryDelay(), maxRetryDelay, usual.attemptTimeout());
    }
}
