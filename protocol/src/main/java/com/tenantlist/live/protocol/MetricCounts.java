package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The six counts of a business: its totals in {@code metrics:updated}, one day's in the REST rows. */
public record MetricCounts(
        @JsonProperty("views_count") long views,
        @JsonProperty("clicks_count") long clicks,
        @JsonProperty("property_invites_count") long propertyInvites,
        @JsonProperty("declined_count") long declined,
        @JsonProperty("messages_count") long messages,
        @JsonProperty("qfps_submitted_count") long qfpsSubmitted) {}
