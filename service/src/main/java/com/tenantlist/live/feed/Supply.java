package com.tenantlist.live.feed;

/** How changes reach this node. */
public enum Supply {
    /** What commits is relayed at once: this node leads and is not behind, or hears the one that does. */
    FED,
    /** What commits is not relayed for the moment, or late. */
    UNFED,
    /** The database has no logical replication, and no node that leads is heard: nothing ever will be. */
    ALONE
}
