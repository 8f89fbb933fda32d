package com.tenantlist.live.web;

/** The envelope of every answer: {@code {"success":true,"data":…}}. */
public record Success<T>(boolean success, T data) {
    public static <T> Success<T> of(T data) {
        return new Success<>(true, data);
    }
}
