package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.web.ApiException;
import io.dropwizard.auth.AuthFilter;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Cookie;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import org.jspecify.annotations.Nullable;

/**
 * Finds the token in {@code Authorization: Bearer} or the cookie {@code accessToken}, never in the URL. (Dropwizard's own
 * OAuth filter also takes it from the query string, where it would end up in logs.)
 */
@Priority(Priorities.AUTHENTICATION)
final class TokenFilter extends AuthFilter<String, User> {
    private final TokenVerifier verifier;

    TokenFilter(TokenVerifier verifier) {
        this.verifier = verifier;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        User user;
        try {
            user = new User(verifier.verify(token(request)));
        } catch (InvalidTokenException e) {
            throw new ApiException(e.code(), String.valueOf(e.getMessage()));
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

    private static @Nullable String token(ContainerRequestContext request) {
        String header = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            return Auth.bearerToken(header).orElse(null);
        }
        Cookie cookie = request.getCookies().get(SocketContract.ACCESS_TOKEN_COOKIE);
        return cookie == null ? null : cookie.getValue();
    }
}
