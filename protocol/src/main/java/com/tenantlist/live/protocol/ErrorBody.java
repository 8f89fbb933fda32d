package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The body of every refused REST call: {@code {"success":false,"error":{"code","message"}}}.
 *
 * @param data what the caller needs to go on; absent if nothing
 */
public record ErrorBody(
        boolean success,
        Detail error,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Object data) {

    public record Detail(ErrorCode code, String message) {}

    public static ErrorBody of(ErrorCode code, String message) {
        return of(code, message, null);
    }

    public static ErrorBody of(ErrorCode code, String message, @Nullable Object data) {
        return new ErrorBody(false, new Detail(code, message), data);
    }
}
