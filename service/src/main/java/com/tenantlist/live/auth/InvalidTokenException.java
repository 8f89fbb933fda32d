package com.tenantlist.live.auth;

import com.tenantlist.live.protocol.ErrorCode;

/** A token that is not accepted. The message is for the caller and repeats nothing of the token. */
public final class InvalidTokenException extends Exception {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    InvalidTokenException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
