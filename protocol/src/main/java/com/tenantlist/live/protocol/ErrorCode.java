package com.tenantlist.live.protocol;

/** The codes of refusals, on sockets ({@code data.code} of CONNECT_ERROR) and in REST ({@code error.code}). */
public enum ErrorCode {
    TOKEN_MISSING(401),
    TOKEN_INVALID(401),
    TOKEN_EXPIRED(401),
    TOKEN_REVOKED(401),
    FORBIDDEN(403),
    ORIGIN_NOT_ALLOWED(403),
    TOO_MANY_CONNECTIONS(429),
    TOO_MANY_REQUESTS(429),
    SERVER_BUSY(503),
    BAD_REQUEST(400),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    NOT_ACCEPTABLE(406),
    CONFLICT(409),
    USER_MISMATCH(409),
    EVENTS_PRUNED(410),
    VERSION_CONFLICT(412),
    PAYLOAD_TOO_LARGE(413),
    UNSUPPORTED_MEDIA_TYPE(415),
    INVALID(422),
    IDEMPOTENCY_KEY_REUSED(422),
    INTERNAL(500);

    private final int httpStatus;

    ErrorCode(int httpStatus) {
        this.httpStatus = httpStatus;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
