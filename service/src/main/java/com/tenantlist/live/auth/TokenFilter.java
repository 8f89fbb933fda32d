package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.web.ApiException;
import io.dropwizard.auth.AuthFilter;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.util.List;

/**
 * Finds the token in {@code Authorization: Bearer} or the cookie {@code accessToken}, never in the URL. (Dropwizard's own
 * OAuth filter also takes it from the query string, where it would end up in logs.)
 */
@Priority(Priorities.AUTHENTICATION)
final class TokenFilter extends AuthFilter<String, User> {
    /** For whom a call is meant: a page that shows one user's data may have another's cookie by now. */
    private static final String LIVE_USER = "X-Live-User";

    private final TokenVerifier verifier;

    TokenFilter(TokenVerifier verifier) {
        this.verifier = verifier;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        User user;
        try {
            user = new User(verifier.verify(tokens(request)));
        } catch (InvalidTokenException e) {
            throw new ApiException(e.code(), String.valueOf(e.getMessage()));
        }
        String meant = request.getHeaderString(LIVE_USER);
        if (meant != null && !meant.strip().equalsIgnoreCase(user.id().toString())) {
            throw new ApiException(
                    ErrorCode.USER_MISMATCH,
                    "the session is of user " + user.id() + ", and " + LIVE_USER
                            + " says that the call is meant for another; nothing was done");
        }
        SecurityContext outer = request.getSecurityContext();
        request.setSecurityContext(new SecurityContext() {
            @Override
            public Principal getUserPrincipal() {
                return user;
            }

            @Override
            public boolean isUserInRole(String role) {
                return user.role().claim().equals(role);
            }

            @Override
            public boolean isSecure() {
                return outer.isSecure();
            }

            @Override
            public String getAuthenticationScheme() {
                return "Bearer";
            }
        });
    }

    private static List<String> tokens(ContainerRequestContext request) {
        String header = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        return header != null
                ? Auth.bearerToken(header).stream().toList()
                : AccessTokenCookie.tokens(request.getHeaders().getOrDefault(HttpHeaders.COOKIE, List.of()));
    }
}
