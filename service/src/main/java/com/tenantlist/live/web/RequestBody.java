package com.tenantlist.live.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.ErrorCode;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object strictly: each field is asked for by name and type, and a field that was not asked for is refused.
 * All errors are {@link ErrorCode#INVALID} and name the field and the value's fault.
 */
public final class RequestBody {
    private final JsonNode object;

    private RequestBody(JsonNode object) {
        this.object = object;
    }

    /**
     * Takes a body whose fields are all known.
     *
     * @param body the parsed body; null if there was none
     * @param fields the names that may stand in it
     * @param readOnly names that may not, because the service sets them; refused with that reason
     */
    public static RequestBody of(@Nullable JsonNode body, Set<String> fields, Set<String> readOnly) {
        if (body == null || body.isMissingNode()) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "the body is empty; send a JSON object");
        }
        if (!body.isObject()) {
            throw new ApiException(ErrorCode.INVALID, "the body must be a JSON object");
        }
        for (Iterator<String> names = body.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (readOnly.contains(name)) {
                throw invalid(name, "is read-only; leave it out");
            }
            if (!fields.contains(name)) {
                throw new ApiException(
                        ErrorCode.INVALID, "unknown field; this call takes: " + String.join(", ", fields));
            }
        }
        return new RequestBody(body);
    }

    public boolean has(String name) {
        return object.has(name);
    }

    /** A text of 1 to {@code maxLength} characters, not blank; empty if the field is absent. */
    public Optional<String> findText(String name, int maxLength) {
        JsonNode value = object.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw invalid(name, "must be a string");
        }
        String text = value.textValue();
        if (text.isBlank()) {
            throw invalid(name, "must not be blank");
        }
        if (text.codePointCount(0, text.length()) > maxLength) {
            throw invalid(name, "has more than " + maxLength + " characters");
        }
        checkStorable(name, text);
        return Optional.of(text);
    }

    /** Whether the field is there and null. */
    public boolean isNull(String name) {
        JsonNode value = object.get(name);
        return value != null && value.isNull();
    }

    public Optional<Boolean> findBoolean(String name) {
        JsonNode value = object.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw invalid(name, "must be true or false");
        }
        return Optional.of(value.booleanValue());
    }

    /** A whole number from {@code min} to {@code max}; empty if the field is absent. */
    public Optional<Integer> findInt(String name, int min, int max) {
        JsonNode value = object.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw invalid(name, "must be a whole number from " + min + " to " + max);
        }
        return Optional.of(value.intValue());
    }

    /** Postgres stores neither NUL nor half a surrogate pair. */
    static void checkStorable(String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw invalid(name, "has a NUL character");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw invalid(name, "has half of a surrogate pair");
            }
        }
    }

    public static ApiException invalid(String name, String fault) {
        return new ApiException(ErrorCode.INVALID, name + " " + fault);
    }
}
