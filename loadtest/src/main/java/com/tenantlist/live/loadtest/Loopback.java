package com.tenantlist.live.loadtest;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/** Load goes to this machine and nowhere else. */
final class Loopback {
    private Loopback() {}

    /**
     * Returns the URL as it is.
     *
     * @param option what the URL was given by, for the message
     * @throws IllegalArgumentException if its host is missing, unknown, or not on this machine
     */
    static URI check(String option, URI url) {
        String host = url.getHost();
        if (host == null) {
            throw new IllegalArgumentException(
                    option + " names no host: " + hidden(url) + "; write it as scheme://127.0.0.1:port");
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    throw new IllegalArgumentException(option + " is " + host + " (" + address.getHostAddress()
                            + "); load goes to this machine only: run the load test beside the service, on 127.0.0.1");
                }
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(option + " is " + host + ", which has no address", e);
        }
        return url;
    }

    /** A database's URL may hold a password. */
    private static String hidden(URI url) {
        return url.getScheme() + ":…";
    }
}
