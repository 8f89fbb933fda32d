package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import java.security.Principal;
import java.util.UUID;

/** A caller whose token was verified. */
public record User(TokenClaims claims) implements Principal {
    public UUID id() {
        return claims.userId();
    }

    public Role role() {
        return claims.role();
    }

    @Override
    public String getName() {
        return claims.userId().toString();
    }
}
