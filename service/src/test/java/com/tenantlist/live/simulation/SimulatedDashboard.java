package com.tenantlist.live.simulation;

import com.tenantlist.live.delivery.Position;
import com.tenantlist.live.delivery.Session;
import com.tenantlist.live.delivery.Sink;
import com.tenantlist.live.protocol.SocketContract;
import com.tenantlist.live.simulation.SimulatedNode.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;

/** A dashboard that follows the contract, with its connection, and the judge of what it is sent. */
final class SimulatedDashboard {
    private static final String ANSWER = "answer";
    private static final int MOST_ON_THE_WAY = 6;

    /** What may be sent in one go, when there was room for one. */
    private static final int SENT_AT_ONCE = 4;

    private static final int LONGEST_PAUSE_MILLIS = 500;
    private static final int SERVER_NOTICES_MILLIS = 2_000;

    private final String name;
    private final UUID tenant;
    private final Scheduler scheduler;
    private final SimulatedDatabase database;
    private final Supplier<List<SimulatedNode>> nodes;
    private final Scheduler.Lane lane;

    // What it holds.
    private String epoch = "";
    private long revision = -1;
    private long kpiRevision = -1;
    private int unanswered;

    /** Until all is answered that it asked, events may come again, and from further on. */
    private boolean awaitingState;

    private Position pid;

    /** The history that its session is in. */
    private String sessionEpoch = "";

    /** Whether the server was told of what it holds when it connected. */
    private boolean isKnown;

    private Connection connection;
    private int fullStates;
    private int askedAgain;
    private String fault = "";

    /** What is wrong with KPIs that came, unless they go before full state. */
    private String doubtful = "";

    SimulatedDashboard(
            String name,
            UUID tenant,
            Scheduler scheduler,
            SimulatedDatabase database,
            Supplier<List<SimulatedNode>> nodes) {
        this.name = name;
        this.tenant = tenant;
        this.scheduler = scheduler;
        this.database = database;
        this.nodes = nodes;
        this.lane = scheduler.lane(name);
        lane.execute(this::connect);
    }

    /** What should not have been; empty if there is nothing. */
    String fault() {
        return fault;
    }

    /** Full states that nobody asked for a second time. */
    int fullStates() {
        return fullStates - askedAgain;
    }

    /** Whether it shows what the database has. */
    boolean isTrue() {
        return epoch.equals(database.told(tenant))
                && revision == database.revision(tenant)
                && kpiRevision == revision
                && !awaitingState
                && doubtful.isEmpty();
    }

    @Override
    public String toString() {
        return name + " holds " + revision + " and KPIs of " + kpiRevision + " in " + epoch + ", true is "
                + database.revision(tenant) + " in " + database.told(tenant)
                + (awaitingState ? ", awaits its state" : "")
                + (connection == null ? ", not connected" : "");
    }

    private void wrong(String what) {
        if (fault.isEmpty()) {
            fault = name + " (" + revision + " of " + epoch + "): " + what;
        }
    }

    // ---- the connection

    /** One connection; its server's end runs on a lane of its own. */
    final class Connection implements Sink<Frame> {
        private final SimulatedNode node;
        private final Scheduler.Lane server;
        private final Deque<Frame> toClient = new ArrayDeque<>();
        private Session<Frame> session;
        private boolean isConnected;
        private boolean lost;
        private boolean closed;

        /** The history that its session is in, as it was told. */
        private String served = "";

        Connection(SimulatedNode node) {
            this.node = node;
            this.server = node.connectionLane();
        }

        void open(Optional<Position> held) {
            server.execute(() -> node.delivery()
                    .attach(tenant, this, held)
                    .whenComplete((made, failure) -> server.execute(() -> {
                        if (failure != null) {
                            lane.execute(() -> lost(this));
                        } else if (closed) {
                            made.close();
                        } else {
                            session = made;
                            served = made.start().epoch();
                            lane.execute(() -> connected(this, made.isRecovered(), made.start()));
                            made.begin();
                        }
                    })));
        }

        void ask(OptionalLong after, Optional<String> of) {
            scheduler.tell(name, "asks for what comes after", after);
            server.execute(() -> {
                if (!closed && !session.requestState(after, of, json -> send(new Frame(ANSWER, json, 0)))) {
                    lane.execute(() -> lost(this));
                }
            });
        }

        /** What REST would answer now is not older than what is sent. */
        private void judgeKpis(Frame frame) {
            if (frame.event().equals("reconnected")) {
                served = text(frame, "\"epoch\":\"");
            }
            node.knownKpis(tenant)
                    .filter(known -> known.revision() < frame.revision()
                            && database.told(known.epoch(), tenant).equals(served)
                            && !database.wasRestored(served, tenant))
                    .ifPresent(known -> wrong("REST shows the older " + known + " when this is sent: " + frame));
        }

        @Override
        public void send(Frame frame) {
            judgeKpis(frame);
            if (closed) {
                wrong("sent after it was closed: " + frame);
            }
            if (toClient.size() >= MOST_ON_THE_WAY + SENT_AT_ONCE) {
                wrong("sent to a client that does not read: " + frame);
            }
            toClient.add(frame);
            lane.execute(this::arrived);
        }

        private void arrived() {
            Frame frame = toClient.poll();
            if (frame == null || lost) {
                return;
            }
            received(frame);
            if (toClient.size() == MOST_ON_THE_WAY / 2 && session != null) {
                session.wake();
            }
        }

        @Override
        public boolean writable() {
            if (scheduler.once(4)) {
                scheduler.pause();
            }
            return toClient.size() < MOST_ON_THE_WAY;
        }

        @Override
        public void execute(Runnable task) {
            server.execute(task);
        }

        private void serverNotices() {
            if (!closed) {
                closed = true;
                if (session != null) {
                    session.close();
                }
            }
        }
    }

    private void connect() {
        List<SimulatedNode> there = nodes.get();
        SimulatedNode node = there.get(scheduler.random().nextInt(there.size()));
        if (!node.isUp()) {
            connectLater();
            return;
        }
        connection = new Connection(node);
        isKnown = pid != null && pid.epoch().equals(epoch);
        Optional<Position> held = pid == null || revision < 0
                ? Optional.empty()
                : Optional.of(new Position(pid.epoch(), Math.max(pid.revision(), revision)));
        connection.open(held);
    }

    private void connectLater() {
        lane.afterMillis(scheduler.random().nextInt(LONGEST_PAUSE_MILLIS), this::connect);
    }

    /** The connection breaks, or is given up. */
    void lose() {
        Connection open = connection;
        if (open != null) {
            lane.execute(() -> lost(open));
        }
    }

    boolean isOn(SimulatedNode node) {
        return connection != null && connection.node == node;
    }

    /** It reads nothing for a while. */
    void pause(int millis) {
        lane.freeze(true);
        scheduler.lane(name + "'s user").afterMillis(millis, () -> lane.freeze(false));
    }

    private void lost(Connection of) {
        if (of.lost) {
            return;
        }
        scheduler.tell(name, "loses its connection to", of.node);
        of.lost = true;
        unanswered = connection == of ? 0 : unanswered;
        of.server.afterMillis(scheduler.random().nextInt(SERVER_NOTICES_MILLIS), of::serverNotices);
        if (connection == of) {
            connection = null;
            doubtful = "";
            connectLater();
        }
    }

    private void connected(Connection to, boolean recovered, Position start) {
        if (to.lost) {
            return;
        }
        to.isConnected = true;
        scheduler.tell(name, recovered ? "recovers at" : "is connected at", to.node + ", " + start);
        if (!recovered) {
            awaitingState = true;
            pid = start;
            sessionEpoch = start.epoch();
        }
        // One that was answered, and goes on where it was, need not ask.
        if (!recovered || awaitingState || scheduler.once(2)) {
            ask(to);
        }
    }

    /** What it shows may be old: the answer comes when the node can tell. */
    private void askForWhatIsMissed() {
        Connection open = connection;
        if (open != null && open.isConnected && unanswered == 0) {
            awaitingState = true;
            ask(open);
        }
    }

    /** It asks though it need not: what is on the way comes again. */
    void askAgain() {
        Connection open = connection;
        if (open != null && open.isConnected && revision >= 0) {
            awaitingState = true;
            for (int i = 1 + scheduler.random().nextInt(3); i > 0; i--) {
                askedAgain++;
                if (scheduler.once(3)) {
                    askForEverything(open);
                } else {
                    ask(open);
                }
            }
        }
    }

    /** As the contract says: with what it holds. */
    private void ask(Connection open) {
        if (revision < 0) {
            askForEverything(open);
        } else {
            unanswered++;
            open.ask(OptionalLong.of(revision), Optional.of(epoch));
        }
    }

    private void askForEverything(Connection open) {
        unanswered++;
        open.ask(OptionalLong.empty(), Optional.empty());
    }

    // ---- what it is sent

    private void received(Frame frame) {
        scheduler.tell(name, "receives", frame);
        String doubt = doubtful;
        doubtful = "";
        if (!doubt.isEmpty()
                && !(frame.event().equals("reconnected") && frame.payload().contains("\"recovered\":false"))) {
            wrong(doubt);
        }
        switch (frame.event()) {
            case "reconnected" -> state(frame);
            case SocketContract.SERVER_STALE -> askForWhatIsMissed();
            case ANSWER -> {
                unanswered--;
                awaitingState &= unanswered > 0;
            }
            case "kpi:update" -> {
                if (revision >= 0) {
                    // A client that is somewhere else hears at once of where it is now.
                    kpis(frame, sessionEpoch);
                }
            }
            default -> event(frame);
        }
    }

    private void event(Frame frame) {
        long at = frame.revision();
        if (revision < 0 || (awaitingState && (at != revision + 1 || !sessionEpoch.equals(epoch)))) {
            return;
        }
        if (!frame.event().equals("metrics:updated")) {
            wrong("not for clients: " + frame);
        } else if (at <= revision) {
            wrong("twice: " + frame);
        } else if (at > revision + 1) {
            wrong("lost before: " + frame);
        } else if (!database.was(epoch, tenant, at, number(frame, "\"n\":"))) {
            wrong("phantom: " + frame);
        }
        revision = at;
    }

    private void kpis(Frame frame, String in) {
        long at = frame.revision();
        if (!database.was(in, tenant, at, number(frame, "\"landlordViews\":")) && !awaitingState) {
            doubtful = "KPIs that never were: " + frame;
        } else if (at < kpiRevision
                && in.equals(epoch)
                && !database.wasRestored(in, tenant)
                && (!awaitingState || isKnown)) {
            doubtful = "KPIs went back from " + kpiRevision + ": " + frame;
        }
        kpiRevision = at;
    }

    private void state(Frame frame) {
        String of = text(frame, "\"epoch\":\"");
        boolean recovered = frame.payload().contains("\"recovered\":true");
        if (recovered) {
            if (frame.revision() != revision || !of.equals(epoch)) {
                wrong("recovered to what it does not hold: " + frame);
            }
        } else {
            fullStates++;
            if (of.equals(epoch) && frame.revision() < revision && !database.wasRestored(of, tenant)) {
                wrong("full state goes back: " + frame);
            }
            epoch = of;
            sessionEpoch = of;
            revision = frame.revision();
            kpiRevision = -1;
        }
        kpis(frame, of);
    }

    private static long number(Frame frame, String after) {
        String payload = frame.payload();
        int from = payload.indexOf(after) + after.length();
        int to = from;
        while (to < payload.length() && Character.isDigit(payload.charAt(to))) {
            to++;
        }
        return Long.parseLong(payload.substring(from, to));
    }

    private static String text(Frame frame, String after) {
        int from = frame.payload().indexOf(after) + after.length();
        return frame.payload().substring(from, frame.payload().indexOf('"', from));
    }
}
