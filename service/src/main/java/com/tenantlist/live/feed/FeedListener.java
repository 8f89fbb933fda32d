package com.tenantlist.live.feed;

import java.util.List;

/** Is told what the feed does, on the threads of feed and bus, perhaps at once; it must not block for long. */
public interface FeedListener {
    /**
     * How changes reach this node from now on. What was committed before may not have been relayed: look for it. The same
     * supply again says that something may have been missed.
     */
    default void supplied(Supply supply) {}

    /**
     * Committed events, in commit order.
     *
     * @param epoch the history of the database that they belong to
     * @param fed whether they come from where this node is fed from; another may read an older state of the database
     */
    default void relayed(String epoch, List<CommittedEvent> events, boolean fed) {}
}
