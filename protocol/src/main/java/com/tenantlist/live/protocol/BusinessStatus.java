package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The platform's enum type {@code business_status}; the wire name is the label in Postgres. */
public enum BusinessStatus {
    @JsonProperty("active")
    ACTIVE("active"),
    @JsonProperty("pending_verification")
    PENDING_VERIFICATION("pending_verification"),
    @JsonProperty("stealth_mode")
    STEALTH_MODE("stealth_mode");

    private final String label;

    BusinessStatus(String label) {
        this.label = label;
    }

    /** The name on the wire and in Postgres. */
    public String label() {
        return label;
    }
}
