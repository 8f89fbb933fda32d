package com.tenantlist.live.feed;

/** How changes reach this node. */
public enum Supply {
    /** What commits is relayed: this node leads, or hears the one that does. */
    FED,
    /** Nothing is relayed for the moment. */
    UNFED,
    /** The database has no logical replication, and no node that leads is heard: nothing ever will be. */
    ALONE
}
