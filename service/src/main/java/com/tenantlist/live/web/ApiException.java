package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A call that is refused; becomes the error body with the code's HTTP status. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final transient @Nullable Object data;

    /**
     * Refuses.
     *
     * @param message what is wrong, with which value, and what to do; sent to the caller
     */
    public ApiException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /** @param data what the caller needs to go on; becomes {@code data} of the body */
    public ApiException(ErrorCode code, String message, @Nullable Object data) {
        super(message, null, false, false);
        this.code = code;
        this.data = data;
    }

    @Nullable
    Object data() {
        return data;
    }

    public ErrorCode code() {
        return code;
    }
}
