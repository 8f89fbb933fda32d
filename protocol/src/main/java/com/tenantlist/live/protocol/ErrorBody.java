package com.tenantlist.live.protocol;

/** The body of every refused REST call: {@code {"success":false,"error":{"code","message"}}}. */
public record ErrorBody(boolean success, Detail error) {

    public record Detail(ErrorCode code, String message) {}

    public static ErrorBody of(ErrorCode code, String message) {
        return new ErrorBody(false, new Detail(code, message));
    }
}
