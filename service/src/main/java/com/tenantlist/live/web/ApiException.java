package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;

/** A call that is refused; becomes the error body with the code's HTTP status. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    /**
     * Refuses.
     *
     * @param message what is wrong, with which value, and what to do; sent to the caller
     */
    public ApiException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
