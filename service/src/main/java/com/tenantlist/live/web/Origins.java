package com.tenantlist.live.web;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The browser origins that may use the service with credentials: for CORS, for writes that rest on a cookie, for sockets. Origins
 * are compared as browsers send them (RFC 6454, section 6.2), in lower case and without the scheme's own port; what no browser
 * sends is no origin of these.
 */
public final class Origins {
    private static final String HTTPS = "https://";
    private static final Pattern URL = Pattern.compile("([a-z][a-z0-9+.-]*)://([^/?#]*)(?:[/?#].*)?");
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[0-9a-f:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");
    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");

    /** More than one label, and no address: the last one of those is a number. */
    private static final Pattern DOMAIN = Pattern.compile("(?:[a-z0-9_-]+\\.)+[a-z0-9_-]*[a-z_-][a-z0-9_-]*");

    private static final Set<String> WEB = Set.of("http", "https");

    /** Of pages within native apps. */
    private static final Set<String> APPS = Set.of("capacitor", "ionic", "app");

    private final Set<String> single;

    /** What stands for {@code *.example.com}: what an origin ends with, from the dot on. */
    private final List<String> subdomains;

    private Origins(Set<String> single, List<String> subdomains) {
        this.single = Set.copyOf(single);
        this.subdomains = List.copyOf(subdomains);
    }

    /**
     * Reads {@code FRONTEND_URL}.
     *
     * @param frontendUrls comma-separated: URLs, of which what comes after the origin is ignored, and
     *     {@code https://*.example.com}, with any number of labels in place of the star
     * @param ownPort the port of the service's own page, which is always allowed on the loopback names
     * @throws IllegalArgumentException if one is none; the message says why
     */
    public static Origins parse(String frontendUrls, int ownPort) {
        Set<String> single = new LinkedHashSet<>();
        List<String> subdomains = new ArrayList<>();
        single.add(origin("http", "127.0.0.1", String.valueOf(ownPort)));
        single.add(origin("http", "localhost", String.valueOf(ownPort)));
        for (String text : frontendUrls.split(",")) {
            if (!text.isBlank()) {
                add(text.strip(), single, subdomains);
            }
        }
        return new Origins(single, subdomains);
    }

    private static void add(String text, Set<String> single, List<String> subdomains) {
        String lower = text.toLowerCase(Locale.ROOT);
        Matcher url = URL.matcher(lower);
        if (lower.equals("*") || lower.equals("null")) {
            throw refused(text, "lets pages of anybody in, with the user's cookie; name your own");
        }
        if (!url.matches()) {
            throw refused(text, "is not an origin such as https://app.example.com");
        }
        String scheme = url.group(1);
        Matcher authority = AUTHORITY.matcher(url.group(2));
        if (!WEB.contains(scheme) && !APPS.contains(scheme)) {
            throw refused(text, "has another scheme than http, https, capacitor, ionic and app");
        }
        if (url.group(2).contains("@")) {
            throw refused(text, "has a user in it, which no origin has");
        }
        if (!authority.matches() || !isPort(authority.group(2))) {
            throw refused(text, "has no host, or a port that is none");
        }
        String host = authority.group(1);
        if (host.contains("*")) {
            subdomains.add(origin(scheme, subdomainsOf(text, scheme, host), authority.group(2))
                    .substring(HTTPS.length()));
        } else if (host.startsWith("[") || NAME.matcher(host).matches()) {
            single.add(origin(scheme, host, authority.group(2)));
        } else {
            throw refused(text, "has a host that is no name: one of other letters than ASCII is written as xn--…");
        }
    }

    /** What comes after the star. */
    private static String subdomainsOf(String text, String scheme, String host) {
        if (!scheme.equals("https")) {
            throw refused(text, "has a * where it may not be: it goes with https alone");
        }
        if (!host.startsWith("*.") || !DOMAIN.matcher(host.substring(2)).matches()) {
            throw refused(
                    text,
                    "has a * where it may not be: it stands for the first labels of a domain that is your own, such as"
                            + " https://*.example.com");
        }
        return host.substring(1);
    }

    private static boolean isPort(@Nullable String port) {
        return port == null || (Integer.parseInt(port) > 0 && Integer.parseInt(port) <= 65_535);
    }

    private static String origin(String scheme, String host, @Nullable String port) {
        boolean standard = port == null
                || (scheme.equals("http") && Integer.parseInt(port) == 80)
                || (scheme.equals("https") && Integer.parseInt(port) == 443);
        return scheme + "://" + host + (standard ? "" : ":" + Integer.parseInt(port));
    }

    private static IllegalArgumentException refused(String text, String why) {
        return new IllegalArgumentException("FRONTEND_URL has '" + text + "', which " + why);
    }

    /** Whether pages of an origin may, which is as the header {@code Origin} says it. */
    public boolean allows(String origin) {
        return single.contains(origin) || subdomains.stream().anyMatch(domain -> isBelow(domain, origin));
    }

    private static boolean isBelow(String domain, String origin) {
        int labels = origin.length() - domain.length();
        return labels > HTTPS.length()
                && origin.startsWith(HTTPS)
                && origin.endsWith(domain)
                && NAME.matcher(origin).region(HTTPS.length(), labels).matches();
    }
}
