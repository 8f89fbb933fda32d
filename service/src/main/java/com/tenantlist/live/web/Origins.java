package com.tenantlist.live.web;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The browser origins that may use the service with credentials.
 *
 * @param allowed as browsers send them in {@code Origin}: scheme, host, and port unless it is the scheme's own
 */
public record Origins(Set<String> allowed) {
    public Origins {
        allowed = Set.copyOf(allowed);
    }

    /**
     * Reads {@code FRONTEND_URL}.
     *
     * @param frontendUrls comma-separated URLs; a path after the origin is ignored
     * @param ownPort the port of the service's own page, which is always allowed on the loopback names
     * @throws IllegalArgumentException if one is not an http or https URL
     */
    public static Origins parse(String frontendUrls, int ownPort) {
        Set<String> origins = new LinkedHashSet<>();
        origins.add(origin("http://127.0.0.1:" + ownPort));
        origins.add(origin("http://localhost:" + ownPort));
        for (String url : frontendUrls.split(",")) {
            if (!url.isBlank()) {
                origins.add(origin(url.strip()));
            }
        }
        return new Origins(origins);
    }

    private static String origin(String url) {
        try {
            URI uri = new URI(url);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                int port = uri.getPort();
                boolean standard = port < 0 || port == (scheme.equals("http") ? 80 : 443);
                return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + (standard ? "" : ":" + port);
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new IllegalArgumentException(
                "FRONTEND_URL has '" + url + "', which is not an origin such as https://app.example.com");
    }
}
