package com.tenantlist.live.cli;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import com.tenantlist.live.protocol.TokenIssuer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The secret that signs tokens. */
final class TokenOptions {
    @Option(
            names = "--secret",
            paramLabel = "SECRET",
            description = "The HS256 secret, at least 32 bytes. Default: the environment's JWT_SECRET;"
                    + " bin/tenantlist takes the one of bin/dev when there is none.")
    private @Nullable String secret;

    TokenIssuer issuer() {
        if (secret == null || secret.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "no secret: set JWT_SECRET or give --secret");
        }
        try {
            return new TokenIssuer(secret);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    /** A tenant's token, good for an hour. */
    String tenantToken(UUID userId) {
        return token(userId, Role.TENANT);
    }

    /** An administrator's token, good for an hour. */
    String adminToken() {
        return token(UUID.randomUUID(), Role.ADMIN);
    }

    private String token(UUID userId, Role role) {
        return issuer().issue(new TokenClaims(
                userId, Optional.empty(), role, Optional.empty(), Instant.now().plus(Duration.ofHours(1))));
    }
}
