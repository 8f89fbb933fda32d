package com.tenantlist.live.postgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * A database's address, as {@code libpq} writes it.
 *
 * @param password empty where the server asks for none
 */
record PostgresUrl(String host, int port, String database, String user, String password) {
    private static final int DEFAULT_PORT = 5432;

    /** @throws IllegalArgumentException if it is not such an address; the message does not repeat the password */
    static PostgresUrl parse(String url) {
        if (url.isBlank()) {
            throw new IllegalArgumentException(
                    "DATABASE_URL is not set; it looks like postgresql://user:password@host:port/database");
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("DATABASE_URL is not a URL: " + e.getReason());
        }
        String scheme = uri.getScheme();
        String path = uri.getRawPath();
        if ((!"postgresql".equals(scheme) && !"postgres".equals(scheme))
                || uri.getHost() == null
                || path == null
                || path.length() < 2) {
            throw new IllegalArgumentException(
                    "DATABASE_URL must look like postgresql://user:password@host:port/database");
        }
        String info = uri.getRawUserInfo() == null ? "postgres" : uri.getRawUserInfo();
        int colon = info.indexOf(':');
        return new PostgresUrl(
                uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                decode(path.substring(1)),
                decode(colon < 0 ? info : info.substring(0, colon)),
                colon < 0 ? "" : decode(info.substring(colon + 1)));
    }

    private static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + host + ":" + port + "/" + database;
    }

    /** Where it is, without the password: for messages. */
    String shown() {
        return user + "@" + host + ":" + port + "/" + database;
    }
}
