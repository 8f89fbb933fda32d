package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a dashboard shows of a business: the payload of {@code business:created} and {@code business:updated}. */
public record BusinessView(
        UUID id,
        @JsonProperty("user_id") UUID userId,
        String name,
        @Nullable String category,
        BusinessStatus status,
        @JsonProperty("is_verified") boolean isVerified) {}
