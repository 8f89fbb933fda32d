package com.tenantlist.live.simulation;

import com.tenantlist.live.delivery.DeliveryConfiguration;
import com.tenantlist.live.kpi.KpiReading;
import io.dropwizard.util.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * One schedule: nodes, dashboards, commits and faults, all in one thread and all from one seed. It ends when every dashboard
 * has shown what is true for a while after the last fault, or with what went wrong.
 */
final class Simulation {
    private static final long HEALING_LIMIT = TimeUnit.SECONDS.toNanos(120);
    private static final long QUIET = TimeUnit.SECONDS.toNanos(1);
    private static final int LONGEST_FAULT_MILLIS = 5_000;
    private static final int LONGEST_PAUSE_MILLIS = 400;
    private static final int ASKED_AGAIN_ONCE_IN = 15;
    private static final int POLLED_ONCE_IN = 2;

    /** Kinds of faults: those that begin or shorten a history, and connections that break meanwhile. */
    private static final int[] OF_HISTORIES = {7, 8, 9, 9, 11, 11, 11, 12, 12};

    private static final long MOST_STEPS = 2_000_000;

    private final Scheduler scheduler;
    private final SplittableRandom random;
    private final SimulatedDatabase database;
    private final SimulatedBus bus;
    private final SimulatedNode.Slot slot = new SimulatedNode.Slot();
    private final DeliveryConfiguration config = new DeliveryConfiguration();
    private final boolean canReplicate;
    private final boolean ofHistories;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<SimulatedDashboard> dashboards = new ArrayList<>();
    private final Scheduler.Lane world;
    private int commitsLeft;
    private int faultsLeft;
    private int faultsUnderWay;
    private int restarts;
    private int reasonsForFullState;

    /**
     * How a schedule ended.
     *
     * @param fault what went wrong; empty if nothing
     * @param trace equal for equal runs
     */
    record Outcome(String fault, long steps, long trace) {}

    Simulation(long seed) {
        scheduler = new Scheduler(seed);
        random = scheduler.random();
        database = new SimulatedDatabase(scheduler, 1 + random.nextInt(3));
        bus = new SimulatedBus(scheduler);
        world = scheduler.lane("world");
        config.recentEvents = 1 + random.nextInt(4);
        config.journalPage = 1 + random.nextInt(13);
        config.staleAfter = Duration.milliseconds(2_000);
        if (scheduler.once(2)) {
            // Nothing may hang on the safety net.
            config.sweepWhileFed = Duration.days(1);
        }
        ofHistories = scheduler.once(4);
        canReplicate = !scheduler.once(10);
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            nodes.add(node("node-" + i));
        }
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            dashboards.add(new SimulatedDashboard(
                    "dashboard-" + i,
                    database.tenants().get(random.nextInt(database.tenants().size())),
                    scheduler,
                    database,
                    () -> nodes));
        }
        commitsLeft = 5 + random.nextInt(30);
        faultsLeft = random.nextInt(6);
        if (scheduler.once(8)) {
            // Whoever does not lead lives on the sweep.
            bus.takeAway();
        }
        world.execute(this::commit);
        world.execute(this::fault);
    }

    private SimulatedNode node(String name) {
        return new SimulatedNode(name, scheduler, database, bus, slot, config, canReplicate);
    }

    Outcome run() {
        long quietSince = -1;
        long overSince = -1;
        while (scheduler.steps() < MOST_STEPS && scheduler.step()) {
            for (SimulatedDashboard dashboard : dashboards) {
                if (!dashboard.fault().isEmpty()) {
                    return outcome(dashboard.fault());
                }
            }
            if (commitsLeft > 0 || faultsLeft > 0 || faultsUnderWay > 0) {
                continue;
            }
            overSince = overSince < 0 ? scheduler.now() : overSince;
            if (!dashboards.stream().allMatch(SimulatedDashboard::isTrue)
                    || !restShows().isEmpty()) {
                quietSince = -1;
                if (scheduler.now() - overSince > HEALING_LIMIT) {
                    return outcome("not healed: " + dashboards + restShows());
                }
            } else if (quietSince < 0) {
                quietSince = scheduler.now();
            } else if (scheduler.now() - quietSince > QUIET) {
                return outcome(needless());
            }
        }
        return outcome("it does not come to an end: " + dashboards);
    }

    /** What is not true of the KPIs that nodes would answer with by REST. */
    private String restShows() {
        for (SimulatedNode node : nodes) {
            for (UUID tenant : database.tenants()) {
                Optional<KpiReading> known =
                        node.knownKpis(tenant).filter(kpis -> !database.isTrue(tenant, kpis.epoch(), kpis.snapshot()));
                if (known.isPresent()) {
                    return "; REST of " + node + " shows " + known.get() + " of " + tenant + ", true is "
                            + database.revision(tenant);
                }
            }
        }
        return "";
    }

    private String needless() {
        if (database.needlessRenewals() > 0) {
            return "a history was begun though nothing was lost";
        }
        int reasons = reasonsForFullState + database.resets();
        return dashboards.stream()
                .filter(dashboard -> dashboard.fullStates() > 1 + 2 * reasons)
                .findFirst()
                .map(dashboard ->
                        dashboard + ": " + dashboard.fullStates() + " full states for " + reasons + " reasons")
                .orElse("");
    }

    private Outcome outcome(String fault) {
        return new Outcome(fault, scheduler.steps(), scheduler.trace());
    }

    private void commit() {
        if (commitsLeft > 0) {
            commitsLeft--;
            database.commit();
            if (scheduler.once(POLLED_ONCE_IN)) {
                nodes.get(random.nextInt(nodes.size()))
                        .readKpis(database.tenants()
                                .get(random.nextInt(database.tenants().size())));
            }
            if (scheduler.once(ASKED_AGAIN_ONCE_IN)) {
                dashboards.get(random.nextInt(dashboards.size())).askAgain();
            }
            world.afterMillis(scheduler.once(3) ? random.nextInt(LONGEST_PAUSE_MILLIS) : 0, this::commit);
        }
    }

    // ---- faults

    private void fault() {
        if (faultsLeft == 0) {
            return;
        }
        faultsLeft--;
        int number = random.nextInt(nodes.size());
        SimulatedNode node = nodes.get(number);
        SimulatedDashboard dashboard = dashboards.get(random.nextInt(dashboards.size()));
        int kind = ofHistories ? OF_HISTORIES[random.nextInt(OF_HISTORIES.length)] : random.nextInt(12);
        scheduler.tell("fault", String.valueOf(kind), node + ", " + dashboard);
        switch (kind) {
            case 0 -> {
                if (node.isUp()) {
                    node.kill();
                    dashboards.stream().filter(shown -> shown.isOn(node)).forEach(SimulatedDashboard::lose);
                    lasts(() -> nodes.set(number, node(node + "." + ++restarts)));
                }
            }
            case 1 -> {
                if (node.freeze()) {
                    dashboards.stream()
                            .filter(shown -> shown.isOn(node) && scheduler.once(2))
                            .forEach(SimulatedDashboard::lose);
                    lasts(node::thaw);
                }
            }
            case 2 -> {
                node.cutFromDatabase(true);
                lasts(() -> node.cutFromDatabase(false));
            }
            case 3 -> {
                node.cutFromBus(true);
                lasts(() -> node.cutFromBus(false));
            }
            case 4 -> {
                nodes.forEach(each -> each.cutFromBus(true));
                lasts(() -> nodes.forEach(each -> each.cutFromBus(false)));
            }
            case 5 -> nodes.forEach(SimulatedNode::cutFeed);
            case 6 -> {
                nodes.forEach(each -> each.cutFromDatabase(true));
                lasts(() -> nodes.forEach(each -> each.cutFromDatabase(false)));
            }
            case 7 -> {
                reasonsForFullState++;
                database.prune();
            }
            case 8 -> {
                reasonsForFullState++;
                database.renewEpoch();
            }
            case 9 -> {
                reasonsForFullState++;
                nodes.forEach(SimulatedNode::crash);
                database.rewind();
            }
            case 10 -> dashboard.pause(random.nextInt(LONGEST_FAULT_MILLIS));
            case 12 -> {
                reasonsForFullState++;
                nodes.forEach(SimulatedNode::crash);
                database.restore();
            }
            default -> dashboard.lose();
        }
        if (scheduler.once(4)) {
            dashboard.askAgain();
        }
        lasts(database::commit);
        world.afterMillis(random.nextInt(LONGEST_FAULT_MILLIS), this::fault);
    }

    /** Not before that the schedule ends. */
    private void lasts(Runnable end) {
        faultsUnderWay++;
        world.afterMillis(random.nextInt(LONGEST_FAULT_MILLIS), () -> {
            faultsUnderWay--;
            end.run();
        });
    }
}
