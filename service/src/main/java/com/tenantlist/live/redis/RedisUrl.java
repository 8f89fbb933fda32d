package com.tenantlist.live.redis;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is.
 *
 * @param addresses {@code host:port}; one of a single server, else some of the sentinels or of the cluster's nodes
 * @param database of a single server, or one behind sentinels
 * @param masterName what the sentinels call it
 */
record RedisUrl(
        Kind kind,
        boolean tls,
        Optional<String> user,
        Optional<String> password,
        List<String> addresses,
        int database,
        String masterName) {

    enum Kind {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    private static final Pattern FORM =
            Pattern.compile("(redis|rediss)(-sentinel|-cluster)?://(?:([^:@/]*)(?::([^@/]*))?@)?([^/@]+)(?:/([^/]*))?");

    private static final Pattern ADDRESS = Pattern.compile("(?:[\\w.-]+|\\[[0-9a-fA-F:]+])(?::(\\d{1,5}))?");

    private static final int MAX_PORT = 65_535;

    /** Forms that are understood, for messages. */
    static final String FORMS =
            "redis://user:password@host:port/database, redis-sentinel://…@host:port,host:port/master,"
                    + " or redis-cluster://…@host:port,host:port; rediss… for TLS";

    /** @throws IllegalArgumentException if it is none of {@link #FORMS}; the message does not repeat the password */
    static RedisUrl parse(String url) {
        Matcher form = FORM.matcher(url.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("REDIS_URL must look like " + FORMS);
        }
        Kind kind =
                form.group(2) == null ? Kind.SINGLE : form.group(2).equals("-sentinel") ? Kind.SENTINEL : Kind.CLUSTER;
        int defaultPort = kind == Kind.SENTINEL ? 26379 : 6379;
        List<String> addresses = List.of(form.group(5).split(",")).stream()
                .map(address -> withPort(address, defaultPort))
                .toList();
        String path = form.group(6) == null ? "" : form.group(6);
        if (kind == Kind.SINGLE && addresses.size() > 1) {
            throw new IllegalArgumentException(
                    "REDIS_URL names several servers: redis-sentinel:// or redis-cluster://?");
        }
        if (kind == Kind.SENTINEL && path.isEmpty()) {
            throw new IllegalArgumentException(
                    "REDIS_URL names sentinels but no master: redis-sentinel://host:port/master");
        }
        if (kind == Kind.CLUSTER && !path.isEmpty()) {
            throw new IllegalArgumentException("REDIS_URL names a database, and a cluster has only one");
        }
        return new RedisUrl(
                kind,
                form.group(1).equals("rediss"),
                text(form.group(3)),
                text(form.group(4)),
                addresses,
                kind == Kind.SINGLE && !path.isEmpty() ? database(path) : 0,
                kind == Kind.SENTINEL ? path : "");
    }

    private static String withPort(String address, int defaultPort) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || (parts.group(1) != null && Integer.parseInt(parts.group(1)) > MAX_PORT)) {
            throw new IllegalArgumentException("REDIS_URL: \"" + address + "\" is not host:port");
        }
        return parts.group(1) == null ? address + ":" + defaultPort : address;
    }

    private static int database(String path) {
        if (!path.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("REDIS_URL: \"" + path + "\" is not the number of a database");
        }
        return Integer.parseInt(path);
    }

    private static Optional<String> text(@Nullable String part) {
        return part == null || part.isEmpty()
                ? Optional.empty()
                : Optional.of(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
    }

    /** The addresses as Redisson writes them. */
    List<String> uris() {
        String scheme = tls ? "rediss://" : "redis://";
        return addresses.stream().map(address -> scheme + address).toList();
    }

    /** Where it is, without the password: for messages. */
    String shown() {
        return switch (kind) {
            case SINGLE -> uris().get(0);
            case SENTINEL -> "master " + masterName + " of the sentinels at " + String.join(", ", addresses);
            case CLUSTER -> "the cluster at " + String.join(", ", addresses);
        };
    }
}
