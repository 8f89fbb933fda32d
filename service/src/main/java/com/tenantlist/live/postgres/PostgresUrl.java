package com.tenantlist.live.postgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A database's address, as {@code libpq} writes it.
 *
 * @param hosts {@code host:port}, or several with commas between: the one that is no standby is meant
 * @param password empty where the server asks for none
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS">Connection URIs</a>
 */
record PostgresUrl(String hosts, String database, String user, String password) {
    private static final String DEFAULT_PORT = ":5432";
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    /** How long one of several hosts that is away, or a standby, is not asked again. */
    private static final int RECHECK_SECONDS = 3;

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
        String authority = uri.getRawAuthority();
        String path = uri.getRawPath();
        if ((!"postgresql".equals(scheme) && !"postgres".equals(scheme))
                || authority == null
                || path == null
                || path.length() < 2) {
            throw new IllegalArgumentException(
                    "DATABASE_URL must look like postgresql://user:password@host:port/database");
        }
        int at = authority.lastIndexOf('@');
        String info = at < 0 ? "postgres" : authority.substring(0, at);
        int colon = info.indexOf(':');
        return new PostgresUrl(
                Arrays.stream(authority.substring(at + 1).split(",", -1))
                        .map(PostgresUrl::withPort)
                        .collect(Collectors.joining(",")),
                decode(path.substring(1)),
                decode(colon < 0 ? info : info.substring(0, colon)),
                colon < 0 ? "" : decode(info.substring(colon + 1)));
    }

    private static String withPort(String host) {
        var parts = HOST.matcher(host);
        if (!parts.matches()) {
            throw new IllegalArgumentException("DATABASE_URL: '" + host + "' is not host:port");
        }
        return parts.group(2) == null ? host + DEFAULT_PORT : host;
    }

    private static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    String jdbcUrl() {
        String choice = hosts.contains(",") ? "?targetServerType=primary&hostRecheckSeconds=" + RECHECK_SECONDS : "";
        return "jdbc:postgresql://" + hosts + "/" + database + choice;
    }

    /** Where it is, without the password: for messages. */
    String shown() {
        return user + "@" + hosts + "/" + database;
    }
}
