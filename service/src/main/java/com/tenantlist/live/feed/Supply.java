package com.tenantlist.live.feed;

/** How changes reach this node. */
public enum Supply {
    /** What commits is relayed at once: this node leads and is not behind, or hears the one that does. */
    FED,
    /** What commits is not relayed for the moment, or late. */
    UNFED,
    /**
     * Nobody relays what commits, nor will soon: this node is refused replication, or was not fed for
     * {@link FeedConfiguration#aloneAfter}, for whatever reason. It must look for changes often.
     */
    ALONE
}
