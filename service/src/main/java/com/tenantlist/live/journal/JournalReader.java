package com.tenantlist.live.journal;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads the journal. Any thread; blocks; throws an unchecked exception if the database does not answer. */
public interface JournalReader {
    /**
     * The tenant's events after a revision, by revision and without a gap, at most {@code limit}. If the first one is not
     * {@code after + 1}, those between were pruned.
     */
    List<JournalEvent> listAfter(UUID userId, long after, int limit);

    /** The current revisions of these tenants; a tenant without rows is missing from the answer. */
    Map<UUID, Long> revisions(Collection<UUID> userIds);
}
