package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a dashboard shows of a business: the payload of {@code business:created} and {@code business:updated}.
 *
 * @param name empty where the platform has none
 * @param status as the platform says it: a label of {@link BusinessStatus}, one that the platform has added, or empty where it
 *     has none
 * @param version opaque; as long as it is the same, so is what is shown
 */
public record BusinessView(
        UUID id,
        @JsonProperty("user_id") UUID userId,
        String name,
        @Nullable String category,
        String status,
        @JsonProperty("is_verified") boolean isVerified,
        String version) {}
