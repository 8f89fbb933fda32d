package com.tenantlist.live.cli;

import java.net.URI;
import java.util.Locale;
import java.util.function.Supplier;

/** Which client is tried. */
enum ClientKind {
    /** {@link JavaClient}. */
    JAVA,
    /** {@link BrowserClient}. */
    BROWSER;

    /** A client that is not connected yet. */
    DashboardClient client(
            URI sockets,
            Api api,
            Supplier<String> tokens,
            DashboardClient.Settings settings,
            DashboardClient.Listener listener) {
        return this == JAVA
                ? new JavaClient(sockets, api, tokens, settings, listener)
                : new BrowserClient(sockets, api, tokens, settings, listener);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
