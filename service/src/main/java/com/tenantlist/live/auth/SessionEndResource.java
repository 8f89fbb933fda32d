package com.tenantlist.live.auth;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.protocol.ErrorBody;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.protocol.TokenClaims;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs out: takes the cookie away, which no script of a page can, and revokes the token. For whoever has any token, or none any
 * more.
 */
@Path("/session/end")
@Produces(MediaType.APPLICATION_JSON)
public final class SessionEndResource {
    private static final Logger log = LoggerFactory.getLogger(SessionEndResource.class);
    private static final int MAX_TOKEN_ID = 255;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final TokenVerifier verifier;
    private final Revocations revocations;
    private final Duration leeway;

    SessionEndResource(TokenVerifier verifier, Revocations revocations, Duration leeway) {
        this.verifier = verifier;
        this.revocations = revocations;
        this.leeway = leeway;
    }

    @POST
    @Operation(
            summary =
                    "Signs out: clears the accessToken cookie, and revokes the caller's token if it is valid still and has"
                            + " a jti")
    @ApiResponse(responseCode = "204", description = "Signed out, or there was nobody")
    @ApiResponse(responseCode = "503", description = "The cookie is gone, but the token could not be revoked")
    public Response end(@Context HttpHeaders headers) {
        Response.ResponseBuilder answer;
        try {
            tokens(headers).forEach(this::revoke);
            answer = Response.noContent();
        } catch (RuntimeException e) {
            log.warn("token not revoked cause=\"{}\"", Postgres.rootMessage(e));
            answer = Response.status(ErrorCode.SERVER_BUSY.httpStatus())
                    .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                    .entity(ErrorBody.of(
                            ErrorCode.SERVER_BUSY,
                            "the cookie is gone, but the token could not be revoked; try again"));
        }
        return answer.header(HttpHeaders.SET_COOKIE, noCookie(headers.getHeaderString("Origin")))
                .build();
    }

    /** All that there are. */
    private static List<String> tokens(HttpHeaders headers) {
        List<String> tokens = new ArrayList<>();
        Optional.ofNullable(headers.getHeaderString(HttpHeaders.AUTHORIZATION))
                .flatMap(Auth::bearerToken)
                .ifPresent(tokens::add);
        tokens.addAll(
                AccessTokenCookie.tokens(headers.getRequestHeaders().getOrDefault(HttpHeaders.COOKIE, List.of())));
        return tokens;
    }

    /** One that is not valid is of no use to anybody; one that has no name ends when it says. */
    private void revoke(String token) {
        TokenClaims claims;
        try {
            claims = verifier.verify(token);
        } catch (InvalidTokenException e) {
            return;
        }
        claims.tokenId()
                .filter(id -> !id.isEmpty() && id.length() <= MAX_TOKEN_ID)
                .ifPresent(id -> revocations.revokeToken(
                        id, Optional.of(claims.expiresAt().plus(leeway))));
    }

    /**
     * A browser takes a cookie of a page on another site only with {@code SameSite=None}, and that only if it is {@code Secure},
     * which it takes only over https, as every page that does not come by http itself calls.
     */
    private static String noCookie(@Nullable String origin) {
        boolean byHttp = origin == null || origin.startsWith("http://");
        return SocketContract.ACCESS_TOKEN_COOKIE + "=; Path=/; Max-Age=0; HttpOnly; "
                + (byHttp ? "SameSite=Lax" : "Secure; SameSite=None");
    }
}
