package com.tenantlist.live.journal;

import java.util.Collection;
import java.util.UUID;

/** Reads the journal. Any thread; blocks; throws an unchecked exception if the database does not answer. */
public interface JournalReader {
    /**
     * The tenant's events after a revision, at most {@code limit}. One of type {@code state:reset} counts as pruned, with
     * those before it.
     */
    JournalPage readAfter(UUID userId, long after, int limit);

    /** The current revisions of these tenants, all as of one moment. */
    Revisions revisions(Collection<UUID> userIds);
}
