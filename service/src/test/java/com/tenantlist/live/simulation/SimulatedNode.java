package com.tenantlist.live.simulation;

import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.bus.MessageKind;
import com.tenantlist.live.delivery.Delivery;
import com.tenantlist.live.delivery.DeliveryConfiguration;
import com.tenantlist.live.delivery.Workers;
import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.feed.FeedConfiguration;
import com.tenantlist.live.feed.FeedListener;
import com.tenantlist.live.feed.FeedProtocol;
import com.tenantlist.live.feed.FeedState;
import com.tenantlist.live.feed.Supply;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiReading;
import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A node: the real delivery and the real protocol of the feed, on simulated threads, with a simulated slot of a simulated WAL. */
final class SimulatedNode {
    private static final int MOST_A_BATCH = 4;
    private static final int WAKE_MILLIS = 20;

    /** Who owns the slot; of all nodes. */
    static final class Slot {
        private SimulatedNode owner;
        private long terms;
    }

    private final Scheduler scheduler;
    private final SimulatedDatabase database;
    private final Slot slot;
    private final FeedConfiguration config = new FeedConfiguration();
    private final List<Scheduler.Lane> lanes = new ArrayList<>();
    private final Scheduler.Lane feedLane;
    private final Scheduler.Lane watchdog;
    private final Scheduler.Lane heartbeat;
    private final SimulatedBus.End bus;
    private final SimulatedDatabase.View view;
    private final KpiMemory kpis;
    private final Delivery<Frame> delivery;
    private final FeedProtocol protocol;
    private final String name;
    private final boolean canReplicate;

    private boolean dead;
    private boolean frozen;
    private boolean cutFromDatabase;

    // Of the feed's lane.
    private int position;
    private boolean reading;
    private boolean lost;
    private int received;
    private long heardAt;

    /** What a dashboard is sent. */
    record Frame(String event, String payload, long revision) {}

    SimulatedNode(
            String name,
            Scheduler scheduler,
            SimulatedDatabase database,
            SimulatedBus buses,
            Slot slot,
            DeliveryConfiguration deliveryConfig,
            boolean canReplicate) {
        this.name = name;
        this.scheduler = scheduler;
        this.database = database;
        this.slot = slot;
        this.canReplicate = canReplicate;
        feedLane = lane("feed");
        watchdog = lane("watchdog");
        heartbeat = lane("heartbeat");
        bus = buses.join(new UUID(1, name.hashCode()), lane("bus"));
        view = database.new View(() -> !cutFromDatabase);
        kpis = new Memory();
        delivery = new Delivery<>(
                deliveryConfig,
                view,
                kpis,
                view,
                (event, payload, revision) -> {
                    if (scheduler.once(8)) {
                        scheduler.pause();
                    }
                    return new Frame(event, payload, revision);
                },
                new Lanes(),
                new MetricRegistry());
        protocol = new FeedProtocol(
                config.leaderTimeout.toNanoseconds(),
                config.aloneAfter.toNanoseconds(),
                scheduler::now,
                (kind, body) -> bus.publish(kind, body.get()),
                kpis,
                delivery::epoch);
        protocol.listen(delivery);
        protocol.listen(new FeedListener() {
            @Override
            public void supplied(Supply supply) {
                feedLane.execute(SimulatedNode.this::tryToLead);
            }
        });
        bus.listen(MessageKind.EVENTS, protocol.eventsHeard());
        bus.listen(MessageKind.LEADER, protocol.leaderHeard());
        database.onWal(() -> feedLane.execute(this::readWal));
        delivery.start();
        feedLane.execute(this::tryToLead);
        watchdog.execute(this::watch);
        heartbeat.execute(this::beat);
    }

    private Scheduler.Lane lane(String of) {
        Scheduler.Lane lane = scheduler.lane(name + " " + of);
        lanes.add(lane);
        return lane;
    }

    /** The thread of a connection. */
    Scheduler.Lane connectionLane() {
        return lane("connection");
    }

    Delivery<Frame> delivery() {
        return delivery;
    }

    /** A call of REST for KPIs: those that are known, or of the database, which are known then. */
    void readKpis(UUID userId) {
        lane("rest").execute(() -> {
            if (isUp() && kpis.current(userId).isEmpty()) {
                long sight = kpis.sight();
                try {
                    KpiState state = view.readKpis(userId);
                    scheduler.pause();
                    kpis.remember(userId, state, sight);
                } catch (IllegalStateException e) {
                    scheduler.tell(name, "answers nothing for", userId);
                }
            }
        });
    }

    /** The KPIs that REST would answer with, without a question to the database. */
    Optional<KpiReading> knownKpis(UUID userId) {
        return isUp() ? kpis.current(userId) : Optional.empty();
    }

    boolean isUp() {
        return !dead && !frozen;
    }

    @Override
    public String toString() {
        return name;
    }

    // ---- the slot

    private void tryToLead() {
        if (protocol.isLeading() || reading) {
            return;
        }
        if (!canReplicate) {
            protocol.become(FeedState.UNAVAILABLE);
            return;
        }
        if (cutFromDatabase) {
            protocol.become(FeedState.CONNECTING);
        } else if (slot.owner != null) {
            protocol.become(FeedState.STANDBY);
        } else {
            protocol.become(FeedState.CONNECTING);
            slot.owner = this;
            lost = false;
            long term = ++slot.terms;
            position = database.walSize();
            received = Integer.MAX_VALUE;
            reading = true;
            scheduler.pause();
            String epoch = database.epoch();
            scheduler.pause();
            heardAt = scheduler.now();
            scheduler.tell(name, "leads", epoch);
            protocol.lead(term, epoch);
            feedLane.execute(this::readWal);
            return;
        }
        feedLane.after(config.slotPoll.toNanoseconds(), this::tryToLead);
    }

    private void readWal() {
        if (!reading || (lost && position >= received)) {
            endOfWal();
            return;
        }
        if (cutFromDatabase && !lost) {
            return; // a line that is silent; the watchdog or the server will end it
        }
        List<CommittedEvent> batch = new ArrayList<>();
        while (position < walEnd() && batch.size() < MOST_A_BATCH) {
            SimulatedDatabase.WalEntry entry = database.walEntry(position++);
            heardAt = scheduler.now();
            if (entry.heartbeatOf() == this) {
                protocol.heartbeatReturned(entry.writtenAt());
            } else {
                batch.addAll(entry.events());
            }
        }
        if (!batch.isEmpty()) {
            protocol.relay(List.copyOf(batch));
        }
        if (position < walEnd() || lost) {
            feedLane.execute(this::readWal);
        }
    }

    private int walEnd() {
        return Math.min(database.walSize(), received);
    }

    private void endOfWal() {
        if (reading && lost) {
            reading = false;
            protocol.become(FeedState.CONNECTING);
            feedLane.afterMillis(1 + scheduler.random().nextInt(WAKE_MILLIS), this::tryToLead);
        }
    }

    /** The server, or this node, ends the replication connection: what was received already is still relayed. */
    private void loseSlot() {
        if (slot.owner == this) {
            slot.owner = null;
        }
        if (reading && !lost) {
            lost = true;
            received =
                    Math.min(database.walSize(), position + scheduler.random().nextInt(3));
            feedLane.execute(this::readWal);
        }
    }

    private void beat() {
        if (protocol.isLeading() && !cutFromDatabase) {
            boolean sameHistory = protocol.leadsIn(database.epoch());
            scheduler.pause();
            if (!sameHistory) {
                loseSlot();
            } else if (!cutFromDatabase) {
                database.heartbeat(this);
            }
        }
        heartbeat.after(config.heartbeatInterval.toNanoseconds(), this::beat);
    }

    private void watch() {
        protocol.passed();
        if (reading && scheduler.now() - heardAt > config.heartbeatTimeout.toNanoseconds()) {
            loseSlot();
        }
        watchdog.after(config.heartbeatInterval.toNanoseconds(), this::watch);
    }

    // ---- faults

    /** The feed's backend is killed, or Postgres restarts. */
    void cutFeed() {
        loseSlot();
    }

    /** As Postgres crashes: nothing that was not read yet will be. */
    void crash() {
        loseSlot();
        received = position;
    }

    void cutFromDatabase(boolean on) {
        cutFromDatabase = on;
        if (on && scheduler.once(2)) {
            loseSlot(); // both ends notice at once
        } else if (on && slot.owner == this) {
            deposedLater();
        }
        if (!on) {
            feedLane.execute(this::readWal);
        }
    }

    /** Postgres ends the connection of an owner that does not answer. */
    private void deposedLater() {
        Scheduler.Lane postgres = scheduler.lane("wal sender of " + name);
        postgres.after(config.heartbeatTimeout.toNanoseconds(), () -> {
            if (cutFromDatabase || frozen) {
                loseSlot();
            }
            postgres.stop();
        });
    }

    void cutFromBus(boolean on) {
        bus.cut(on);
    }

    /** SIGSTOP; false if it cannot be stopped at this moment. */
    boolean freeze() {
        if (lanes.stream().anyMatch(Scheduler.Lane::isRunning)) {
            return false;
        }
        frozen = true;
        lanes.forEach(lane -> lane.freeze(true));
        if (slot.owner == this) {
            deposedLater();
        }
        return true;
    }

    void thaw() {
        frozen = false;
        lanes.forEach(lane -> lane.freeze(false));
    }

    /** SIGKILL. */
    void kill() {
        dead = true;
        bus.leave();
        if (slot.owner == this) {
            slot.owner = null;
        }
        lanes.forEach(Scheduler.Lane::stop);
    }

    // ---- what the real parts run on

    private final class Lanes implements Workers {
        private final Scheduler.Lane timer = lane("timer");
        private final Scheduler.Lane sweeper = lane("sweep");
        private final Scheduler.Lane readers = scheduler.lane(name + " readers", 2);

        Lanes() {
            lanes.add(readers);
        }

        @Override
        public long nanoTime() {
            return scheduler.now();
        }

        @Override
        public long jitter(long bound) {
            return bound / 2 + scheduler.random().nextLong(bound / 2 + 1);
        }

        @Override
        public void later(long delayNanos, Runnable task) {
            timer.after(delayNanos, task);
        }

        @Override
        public void sweep(long delayNanos, Runnable pass) {
            sweeper.after(delayNanos, pass);
        }

        @Override
        public boolean read(UUID userId, Runnable task) {
            if (scheduler.once(50)) {
                return false;
            }
            readers.execute(task);
            return true;
        }

        @Override
        public void stop() {}
    }

    private final class Memory extends KpiMemory {
        Memory() {
            super(new KpiConfiguration());
        }

        @Override
        public void remember(UUID userId, String epoch, KpiSnapshot kpis, long inSight) {
            scheduler.pause();
            super.remember(userId, epoch, kpis, inSight);
        }
    }
}
