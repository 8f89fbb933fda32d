package com.tenantlist.live.socketio;

import java.util.Set;

/**
 * Which browser origins may connect. A request without an {@code Origin} header does not come from a browser page and is
 * allowed.
 *
 * @param allowed origins as browsers send them, for example {@code https://app.example.com}
 */
public record OriginPolicy(Set<String> allowed) {
    public OriginPolicy {
        allowed = Set.copyOf(allowed);
    }

    boolean allows(@org.jspecify.annotations.Nullable String origin) {
        return origin == null || allowed.contains(origin);
    }
}
