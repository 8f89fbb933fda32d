package com.tenantlist.live.feed;

import com.tenantlist.live.journal.JournalEvent;

/**
 * An event that the WAL says is committed, perhaps before queries show it.
 *
 * @param transaction who wrote it: the lower 32 bits of the transaction's id
 */
public record CommittedEvent(JournalEvent event, int transaction) {}
