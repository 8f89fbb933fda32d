package com.tenantlist.live.web;

import com.tenantlist.live.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code If-Match} or {@code If-None-Match} says (RFC 9110, sections 8.8.3 and 13.1): nothing, any, or a list of tags.
 *
 * @param any it is {@code *}
 */
public record EntityTags(boolean any, List<Tag> tags) {
    private static final Pattern NEXT =
            Pattern.compile("[ \\t]*+(?:(W/)?\"([!\\x23-\\x7e\\x80-\\xff]*+)\")?+[ \\t]*+(?:,|$)");

    /** One tag, without its quotes. */
    public record Tag(boolean weak, String text) {}

    /** Of the fields of {@code If-None-Match}; what cannot be read names no tag that anybody has. */
    public static EntityTags ifNoneMatch(@Nullable List<String> fields) {
        return read(fields).orElseGet(() -> new EntityTags(false, List.of()));
    }

    /**
     * Of the fields of {@code If-Match}.
     *
     * @throws ApiException if they cannot be read: what they were to keep from happening must not happen
     */
    public static EntityTags ifMatch(@Nullable List<String> fields) {
        return read(fields)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "If-Match must be *, or tags in double quotes with commas between, such as \"<version>\""));
    }

    private static Optional<EntityTags> read(@Nullable List<String> fields) {
        String all = fields == null ? "" : String.join(",", fields);
        if (all.strip().equals("*")) {
            return Optional.of(new EntityTags(true, List.of()));
        }
        List<Tag> tags = new ArrayList<>();
        Matcher next = NEXT.matcher(all);
        int at = 0;
        while (at < all.length()) {
            if (!next.find(at) || next.start() != at) {
                return Optional.empty();
            }
            if (next.group(2) != null) {
                tags.add(new Tag(next.group(1) != null, next.group(2)));
            }
            at = next.end();
        }
        return fields == null || fields.isEmpty() || !tags.isEmpty()
                ? Optional.of(new EntityTags(false, tags))
                : Optional.empty();
    }

    /** Whether nothing was said. */
    public boolean isAbsent() {
        return !any && tags.isEmpty();
    }

    /** Whether it is {@code *}, or names the tag, weak or not: for {@code If-None-Match}. */
    public boolean matches(String tag) {
        return any || tags.stream().anyMatch(each -> each.text().equals(tag));
    }

    /** Whether it is {@code *}, or names the tag and is not weak: for {@code If-Match}. */
    public boolean matchesStrongly(String tag) {
        return any || tags.contains(new Tag(false, tag));
    }
}
