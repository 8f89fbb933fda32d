package com.tenantlist.live.simulation;

import com.tenantlist.live.delivery.CurrentState;
import com.tenantlist.live.delivery.StateReader;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.journal.JournalPage;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Postgres, as far as delivery sees it: journals, revisions, an epoch, and a WAL that shows a commit a moment before queries
 * do. It also keeps what was ever true, for the judgement.
 */
final class SimulatedDatabase {
    private static final Instant TIME = Instant.parse("2026-11-24T00:00:00Z");
    private static final int LONGEST_INVISIBLE_MILLIS = 3;

    /** A commit may wait for a synchronous standby. */
    private static final int LONGEST_WAIT_FOR_STANDBY_MILLIS = 500;

    private static final int WAITS_FOR_STANDBY_ONCE_IN = 20;

    /** What the WAL has: the events of a transaction, or the heartbeat of a leader. */
    record WalEntry(List<JournalEvent> events, Object heartbeatOf, long writtenAt) {}

    private final Scheduler scheduler;
    private final Scheduler.Lane commits;
    private final List<UUID> tenants = new ArrayList<>();
    private final Map<UUID, List<JournalEvent>> journals = new HashMap<>();
    private final Map<UUID, Integer> visible = new HashMap<>();
    private final Map<UUID, Integer> pruned = new HashMap<>();
    private final Set<UUID> locked = new HashSet<>();
    private final List<WalEntry> wal = new ArrayList<>();
    private final Map<String, Map<UUID, List<JournalEvent>>> histories = new HashMap<>();
    private final List<Runnable> walListeners = new ArrayList<>();
    private String epoch = "e1";
    private int epochs = 1;
    private int rewinds;
    private long events;

    SimulatedDatabase(Scheduler scheduler, int tenantCount) {
        this.scheduler = scheduler;
        this.commits = scheduler.lane("postgres");
        for (int i = 0; i < tenantCount; i++) {
            UUID tenant = new UUID(0, i + 1);
            tenants.add(tenant);
            journals.put(tenant, new ArrayList<>());
        }
        histories.put(epoch, journals);
    }

    List<UUID> tenants() {
        return tenants;
    }

    // ---- writing

    /** A transaction of one to three events, of one tenant or two. */
    void commit() {
        List<JournalEvent> written = new ArrayList<>();
        int count = 1 + scheduler.random().nextInt(3);
        for (int i = 0; i < count; i++) {
            UUID tenant = tenants.get(scheduler.random().nextInt(tenants.size()));
            if (!locked.contains(tenant)
                    || written.stream().anyMatch(event -> event.userId().equals(tenant))) {
                locked.add(tenant);
                List<JournalEvent> journal = journal(tenant);
                long number = ++events;
                JournalEvent event = new JournalEvent(
                        tenant,
                        journal.size() + 1L,
                        EventType.METRICS_UPDATED,
                        "{\"n\":" + number + "}",
                        new KpiSums(1, number, 0, 0),
                        TIME);
                journal.add(event);
                written.add(event);
            }
        }
        if (written.isEmpty()) {
            return;
        }
        scheduler.tell("postgres", "commits", written);
        append(new WalEntry(written, null, scheduler.now()));
        int before = rewinds;
        int invisible =
                scheduler.once(WAITS_FOR_STANDBY_ONCE_IN) ? LONGEST_WAIT_FOR_STANDBY_MILLIS : LONGEST_INVISIBLE_MILLIS;
        commits.afterMillis(scheduler.random().nextInt(invisible), () -> {
            if (rewinds == before) {
                for (JournalEvent event : written) {
                    locked.remove(event.userId());
                    visible.merge(event.userId(), (int) event.revision(), Math::max);
                }
            }
        });
    }

    void append(WalEntry entry) {
        wal.add(entry);
        walListeners.forEach(Runnable::run);
    }

    void onWal(Runnable listener) {
        walListeners.add(listener);
    }

    /** All but a tenant's last events are gone from its journal. */
    void prune() {
        UUID tenant = tenants.get(scheduler.random().nextInt(tenants.size()));
        int there = revision(tenant);
        if (there > 0) {
            pruned.merge(tenant, 1 + scheduler.random().nextInt(there), Math::max);
        }
    }

    /** An operator's new epoch; nothing else changes. */
    void renewEpoch() {
        epoch = "e" + ++epochs;
        histories.put(epoch, journals);
    }

    /** Restored from a copy that lacks the last commits of some tenants; connections must be cut by the caller. */
    void rewind() {
        Map<UUID, List<JournalEvent>> before = new HashMap<>();
        tenants.forEach(tenant -> before.put(tenant, new ArrayList<>(journal(tenant))));
        histories.replaceAll((name, history) -> history == journals ? before : history);
        renewEpoch();
        rewinds++;
        for (UUID tenant : tenants) {
            List<JournalEvent> journal = journal(tenant);
            int kept = Math.max(0, revision(tenant) - scheduler.random().nextInt(4));
            journal.subList(kept, journal.size()).clear();
            visible.put(tenant, kept);
            pruned.merge(tenant, 0, (was, zero) -> Math.min(was, kept));
        }
        locked.clear();
        wal.clear();
    }

    // ---- reading

    int walSize() {
        return wal.size();
    }

    WalEntry walEntry(int at) {
        return wal.get(at);
    }

    String epoch() {
        return epoch;
    }

    int revision(UUID tenant) {
        return visible.getOrDefault(tenant, 0);
    }

    private List<JournalEvent> journal(UUID tenant) {
        return journals.computeIfAbsent(tenant, id -> new ArrayList<>());
    }

    private KpiSnapshot kpis(UUID tenant) {
        int revision = revision(tenant);
        return revision == 0
                ? KpiSnapshot.EMPTY
                : new KpiSnapshot(revision, journal(tenant).get(revision - 1).sums());
    }

    /** What a node asks, while its line stands. */
    final class View implements StateReader, JournalReader {
        private final BooleanSupplier stands;

        View(BooleanSupplier stands) {
            this.stands = stands;
        }

        private <T> T ask(Supplier<T> question) {
            scheduler.pause();
            if (!stands.getAsBoolean()) {
                throw new IllegalStateException("the database is away");
            }
            T answer = question.get();
            scheduler.pause();
            if (!stands.getAsBoolean()) {
                throw new IllegalStateException("the answer is lost");
            }
            return answer;
        }

        @Override
        public CurrentState read(UUID userId) {
            return ask(() -> new CurrentState(epoch, kpis(userId), "[]"));
        }

        @Override
        public CurrentState readKpis(UUID userId) {
            return read(userId);
        }

        @Override
        public String epoch() {
            return ask(() -> epoch);
        }

        @Override
        public String renewEpoch(String known) {
            return ask(() -> {
                if (known.equals(epoch)) {
                    SimulatedDatabase.this.renewEpoch();
                }
                return epoch;
            });
        }

        @Override
        public JournalPage readAfter(UUID userId, long after, int limit) {
            return ask(() -> new JournalPage(
                    epoch,
                    revision(userId),
                    journal(userId).subList(0, revision(userId)).stream()
                            .filter(event ->
                                    event.revision() > after && event.revision() > pruned.getOrDefault(userId, 0))
                            .limit(limit)
                            .toList()));
        }

        @Override
        public Map<UUID, Long> revisions(Collection<UUID> userIds) {
            return ask(() -> {
                Map<UUID, Long> revisions = new HashMap<>();
                userIds.stream().filter(id -> revision(id) > 0).forEach(id -> revisions.put(id, (long) revision(id)));
                return revisions;
            });
        }
    }

    // ---- judging

    /** The number of the event that had this revision in that history: 0 for revision 0, -1 if there never was one. */
    long number(String inEpoch, UUID tenant, long revision) {
        if (revision == 0) {
            return 0;
        }
        List<JournalEvent> journal = histories.getOrDefault(inEpoch, Map.of()).getOrDefault(tenant, List.of());
        return revision > journal.size()
                ? -1
                : journal.get((int) revision - 1).sums().landlordViews();
    }
}
