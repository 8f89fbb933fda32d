package com.tenantlist.live.journal;

import java.util.List;

/**
 * Some of a tenant's events, all as of one moment.
 *
 * @param epoch the history of the database that they belong to
 * @param revision the tenant's
 * @param events by revision and without a gap
 */
public record JournalPage(String epoch, long revision, List<JournalEvent> events) {
    /** Whether the event after that revision existed and is gone. */
    public boolean isPruned(long after) {
        return events.isEmpty() ? revision > after : events.get(0).revision() > after + 1;
    }
}
