package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads path and query parameters strictly. Errors are {@link ErrorCode#BAD_REQUEST} and name the parameter. */
public final class Params {
    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern DATE_FORM = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

    private Params() {}

    public static UUID uuid(String name, String text) {
        if (!UUID_FORM.matcher(text).matches()) {
            throw bad(name, "must be a UUID");
        }
        return UUID.fromString(text);
    }

    /** A day as {@code 2026-11-24}. */
    public static LocalDate date(String name, String text) {
        if (DATE_FORM.matcher(text).matches()) {
            try {
                return LocalDate.parse(text);
            } catch (DateTimeParseException e) {
                // Said below: 2026-02-30 has the form and is no day.
            }
        }
        throw bad(name, "must be a day such as 2026-11-24");
    }

    public static Optional<LocalDate> findDate(String name, @Nullable String text) {
        return text == null ? Optional.empty() : Optional.of(date(name, text));
    }

    /** A whole number from {@code min} to {@code max}; {@code absent} if there is none. */
    public static long number(String name, @Nullable String text, long min, long max, long absent) {
        if (text == null) {
            return absent;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw bad(name, "must be a whole number from " + min + " to " + max);
    }

    /** A search text that Postgres can take. */
    public static Optional<String> findText(String name, @Nullable String text, int maxLength) {
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        if (text.length() > maxLength) {
            throw bad(name, "has more than " + maxLength + " characters");
        }
        RequestBody.checkStorable(name, text);
        return Optional.of(text);
    }

    public static ApiException bad(String name, String fault) {
        return new ApiException(ErrorCode.BAD_REQUEST, name + " " + fault);
    }
}
