package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The statuses that a caller may give a business; the wire name is the label in Postgres. The platform's type may have
 * more, which are shown as they are: see {@link BusinessView#status}.
 */
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
