package com.tenantlist.live.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.web.ApiException;
import com.tenantlist.live.web.Params;
import com.tenantlist.live.web.RequestBody;
import com.tenantlist.live.web.Success;
import io.swagger.v3.oas.annotations.Operation;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Revocation by REST, for administrators. */
@Path("/tokens/revocations")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RolesAllowed("admin")
public final class RevocationResource {
    private static final int MAX_TOKEN_ID = 255;
    private static final String TOKEN_ID = "tokenId";
    private static final String USER_ID = "userId";
    private static final String EXPIRES_AT = "expiresAt";

    private final Revocations revocations;

    RevocationResource(Revocations revocations) {
        this.revocations = revocations;
    }

    /** What was revoked. */
    public record Revoked(String kind, String subject, Instant revokedAt, Instant expiresAt) {}

    @POST
    @Operation(
            summary = "Revokes one token by its jti (tokenId; expiresAt: until when to remember it), or all tokens of a"
                    + " user that were issued until now (userId). Their sockets are disconnected.")
    public Success<Revoked> revoke(@Nullable JsonNode json) {
        RequestBody body = RequestBody.of(json, new TreeSet<>(Set.of(TOKEN_ID, USER_ID, EXPIRES_AT)), Set.of());
        Optional<String> tokenId = body.findText(TOKEN_ID, MAX_TOKEN_ID);
        Optional<String> userId = body.findText(USER_ID, MAX_TOKEN_ID);
        Optional<Instant> expiresAt = body.findText(EXPIRES_AT, MAX_TOKEN_ID).map(RevocationResource::time);
        if (tokenId.isPresent() == userId.isPresent()) {
            throw new ApiException(ErrorCode.INVALID, "say what to revoke: either tokenId or userId");
        }
        if (userId.isPresent() && expiresAt.isPresent()) {
            throw RequestBody.invalid(EXPIRES_AT, "goes with tokenId only");
        }
        Revocation revoked = tokenId.isPresent()
                ? revocations.revokeToken(tokenId.get(), expiresAt)
                : revocations.revokeUser(Params.uuid(USER_ID, userId.orElseThrow()));
        return Success.of(new Revoked(
                revoked.kind().name().toLowerCase(Locale.ROOT), revoked.subject(), revoked.at(), revoked.expiresAt()));
    }

    private static Instant time(String text) {
        try {
            Instant time = Instant.parse(text);
            if (time.isAfter(Instant.now())) {
                return time;
            }
        } catch (DateTimeParseException e) {
            // Said below.
        }
        throw RequestBody.invalid(EXPIRES_AT, "must be a time to come, such as 2030-01-31T12:00:00Z");
    }
}
