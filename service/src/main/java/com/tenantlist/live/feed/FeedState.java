package com.tenantlist.live.feed;

/** What the feed of a node is doing. */
public enum FeedState {
    /** Connecting, or making the slot; what it needs for that may be away. */
    CONNECTING,
    /** Owns the slot and relays. */
    LEADING,
    /** Another node owns the slot, or is making it. */
    STANDBY,
    /** Replication is refused, by the server or something before it, or is switched off: see {@link Refusal}. */
    UNAVAILABLE,
    /** Not started, or stopped. */
    STOPPED
}
