package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.util.Set;

/**
 * CORS for the allowed origins, with credentials. A request that changes something and rests on a cookie must name an
 * allowed origin: a cookie is sent by any page, a bearer token only by one that has it.
 */
@PreMatching
final class OriginFilter implements ContainerRequestFilter, ContainerResponseFilter {
    private static final String ORIGIN = "Origin";
    private static final Set<String> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final Origins origins;
    private final Cors cors;

    OriginFilter(Origins origins, Cors cors) {
        this.origins = origins;
        this.cors = cors;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String origin = request.getHeaderString(ORIGIN);
        boolean allowed = origin != null && origins.allows(origin);
        if (request.getMethod().equals(HttpMethod.OPTIONS)
                && request.getHeaderString("Access-Control-Request-Method") != null) {
            request.abortWith(Response.noContent().build());
        } else if (!SAFE.contains(request.getMethod())
                && request.getHeaderString(HttpHeaders.AUTHORIZATION) == null
                && !allowed) {
            throw new ApiException(
                    ErrorCode.ORIGIN_NOT_ALLOWED,
                    "a write without an Authorization header needs an Origin that FRONTEND_URL allows");
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        MultivaluedMap<String, Object> headers = response.getHeaders();
        headers.add(HttpHeaders.VARY, ORIGIN);
        headers.putSingle("X-Content-Type-Options", "nosniff");
        // A cookie does not keep shared caches from keeping an answer, as Authorization does (RFC 9111, 3.5).
        if (!headers.containsKey(HttpHeaders.CACHE_CONTROL)) {
            headers.putSingle(HttpHeaders.CACHE_CONTROL, "private, no-store");
        }
        String origin = request.getHeaderString(ORIGIN);
        if (origin == null || !origins.allows(origin)) {
            return;
        }
        headers.putSingle("Access-Control-Allow-Origin", origin);
        headers.putSingle("Access-Control-Allow-Credentials", "true");
        headers.putSingle("Access-Control-Expose-Headers", Cors.RESPONSE_HEADERS);
        if (request.getMethod().equals(HttpMethod.OPTIONS)) {
            headers.putSingle("Access-Control-Allow-Methods", "GET,POST,PUT,DELETE");
            headers.putSingle("Access-Control-Allow-Headers", cors.requestHeaders());
            headers.putSingle("Access-Control-Max-Age", "600");
        }
    }
}
