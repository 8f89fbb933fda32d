package com.tenantlist.live.business;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.protocol.BusinessStatus;
import com.tenantlist.live.web.RequestBody;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a caller says of a business, checked. An absent field stays as it is.
 *
 * @param clearCategory the caller sent {@code "category": null}
 */
record BusinessFields(
        Optional<String> name, Optional<String> category, boolean clearCategory, Optional<BusinessStatus> status) {
    private static final Set<String> WRITABLE = new TreeSet<>(Set.of("name", "category", "status"));
    private static final Set<String> READ_ONLY =
            Set.of("id", "user_id", "is_verified", "created_at", "updated_at", "revision", "timestamp", "version");
    private static final int MAX_NAME = 255;
    private static final int MAX_CATEGORY = 100;

    static BusinessFields parse(@Nullable JsonNode json) {
        RequestBody body = RequestBody.of(json, WRITABLE, READ_ONLY);
        boolean clearCategory = body.isNull("category");
        return new BusinessFields(
                body.findText("name", MAX_NAME),
                clearCategory ? Optional.empty() : body.findText("category", MAX_CATEGORY),
                clearCategory,
                body.findText("status", MAX_CATEGORY).map(BusinessFields::status));
    }

    static BusinessStatus status(String label) {
        return Arrays.stream(BusinessStatus.values())
                .filter(status -> status.label().equals(label))
                .findFirst()
                .orElseThrow(() -> RequestBody.invalid(
                        "status",
                        "must be one of "
                                + Arrays.stream(BusinessStatus.values())
                                        .map(BusinessStatus::label)
                                        .collect(Collectors.joining(", "))));
    }
}
