package com.tenantlist.live.feed;

import com.tenantlist.live.journal.JournalEvent;
import java.util.List;

/** Is told what the feed does. All calls come on the thread {@code feed}; they must not block for long. */
public interface FeedListener {
    /** The slot stands; what was committed before may not be relayed. */
    default void leadershipGained() {}

    /** The slot is lost, or was not had; nothing is relayed until it is gained again. */
    default void leadershipLost(FeedState state) {}

    /** Committed events, in commit order. */
    default void relayed(List<JournalEvent> events) {}
}
