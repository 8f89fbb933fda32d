package com.tenantlist.live.web;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which headers pages of other origins may send and read. What browsers' tracing adds to every call is among them: a page must not
 * fail because somebody watches it.
 *
 * @param requestHeaders for {@code Access-Control-Allow-Headers}
 */
public record Cors(String requestHeaders) {
    /** For {@code Access-Control-Expose-Headers}. */
    public static final String RESPONSE_HEADERS = "ETag,Retry-After,Location,X-Live-Revision";

    private static final List<String> OURS =
            List.of("authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "x-live-user");

    /** W3C Trace Context and Baggage, Sentry, Datadog. */
    private static final List<String> TRACING = List.of(
            "traceparent",
            "tracestate",
            "baggage",
            "sentry-trace",
            "x-datadog-origin",
            "x-datadog-parent-id",
            "x-datadog-sampling-priority",
            "x-datadog-trace-id",
            "x-datadog-tags");

    private static final Pattern NAME = Pattern.compile("[a-z0-9!#$%&'+.^_`|~-]{1,100}");

    /**
     * Reads {@code CORS_ALLOWED_HEADERS}.
     *
     * @param own names with commas between, to be allowed besides
     * @throws IllegalArgumentException if one is no name of a header
     */
    public static Cors parse(String own) {
        Set<String> names = new LinkedHashSet<>(OURS);
        names.addAll(TRACING);
        Arrays.stream(own.split(",")).filter(name -> !name.isBlank()).forEach(name -> names.add(checked(name.strip())));
        return new Cors(String.join(",", names));
    }

    private static String checked(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!NAME.matcher(lower).matches()) {
            throw new IllegalArgumentException(
                    "CORS_ALLOWED_HEADERS has '" + name + "', which is not the name of a header"
                            + (name.equals("*") ? ": with credentials * stands for itself" : ""));
        }
        return lower;
    }
}
