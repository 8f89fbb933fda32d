package com.tenantlist.live.feed;

/** What the feed of a node is doing. */
public enum FeedState {
    /** Connecting, or making the slot. */
    CONNECTING,
    /** Owns the slot and relays. */
    LEADING,
    /** Another node owns the slot. */
    STANDBY,
    /** The database has no logical replication, or the role may not use it, or it is switched off. */
    UNAVAILABLE,
    /** Not started, or stopped. */
    STOPPED
}
