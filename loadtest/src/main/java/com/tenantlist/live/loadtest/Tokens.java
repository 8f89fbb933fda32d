package com.tenantlist.live.loadtest;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** A token a tenant. Any thread. */
final class Tokens {
    private static final Duration LIFE = Duration.ofHours(4);

    private final TokenIssuer issuer;
    private final Map<UUID, String> issued = new ConcurrentHashMap<>();

    Tokens(String secret) {
        this.issuer = new TokenIssuer(secret);
    }

    String of(UUID user) {
        return issued.computeIfAbsent(
                user,
                ignored -> issuer.issue(new TokenClaims(
                        user,
                        Optional.empty(),
                        Role.TENANT,
                        Optional.empty(),
                        Instant.now().plus(LIFE))));
    }
}
