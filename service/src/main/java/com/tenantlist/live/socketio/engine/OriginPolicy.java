package com.tenantlist.live.socketio.engine;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which browser origins may connect, and with what. A request without an {@code Origin} header does not come from a browser page
 * and is allowed.
 *
 * @param any pages of any origin may, without credentials
 * @param allowed whether an origin may, as browsers send it, for example {@code https://app.example.com}
 * @param requestHeaders what its pages may send with polling requests, with commas between
 * @param responseHeaders what they may read of the answers
 */
public record OriginPolicy(boolean any, Predicate<String> allowed, String requestHeaders, String responseHeaders) {
    /** Pages of these origins, with credentials. */
    public static OriginPolicy of(Predicate<String> allowed, String requestHeaders, String responseHeaders) {
        return new OriginPolicy(false, allowed, requestHeaders, responseHeaders);
    }

    /** Pages of any origin: for servers whose events are everybody's. */
    public static OriginPolicy ofAny() {
        return new OriginPolicy(true, origin -> true, "authorization,content-type", "");
    }

    boolean allows(@Nullable String origin) {
        return origin == null || allowed.test(origin);
    }
}
