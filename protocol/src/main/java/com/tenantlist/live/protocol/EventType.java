package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Events a server sends, by their name on the wire. The first five also stand in the journal; so does {@link #STATE_RESET},
 * which is never sent.
 */
public enum EventType {
    BUSINESS_CREATED("business:created"),
    BUSINESS_UPDATED("business:updated"),
    BUSINESS_DELETED("business:deleted"),
    METRICS_UPDATED("metrics:updated"),
    KPI_UPDATE("kpi:update"),
    RECONNECTED("reconnected"),

    /** A transaction changed more than the journal keeps: who is before it takes full state. */
    STATE_RESET("state:reset");

    private final String wireName;

    EventType(String wireName) {
        this.wireName = wireName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }

    /**
     * The type of that wire name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static EventType ofWireName(String wireName) {
        for (EventType type : values()) {
            if (type.wireName.equals(wireName)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no event type is named '" + wireName + "'");
    }
}
