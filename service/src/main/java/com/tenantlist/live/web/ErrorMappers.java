package com.tenantlist.live.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import com.tenantlist.live.postgres.Writes;
import com.tenantlist.live.protocol.ErrorBody;
import com.tenantlist.live.protocol.ErrorCode;
import io.dropwizard.jersey.setup.JerseyEnvironment;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every failure of a call becomes {@code {"success":false,"error":{…}}}; none shows a stack trace. */
final class ErrorMappers {
    private static final Logger log = LoggerFactory.getLogger(ErrorMappers.class);

    /** Seconds after which a caller may try again when the database is away, or its rows are contended. */
    private static final int RETRY_AFTER_SECONDS = 1;

    private ErrorMappers() {}

    static void register(JerseyEnvironment jersey) {
        jersey.register(new Refused());
        jersey.register(new Malformed());
        jersey.register(new FromJersey());
        jersey.register(new Unexpected());
    }

    private static Response answer(ErrorCode code, String message) {
        return answer(code, message, null);
    }

    private static Response answer(ErrorCode code, String message, @Nullable Object data) {
        Response.ResponseBuilder response = Response.status(code.httpStatus())
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(ErrorBody.of(code, message, data));
        if (code.httpStatus() == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"tenantlist\"");
        }
        if (code.httpStatus() == 503) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return response.build();
    }

    static final class Refused implements ExceptionMapper<ApiException> {
        @Override
        public Response toResponse(ApiException e) {
            return answer(e.code(), String.valueOf(e.getMessage()), e.data());
        }
    }

    static final class Malformed implements ExceptionMapper<JsonProcessingException> {
        @Override
        public Response toResponse(JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            return answer(ErrorCode.BAD_REQUEST, "the body is not valid JSON" + where);
        }
    }

    static final class FromJersey implements ExceptionMapper<WebApplicationException> {
        @Override
        public Response toResponse(WebApplicationException e) {
            int status = e.getResponse().getStatus();
            return switch (status) {
                case 400 -> answer(ErrorCode.BAD_REQUEST, "the request cannot be read: check its parameters and body");
                case 401 -> answer(ErrorCode.TOKEN_MISSING, "send Authorization: Bearer <token>");
                case 403 -> answer(ErrorCode.FORBIDDEN, "this token's role may not do this");
                case 404 -> answer(ErrorCode.NOT_FOUND, "there is no such resource; see /openapi.json");
                case 405 -> answer(ErrorCode.METHOD_NOT_ALLOWED, "this resource does not take that method");
                case 406 -> answer(ErrorCode.NOT_ACCEPTABLE, "this resource is application/json");
                case 413 -> answer(ErrorCode.PAYLOAD_TOO_LARGE, "the body is too large");
                case 415 -> answer(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "send the body as application/json");
                default -> status < 500 ? e.getResponse() : unexpected(e);
            };
        }
    }

    static final class Unexpected implements ExceptionMapper<Throwable> {
        @Override
        public Response toResponse(Throwable e) {
            return unexpected(e);
        }
    }

    private static Response unexpected(Throwable e) {
        if (Writes.isContended(e)) {
            log.warn("call refused cause=\"contended: {}\"", Postgres.rootMessage(e));
            return answer(ErrorCode.SERVER_BUSY, "others are changing the same rows; nothing was written, try again");
        }
        Optional<String> rule = SqlState.brokenRule(e);
        if (rule.isPresent()) {
            log.warn("call refused by the platform's rule cause=\"{}\"", Postgres.rootMessage(e));
            return answer(
                    ErrorCode.CONFLICT, "the platform's database refuses it (" + rule.get() + "); nothing was written");
        }
        if (Postgres.isAway(e)) {
            log.warn("call refused cause=\"database away: {}\"", Postgres.rootMessage(e));
            return answer(ErrorCode.SERVER_BUSY, "the database does not answer; try again");
        }
        log.error("call failed", e);
        return answer(ErrorCode.INTERNAL, "the call failed; the service's log says why");
    }
}
