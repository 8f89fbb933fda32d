package com.tenantlist.live.socketio;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which browser origins may connect. A request without an {@code Origin} header does not come from a browser page and is
 * allowed.
 *
 * @param allowed origins as browsers send them, for example {@code https://app.example.com}
 */
public record OriginPolicy(Set<String> allowed) {
    private static final String ANY = "*";

    public OriginPolicy {
        allowed = Set.copyOf(allowed);
    }

    /** Pages of any origin, without credentials: for servers whose events are everybody's. */
    public static OriginPolicy any() {
        return new OriginPolicy(Set.of(ANY));
    }

    boolean allowsAny() {
        return allowed.contains(ANY);
    }

    boolean allows(@Nullable String origin) {
        return origin == null || allowsAny() || allowed.contains(origin);
    }
}
