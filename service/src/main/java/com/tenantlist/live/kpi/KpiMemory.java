package com.tenantlist.live.kpi;

import java.util.UUID;

/** What is remembered of tenants' KPIs, as those see it who see the changes. Any thread; never blocks. */
public interface KpiMemory {
    /** The tenant has this revision: this node serves nothing older from now on. */
    void seen(UUID userId, long revision);

    /**
     * A change was seen: the cache and this node's memory follow.
     *
     * @param epoch the history of the database that the change belongs to
     * @param generation {@link #cacheGeneration()} as of a moment when the change was known to be of the database's
     *     present history
     */
    void replace(UUID userId, String epoch, KpiSnapshot snapshot, String generation);

    /** Changes may have gone by unseen: no value cached before now counts. */
    void distrustCache();

    /** Which cached values count; nodes that share a cache must agree. */
    String cacheGeneration();

    /** Takes the generation that the node which sees every change has begun. */
    void adoptCacheGeneration(String leaders);

    /** The database began another history: revisions remembered so far mean nothing. */
    void forgetRevisions();
}
