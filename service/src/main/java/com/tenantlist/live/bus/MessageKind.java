package com.tenantlist.live.bus;

import java.util.Optional;

/** What a message is about, and so who reads it. */
public enum MessageKind {
    /** Committed events. */
    EVENTS(1),
    /** The feed's leader is there, or steps down. */
    LEADER(2),
    /** Dashboards were opened or closed. */
    PRESENCE(3);

    private final int code;

    MessageKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Empty for a kind that a newer version sends. */
    static Optional<MessageKind> of(int code) {
        for (MessageKind kind : values()) {
            if (kind.code == code) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
