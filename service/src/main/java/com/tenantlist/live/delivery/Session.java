package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.protocol.SocketContract;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open dashboard: its cursor, and what it asked for. All but {@link #wake()} and {@link #close()} runs on the sink's
 * thread.
 *
 * <p>One thing at a time: while a read of the database is under way ({@code reading}) nothing is sent, so the cursor
 * stands still. What happens meanwhile is found in the channel or the journal afterwards.
 *
 * @param <F> an encoded event
 */
public final class Session<F> {
    /** Requests that may wait; a client that sends more is not waiting for answers. */
    private static final int MAX_REQUESTS = 8;

    private final Delivery<F> delivery;
    private final TenantChannel<F> channel;
    private final Sink<F> sink;
    private final UnknownRevision unknown;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Deque<StateRequest> requests = new ArrayDeque<>();

    private Position start = new Position("", 0);
    private boolean recovered;
    private boolean recovering;
    private @Nullable KpiSums announced;

    /** The history that the cursor counts in; null while full state of another is awaited. */
    private @Nullable String epoch;

    private long cursor;

    /** The newest revision of this history that the client may show: sent, or said by itself. A new one shows nothing. */
    private long shown;

    private long kpiSent;
    private @Nullable Recent<F> last;
    private @Nullable Replay replay;
    private boolean held = true;
    private boolean reading;
    private int fruitlessReads;
    /** When the last state was asked for that was answered. */
    private long answeredAsOf = Long.MIN_VALUE;

    private volatile boolean closed;

    /** A client (or delivery itself, without ack) asks for state; {@code after} as in {@code {"after"}}. */
    private record StateRequest(OptionalLong after, Optional<String> told, Consumer<String> ack) {
        static final StateRequest FULL = new StateRequest(OptionalLong.empty(), Optional.empty(), json -> {});

        /** The same from a client that has received full state meanwhile: what it held before counts no more. */
        StateRequest after(String fullStateTold, long fullStateRevision) {
            return after.isPresent() && after.getAsLong() <= fullStateRevision && isOf(fullStateTold)
                    ? new StateRequest(OptionalLong.of(fullStateRevision), Optional.of(fullStateTold), ack)
                    : this;
        }

        /** Whether it holds, as far as it knows, what is of the history that clients are told to be this. */
        boolean isOf(String history) {
            return told.map(history::equals).orElse(true);
        }

        StateRequest full() {
            return new StateRequest(OptionalLong.empty(), Optional.empty(), ack);
        }
    }

    /** Missed events are being sent, up to a revision; then the request is answered. */
    private record Replay(StateRequest request, long target, KpiSums sumsAtTarget) {}

    Session(Delivery<F> delivery, TenantChannel<F> channel, Sink<F> sink) {
        this.delivery = delivery;
        this.channel = channel;
        this.sink = sink;
        this.unknown = new UnknownRevision(delivery.config().unknownRevisionWait, delivery.workers());
    }

    TenantChannel<F> channel() {
        return channel;
    }

    /** Live from there on. Before the session is handed out. */
    void startAt(Position position) {
        start = position;
        epoch = position.epoch();
        cursor = position.revision();
        kpiSent = cursor;
    }

    /** Goes on from where its client was. Before the session is handed out. */
    void recoverAt(Position position) {
        startAt(position);
        shown = position.revision();
        recovered = true;
        recovering = true;
    }

    /**
     * The client hears of these sums at once: it comes back, and no event will bring them. It may have lost its connection
     * after an event and before the KPIs that follow. Before the session is handed out.
     */
    void announce(KpiSums sums) {
        announced = sums;
    }

    /** Where the session started, as its client is told. */
    public Position start() {
        return new Position(channel.told(start.epoch()), start.revision());
    }

    /** Whether the session goes on where the client was. */
    public boolean isRecovered() {
        return recovered;
    }

    /** The revision up to which everything was sent. */
    public long revision() {
        return cursor;
    }

    /**
     * Sends from here on. A session that does not recover is held for a moment, so that a client that comes back can say
     * what it has.
     */
    public void begin() {
        if (announced != null) {
            String payload = Payloads.kpiUpdate(announced, cursor, java.time.Instant.now());
            announced = null;
            sink.send(delivery.encode(EventType.KPI_UPDATE, payload, cursor));
            delivery.sent(EventType.KPI_UPDATE);
        }
        if (recovered) {
            release();
        } else {
            delivery.later(delivery.config().greeting, () -> sink.execute(this::release));
        }
    }

    private void release() {
        if (held) {
            held = false;
            drain();
        }
    }

    /** Something may be to do. Any thread; cheap when called often. */
    public void wake() {
        if (!closed && woken.compareAndSet(false, true)) {
            sink.execute(() -> {
                woken.set(false);
                drain();
            });
        }
    }

    /**
     * The client asks for what it missed.
     *
     * @param after the revision it holds; empty if it holds none and wants everything
     * @param told what it was told that revision's epoch is; empty if it does not know
     * @param ack gets the payload of {@code reconnected}
     * @return false if too many requests wait already; nothing will come then
     */
    public boolean requestState(OptionalLong after, Optional<String> told, Consumer<String> ack) {
        held = false;
        if (requests.size() >= MAX_REQUESTS) {
            return false;
        }
        requests.add(new StateRequest(after, told, ack));
        drain();
        return true;
    }

    /** No more; the last call. Any thread. */
    public void close() {
        closed = true;
        delivery.detach(this);
    }

    /**
     * What it was sent may be old: nothing says what has changed since then, as of {@link Workers#nanoTime}. A client that asks for state
     * hears when the database can tell. Any thread.
     */
    void tellStale(long since) {
        sink.execute(() -> {
            if (!closed && !held) {
                long millis =
                        TimeUnit.NANOSECONDS.toMillis(delivery.workers().nanoTime() - Math.max(since, answeredAsOf));
                sink.send(delivery.encode(SocketContract.SERVER_STALE, "{\"staleMs\":" + millis + "}", cursor));
            }
        });
    }

    boolean isOpen() {
        return !closed;
    }

    // ---- sending

    private void drain() {
        if (closed || held || reading) {
            return;
        }
        if (epoch != null && !channel.isOf(epoch)) {
            // What was sent so far counts for nothing.
            epoch = null;
            requestFullState();
        }
        if (replay == null && !requests.isEmpty()) {
            if (sink.writable()) {
                answer(requests.remove());
            }
            return;
        }
        while (cursor < channel.newest() && sink.writable()) {
            Recent<F> next = channel.find(cursor + 1);
            if (next == null || !next.epoch().equals(epoch)) {
                readJournal();
                return;
            }
            deliver(next);
        }
        Replay running = replay;
        if (running != null && cursor >= running.target()) {
            finish(running);
            drain();
            return;
        }
        sendKpis();
    }

    private void deliver(Recent<F> event) {
        sink.send(event.frame());
        delivery.sent(event.type());
        cursor = event.revision();
        shown = Math.max(shown, cursor);
        last = event;
        if (event.type() == EventType.KPI_UPDATE) {
            kpiSent = cursor;
        }
    }

    private void sendKpis() {
        Recent<F> newest = last;
        long due = channel.kpiDue();
        if (newest != null && replay == null && kpiSent < due && cursor >= due && sink.writable()) {
            sink.send(newest.kpiFrame());
            delivery.sent(EventType.KPI_UPDATE);
            kpiSent = cursor;
        }
    }

    // ---- the journal

    private void readJournal() {
        long after = cursor;
        reading = true;
        delivery.readJournal(
                channel, after, page -> sink.execute(() -> take(after, page)), () -> readFailed(this::retry));
    }

    private void take(long after, Delivery.Page<F> page) {
        reading = false;
        if (closed) {
            return;
        }
        if (cursor != after) {
            drain();
            return;
        }
        if (!page.source().epoch().equals(epoch)) {
            // Of another history than ours: that is found out, and ends in full state.
            retry();
            return;
        }
        if (page.source().isPruned(after)) {
            requestFullState();
        } else if (page.events().isEmpty()) {
            // The WAL showed a commit that queries do not see yet: in a moment they will.
            retry();
            return;
        } else {
            for (Recent<F> event : page.events()) {
                if (!sink.writable()) {
                    break;
                }
                if (event.revision() > cursor) {
                    deliver(event);
                }
            }
        }
        fruitlessReads = 0;
        drain();
    }

    /** Events alone do not lead on from here. A replay that is under way is answered with full state too. */
    private void requestFullState() {
        Replay running = replay;
        replay = null;
        requests.addFirst(
                running == null ? StateRequest.FULL : running.request().full());
    }

    private void retry() {
        fruitlessReads++;
        delivery.retry(fruitlessReads, this::wake);
    }

    /** A read has ended without an answer. Any thread. */
    private void readFailed(Runnable again) {
        sink.execute(() -> {
            reading = false;
            again.run();
        });
    }

    // ---- state

    private void answer(StateRequest request) {
        reading = true;
        Optional<Newest> known = Optional.ofNullable(channel.known());
        long askedAt = delivery.workers().nanoTime();
        delivery.readState(
                this,
                request.after().isEmpty(),
                answer -> sink.execute(() -> answer(request, answer, known, askedAt)),
                () -> readFailed(() -> askAgain(request)));
    }

    private void askAgain(StateRequest request) {
        requests.addFirst(request);
        retry();
    }

    /** @param known what was known to be committed before the question */
    private void answer(StateRequest request, StateAnswer<F> answer, Optional<Newest> known, long askedAt) {
        reading = false;
        if (closed) {
            return;
        }
        KpiState state = answer.state();
        if (!channel.isOf(state.epoch())) {
            delivery.historyMayHaveChanged();
            askAgain(request);
            return;
        }
        long revision = state.kpis().revision();
        boolean inOurHistory = state.epoch().equals(epoch);
        boolean sameHistory = request.after().isPresent() && request.isOf(channel.told(state.epoch()));
        long after = request.after().orElse(0);
        long held = Math.max(inOurHistory ? shown : 0, sameHistory ? after : 0);
        Standing standing = standing(state, held, known, askedAt);
        if (standing == Standing.LOST) {
            delivery.historyMayHaveChanged();
        }
        if (standing == Standing.LOST
                || standing == Standing.UNKNOWN
                || (standing == Standing.PENDING && !sameHistory)) {
            askAgain(request);
            return;
        }
        answeredAsOf = askedAt;
        // Full state that it takes by itself meanwhile is no answer to its client.
        boolean first = recovering;
        recovering &= request.after().isEmpty();
        if (sameHistory && (held <= revision || standing == Standing.PENDING)) {
            if (!(first && inOurHistory && after == start.revision())) {
                // Else these very events are on their way already: the session recovers.
                cursor = after;
                last = null;
            }
            goOnIn(Position.of(state));
            shown = held;
            replay = standing == Standing.PENDING
                    ? new Replay(
                            request, known.orElseThrow().revision(), known.get().sums())
                    : new Replay(request, revision, state.kpis().sums());
        } else if (answer.full() != null) {
            sendFullState(request, answer.full(), Position.of(state));
        } else {
            requests.addFirst(request.full());
        }
        drain();
    }

    /** What was read is of this history, which had come so far. */
    private void goOnIn(Position history) {
        epoch = history.epoch();
        fruitlessReads = 0;
        channel.advance(history);
    }

    /** How an answer stands to what its client holds. */
    enum Standing {
        /** The database shows it. */
        THERE,
        /** The database has it, and will show it: nobody may go back for that. */
        PENDING,
        /** The database does not have what was committed: it is another one, and the sweep will say so. */
        LOST,
        /** This node has never seen it; it may come yet. */
        UNKNOWN,
        /** It did not come. */
        NEVER_WAS
    }

    /**
     * What to make of a state. On one thread at a time.
     *
     * @param held the newest revision of the state's history that the client holds
     * @param known what was known to be committed before the question
     * @param askedAt when it was asked, as of {@link Workers#nanoTime}
     */
    Standing standing(KpiState state, long held, Optional<Newest> known, long askedAt) {
        Position found = Position.of(state);
        if (known.isPresent() && known.get().isLostIn(found, state.snapshot())) {
            return Standing.LOST;
        }
        if (found.revision() >= held) {
            unknown.over();
            return Standing.THERE;
        }
        if (known.isPresent() && held <= known.get().revision() && known.get().isPendingIn(found, state.snapshot())) {
            unknown.over();
            return Standing.PENDING;
        }
        if (state.beingChanged()) {
            unknown.over();
            return Standing.UNKNOWN;
        }
        return unknown.isWorthWaiting(askedAt) ? Standing.UNKNOWN : Standing.NEVER_WAS;
    }

    private void sendFullState(StateRequest request, StateAnswer.Full<F> full, Position position) {
        goOnIn(position);
        long revision = position.revision();
        String told = channel.told(position.epoch());
        List<StateRequest> waiting =
                requests.stream().map(each -> each.after(told, revision)).toList();
        requests.clear();
        requests.addAll(waiting);
        cursor = revision;
        shown = revision;
        last = null;
        kpiSent = revision;
        greet(full.kpiUpdate(), full.reconnected(), full.reconnectedJson(), request);
    }

    private void finish(Replay finished) {
        replay = null;
        Recent<F> newest = last;
        KpiSums sums = newest == null ? finished.sumsAtTarget() : newest.sums();
        kpiSent = cursor;
        String kpiUpdate = Payloads.kpiUpdate(sums, cursor, java.time.Instant.now());
        String reconnected = Payloads.recovered(channel.userId(), channel.told(String.valueOf(epoch)), sums, cursor);
        greet(
                delivery.encode(EventType.KPI_UPDATE, kpiUpdate, cursor),
                delivery.encode(EventType.RECONNECTED, reconnected, cursor),
                reconnected,
                finished.request());
    }

    private void greet(F kpiUpdate, F reconnected, String reconnectedJson, StateRequest request) {
        sink.send(kpiUpdate);
        delivery.sent(EventType.KPI_UPDATE);
        sink.send(reconnected);
        delivery.sent(EventType.RECONNECTED);
        request.ack().accept(reconnectedJson);
    }
}
