package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.UUID;

/** What a token says, whether true or not. */
record Claims(JsonNode header, JsonNode claims, String signed, String signature) {
    /** @throws CliException with {@link ExitCode#REFUSED} if it is no token */
    static Claims of(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new CliException(ExitCode.REFUSED, "not a token: it must have three parts between dots");
        }
        return new Claims(decode(parts[0], "header"), decode(parts[1], "claims"), parts[0] + "." + parts[1], parts[2]);
    }

    private static JsonNode decode(String part, String what) {
        try {
            return Json.parse(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException | CliException e) {
            throw new CliException(ExitCode.REFUSED, "not a token: its " + what + " cannot be read");
        }
    }

    /** @throws CliException with {@link ExitCode#REFUSED} if it does not say */
    UUID userId() {
        String id = claims.path("userId").asText(claims.path("sub").asText()).toLowerCase(Locale.ROOT);
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.REFUSED, "the token's userId '" + id + "' is not a UUID");
        }
    }

    Instant expiresAt() {
        return Instant.ofEpochSecond(claims.path("exp").asLong(0));
    }
}
