package com.tenantlist.live.loadtest;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** {@code PUT /api/businesses/{id}}, which gives the tenant's first business a name that tells the change. */
final class RestChanges implements Changes {
    private final Map<UUID, Long> sequences = new ConcurrentHashMap<>();
    private final AtomicLong failed = new AtomicLong();
    private final long run = System.nanoTime();
    private final Rest rest;
    private final Commits commits;

    RestChanges(Rest rest, Commits commits) {
        this.rest = rest;
        this.commits = commits;
    }

    @Override
    public void change(int worker, UUID user, long due) {
        long sequence = sequences.merge(user, 1L, Long::sum);
        String body =
                "{\"name\":\"" + LoadTenants.name(run, sequence) + "\",\"category\":\"Retail\",\"status\":\"active\"}";
        commits.sending(user, sequence, due);
        try {
            if (rest.call("PUT", "/api/businesses/" + user, user, body).status() >= 300) {
                failed.incrementAndGet();
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        }
    }

    @Override
    public long failed() {
        return failed.get();
    }

    @Override
    public void close() {}
}
