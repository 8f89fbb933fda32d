package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.protocol.TokenClaims;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code token issue}, {@code token inspect} and {@code token revoke}. */
@Command(name = "token", description = "Issues, inspects and revokes access tokens.", mixinStandardHelpOptions = true)
final class TokenCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do: issue, inspect or revoke");
    }

    @Command(
            name = "issue",
            mixinStandardHelpOptions = true,
            description = "Signs a token and prints it.",
            footerHeading = "%nExample:%n",
            footer = "  bin/tenantlist token issue --tenant 1 --expires-in 10m")
    int issue(
            @Mixin TokenOptions key,
            @Option(names = "--user", paramLabel = "UUID", description = "The user.") @Nullable UUID user,
            @Option(names = "--tenant", paramLabel = "N", description = "Demo tenant N instead of --user.") @Nullable
                    Integer tenant,
            @Option(names = "--email", paramLabel = "EMAIL", description = "The email claim.") @Nullable String email,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "tenant",
                            description = "tenant, landlord, broker or admin. Default: ${DEFAULT-VALUE}.")
                    String role,
            @Option(
                            names = "--expires-in",
                            paramLabel = "DURATION",
                            defaultValue = "1h",
                            description = "Such as 30s, 10m, 1h, 7d. Default: ${DEFAULT-VALUE}.")
                    Duration expiresIn,
            @Mixin Output output) {
        UUID userId = Tenants.one(spec, user, tenant);
        Role claimed = Role.ofClaim(role.toLowerCase(Locale.ROOT))
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--role '" + role + "' is none of tenant, landlord, broker, admin"));
        Instant expiresAt = Instant.now().plus(expiresIn);
        String tokenId = UUID.randomUUID().toString();
        String token = key.issuer()
                .issue(new TokenClaims(userId, Optional.ofNullable(email), claimed, Optional.of(tokenId), expiresAt));
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("token", token);
        out.put("userId", userId.toString());
        out.put("role", claimed.claim());
        out.put("tokenId", tokenId);
        out.put("expiresAt", expiresAt.toString());
        output.data(out, token);
        return ExitCode.OK;
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = {
                "Prints what a token says. Its signature is checked only if there is a secret.",
                "Exit code 4: the token has expired, or was signed with another secret."
            })
    int inspect(
            @Option(
                            names = "--secret",
                            paramLabel = "SECRET",
                            description = "Check the signature with this HS256 secret. Default: JWT_SECRET, if set.")
                    @Nullable
                    String secret,
            @Parameters(paramLabel = "TOKEN", arity = "0..1", description = "The token; - or none: read from stdin.")
                    @Nullable
                    String token) {
        Claims told = Claims.of(token == null || token.equals("-") ? TenantOptions.readLine() : token);
        boolean expired = told.expiresAt().isBefore(Instant.now());
        String signature = secret == null || secret.isEmpty()
                ? "unchecked"
                : Hs256.matches(secret, told.signed(), told.signature()) ? "valid" : "invalid";
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("header", told.header());
        out.put("claims", told.claims());
        out.put("expiresAt", told.expiresAt().toString());
        out.put("expired", expired);
        out.put("signature", signature);
        System.out.println(Json.line(out));
        return expired || signature.equals("invalid") ? ExitCode.REFUSED : ExitCode.OK;
    }

    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            description = {
                "Revokes a token, or all tokens of a user that were issued until now; their sockets are disconnected.",
                "The secret signs an administrator's token for the call.",
                "Exit code 4: the service refused."
            },
            footerHeading = "%nExamples:%n",
            footer = {"  bin/tenantlist token revoke --tenant 1", "  bin/tenantlist token revoke --id 8f14e45f"})
    int revoke(
            @Mixin TokenOptions key,
            @Mixin ApiOptions api,
            @Option(names = "--id", paramLabel = "JTI", description = "The token with this jti.") @Nullable String id,
            @Option(names = "--user", paramLabel = "UUID", description = "All tokens of this user.") @Nullable
                    UUID user,
            @Option(names = "--tenant", paramLabel = "N", description = "All tokens of demo tenant N.") @Nullable
                    Integer tenant,
            @Mixin Output output,
            @Parameters(paramLabel = "TOKEN", arity = "0..1", description = "This token; -: read from stdin.") @Nullable
                    String token) {
        if (Stream.of(id, user, tenant, token).filter(Objects::nonNull).count() != 1) {
            throw new ParameterException(spec.commandLine(), "say what to revoke: TOKEN, --id, --user or --tenant");
        }
        Map<String, Object> body = new LinkedHashMap<>();
        if (id != null) {
            body.put("tokenId", id);
        } else if (token != null) {
            Claims told = Claims.of(token.equals("-") ? TenantOptions.readLine() : token);
            if (!told.claims().path("jti").isTextual()) {
                throw new CliException(ExitCode.USAGE, "the token has no jti; revoke its user's tokens by --user");
            }
            body.put("tokenId", told.claims().path("jti").textValue());
            body.put("expiresAt", told.expiresAt().toString());
        } else {
            body.put("userId", Tenants.one(spec, user, tenant).toString());
        }
        JsonNode revoked = api.api()
                .call(key.adminToken(), "POST", "/api/tokens/revocations", Json.line(body))
                .path("data");
        String kind = revoked.path("kind").asText();
        String subject = revoked.path("subject").asText();
        output.data(Map.of("kind", kind, "subject", subject), "revoked " + kind + " " + subject);
        return ExitCode.OK;
    }
}
