package com.tenantlist.live.journal;

import com.tenantlist.live.postgres.Snapshot;
import java.util.Map;
import java.util.UUID;

/**
 * Tenants' revisions as of one moment.
 *
 * @param epoch the history of the database that they belong to
 * @param snapshot what could be seen at that moment
 * @param byTenant without tenants that have no rows
 */
public record Revisions(String epoch, Snapshot snapshot, Map<UUID, Long> byTenant) {
    /** The tenant's revision; 0 if it has no rows. */
    public long of(UUID userId) {
        return byTenant.getOrDefault(userId, 0L);
    }
}
