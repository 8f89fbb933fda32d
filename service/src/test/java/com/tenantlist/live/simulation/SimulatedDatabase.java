package com.tenantlist.live.simulation;

import com.tenantlist.live.delivery.CurrentState;
import com.tenantlist.live.delivery.StateReader;
import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.journal.JournalPage;
import com.tenantlist.live.journal.JournalReader;
import com.tenantlist.live.journal.Revisions;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.postgres.Snapshot;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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

    /** The standby may be away. */
    private static final int STANDBY_IS_AWAY_MILLIS = 60_000;

    private static final int STANDBY_IS_AWAY_ONCE_IN = 400;

    /** Nobody writes into a restored copy at once: what it lacks is noticed before. */
    private static final long QUIET_AFTER_RESTORE = TimeUnit.SECONDS.toNanos(20);

    private static final int LONGEST_OF_ANOTHER_MILLIS = 3_000;
    private static final int RESETS_ONCE_IN = 60;

    /** Ids of transactions, as far as the WAL names them, begin anew soon. */
    private static final long FIRST_TRANSACTION = (1L << 32) - 10;

    /** What the WAL has: the events of a transaction, or the heartbeat of a leader. */
    record WalEntry(List<CommittedEvent> events, Object heartbeatOf, long writtenAt) {}

    /** A transaction that committed. */
    private record Commit(long transaction, List<JournalEvent> events) {}

    private final Scheduler scheduler;
    private final Scheduler.Lane commits;
    private final List<UUID> tenants = new ArrayList<>();
    private final Map<UUID, List<JournalEvent>> journals = new HashMap<>();
    private final Map<UUID, Integer> visible = new HashMap<>();
    private final Map<UUID, Integer> pruned = new HashMap<>();
    private final Set<UUID> locked = new HashSet<>();
    private final List<WalEntry> wal = new ArrayList<>();
    /** By epoch; several where a copy was restored that does not say so. */
    private final Map<String, List<Map<UUID, List<JournalEvent>>>> histories = new HashMap<>();

    private final Map<UUID, Map<String, String>> told = new HashMap<>();
    private final List<Commit> log = new ArrayList<>();
    private final TreeSet<Long> inProgress = new TreeSet<>();
    private final List<Runnable> walListeners = new ArrayList<>();
    private String epoch = "e1";
    private int epochs = 1;
    private int rewinds;
    private int restores;
    private int renewals;
    private int resets;
    private long nextTransaction = FIRST_TRANSACTION;
    private long lastEnded = FIRST_TRANSACTION - 1;
    private long quietUntil;
    private long events;

    SimulatedDatabase(Scheduler scheduler, int tenantCount) {
        this.scheduler = scheduler;
        this.commits = scheduler.lane("postgres");
        for (int i = 0; i < tenantCount; i++) {
            UUID tenant = new UUID(0, i + 1);
            tenants.add(tenant);
            journals.put(tenant, new ArrayList<>());
        }
        histories.put(epoch, new ArrayList<>(List.of(journals)));
    }

    List<UUID> tenants() {
        return tenants;
    }

    // ---- writing

    /** A transaction of one to three events, of one tenant or two. */
    void commit() {
        if (scheduler.now() < quietUntil) {
            return;
        }
        if (scheduler.once(4)) {
            anothersTransaction();
        }
        List<JournalEvent> written = new ArrayList<>();
        int count = 1 + scheduler.random().nextInt(3);
        for (int i = 0; i < count; i++) {
            UUID tenant = tenants.get(scheduler.random().nextInt(tenants.size()));
            if (!locked.contains(tenant)
                    || written.stream().anyMatch(event -> event.userId().equals(tenant))) {
                locked.add(tenant);
                List<JournalEvent> journal = journal(tenant);
                long number = ++events;
                boolean isReset = scheduler.once(RESETS_ONCE_IN);
                resets += isReset ? 1 : 0;
                JournalEvent event = new JournalEvent(
                        tenant,
                        journal.size() + 1L,
                        isReset ? EventType.STATE_RESET : EventType.METRICS_UPDATED,
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
        long transaction = begin();
        log.add(new Commit(transaction, written));
        append(new WalEntry(
                written.stream()
                        .map(event -> new CommittedEvent(event, (int) transaction))
                        .toList(),
                null,
                scheduler.now()));
        int before = rewinds;
        int invisible = scheduler.once(STANDBY_IS_AWAY_ONCE_IN)
                ? STANDBY_IS_AWAY_MILLIS
                : scheduler.once(WAITS_FOR_STANDBY_ONCE_IN)
                        ? LONGEST_WAIT_FOR_STANDBY_MILLIS
                        : LONGEST_INVISIBLE_MILLIS;
        commits.afterMillis(scheduler.random().nextInt(invisible), () -> {
            if (rewinds == before) {
                end(transaction);
                for (JournalEvent event : written) {
                    locked.remove(event.userId());
                    visible.merge(event.userId(), (int) event.revision(), Math::max);
                }
            }
        });
    }

    private long begin() {
        inProgress.add(nextTransaction);
        return nextTransaction++;
    }

    private void end(long transaction) {
        inProgress.remove(transaction);
        lastEnded = Math.max(lastEnded, transaction);
    }

    /** It has nothing to do with dashboards, and takes a while. */
    private void anothersTransaction() {
        long transaction = begin();
        int before = rewinds;
        commits.afterMillis(scheduler.random().nextInt(LONGEST_OF_ANOTHER_MILLIS), () -> {
            if (rewinds == before) {
                end(transaction);
            }
        });
    }

    private Snapshot snapshot() {
        long xmax = lastEnded + 1;
        return new Snapshot(
                inProgress.isEmpty() ? xmax : Math.min(xmax, inProgress.first()),
                xmax,
                Set.copyOf(inProgress.headSet(xmax)),
                nextTransaction);
    }

    /** How many events asked for full state. */
    int resets() {
        return resets;
    }

    /** A leader writes its heartbeat, in a transaction that ends at once. */
    void heartbeat(Object leader) {
        end(begin());
        append(new WalEntry(List.of(), leader, scheduler.now()));
    }

    private void append(WalEntry entry) {
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
        histories.put(epoch, new ArrayList<>(List.of(journals)));
    }

    /** Restored from a copy that lacks the last commits of some tenants; connections must be cut by the caller. */
    void rewind() {
        keepWhatWas();
        renewEpoch();
        rewinds++;
        for (UUID tenant : tenants) {
            List<JournalEvent> journal = journal(tenant);
            int kept = Math.max(0, revision(tenant) - scheduler.random().nextInt(4));
            journal.subList(kept, journal.size()).clear();
            visible.put(tenant, kept);
            pruned.merge(tenant, 0, (was, zero) -> Math.min(was, kept));
        }
        begunAnew();
    }

    private void keepWhatWas() {
        Map<UUID, List<JournalEvent>> before = new HashMap<>();
        tenants.forEach(tenant -> before.put(tenant, new ArrayList<>(journal(tenant))));
        histories.values().forEach(all -> all.replaceAll(history -> history == journals ? before : history));
    }

    private void begunAnew() {
        locked.clear();
        wal.clear();
        log.clear();
        inProgress.clear();
        lastEnded = nextTransaction - 1;
    }

    /**
     * Restored from a copy that lacks the last transactions, and nobody says so: it has the same epoch. Connections must be cut
     * by the caller.
     */
    void restore() {
        keepWhatWas();
        histories.get(epoch).add(journals);
        rewinds++;
        restores++;
        int lost = Math.min(log.size(), 1 + scheduler.random().nextInt(3));
        for (Commit commit : log.subList(log.size() - lost, log.size())) {
            commit.events().forEach(event -> journal(event.userId()).remove(event));
        }
        for (UUID tenant : tenants) {
            int kept = journal(tenant).size();
            visible.put(tenant, kept);
            pruned.merge(tenant, 0, (was, zero) -> Math.min(was, kept));
        }
        nextTransaction = log.subList(0, log.size() - lost).stream()
                        .mapToLong(Commit::transaction)
                        .max()
                        .orElse(FIRST_TRANSACTION)
                + 1
                + scheduler.random().nextInt(2);
        begunAnew();
        quietUntil = scheduler.now() + QUIET_AFTER_RESTORE;
        scheduler.tell("postgres", "is an older copy, next transaction", nextTransaction);
    }

    /** Whether a copy was restored in that history that did not say so. */
    boolean wasRestored(String told, UUID tenant) {
        return historiesOf(told, tenant).size() > 1;
    }

    /** What the tenant's dashboards are told that the history is. */
    String told(UUID tenant) {
        return told(epoch, tenant);
    }

    String told(String history, UUID tenant) {
        return told.computeIfAbsent(tenant, id -> new HashMap<>())
                .computeIfAbsent(history, of -> Epoch.told(of, tenant));
    }

    /** Those of that name, as the tenant is told it; none if it is another tenant's, or the name that nodes know it by. */
    private List<Map<UUID, List<JournalEvent>>> historiesOf(String told, UUID tenant) {
        return histories.entrySet().stream()
                .filter(history -> told(history.getKey(), tenant).equals(told))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(List.of());
    }

    /** Histories that nodes began though nothing was lost. */
    int needlessRenewals() {
        return Math.max(0, renewals - restores);
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

    private boolean isBeingChanged(UUID tenant) {
        return revision(tenant) == 0 ? snapshot().isAnyInProgress() : locked.contains(tenant);
    }

    /** Whether these are the tenant's newest KPIs. */
    boolean isTrue(UUID tenant, String history, KpiSnapshot kpis) {
        return history.equals(epoch) && kpis.equals(kpis(tenant));
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
            return new CurrentState(readKpis(userId), "[]");
        }

        @Override
        public KpiState readKpis(UUID userId) {
            return ask(() -> new KpiState(epoch, snapshot(), kpis(userId), isBeingChanged(userId)));
        }

        @Override
        public String renewEpoch(String known) {
            return ask(() -> {
                if (known.equals(epoch)) {
                    renewals++;
                    SimulatedDatabase.this.renewEpoch();
                }
                return epoch;
            });
        }

        @Override
        public JournalPage readAfter(UUID userId, long after, int limit) {
            return ask(() -> new JournalPage(epoch, kpis(userId), events(userId, after, limit)));
        }

        /** An event that asks for full state counts as pruned, with those before it. */
        private List<JournalEvent> events(UUID userId, long after, int limit) {
            List<JournalEvent> run = new ArrayList<>();
            int kept = Math.max((int) after, pruned.getOrDefault(userId, 0));
            int end = revision(userId);
            for (int at = kept; at < Math.min(end, kept + limit); at++) {
                JournalEvent event = journal(userId).get(at);
                if (event.type() != EventType.STATE_RESET) {
                    run.add(event);
                } else if (!run.isEmpty()) {
                    break;
                }
            }
            return run;
        }

        @Override
        public Revisions revisions(Collection<UUID> userIds) {
            return ask(() -> {
                Map<UUID, Long> revisions = new HashMap<>();
                userIds.stream().filter(id -> revision(id) > 0).forEach(id -> revisions.put(id, (long) revision(id)));
                return new Revisions(epoch, snapshot(), revisions);
            });
        }
    }

    // ---- judging

    /** Whether the event of this revision had this number in that history; revision 0 has number 0. */
    boolean was(String told, UUID tenant, long revision, long number) {
        if (revision == 0) {
            return number == 0;
        }
        return historiesOf(told, tenant).stream()
                .map(history -> history.getOrDefault(tenant, List.of()))
                .anyMatch(journal -> revision <= journal.size()
                        && journal.get((int) revision - 1).sums().landlordViews() == number);
    }
}
