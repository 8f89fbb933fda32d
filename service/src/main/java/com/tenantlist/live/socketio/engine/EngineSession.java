package com.tenantlist.live.socketio.engine;

import com.tenantlist.live.socketio.packet.EnginePacket;
import com.tenantlist.live.socketio.packet.MalformedPacketException;
import com.tenantlist.live.threads.Threads;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Engine.IO session: a client, over whichever transport it has at the moment, and the upgrade between them.
 *
 * <p>Everything is called on {@link #loop()}, but what says "any thread".
 */
public final class EngineSession {
    private static final Logger log = LoggerFactory.getLogger(EngineSession.class);

    /** How long a close frame may take to be written. */
    private static final int GOODBYE_SECONDS = 1;

    private final String id;
    private final EventLoop loop;
    private final Engine engine;
    private final String address;
    private final RateLimit rate;
    private RateLimit.Verdict lastVerdict = RateLimit.Verdict.PASS;
    private final AtomicBoolean posting = new AtomicBoolean();
    private final Admission.Slot slot;

    @SuppressWarnings("NullAway.Init")
    private EngineProtocol.Receiver receiver;

    private final Deque<EnginePacket> waiting = new ArrayDeque<>();
    private volatile int waitingBytes;
    private @Nullable PollRequest poll;
    volatile @Nullable Channel websocket;
    private @Nullable Channel candidate;
    private boolean probed;

    private final Heartbeats heartbeats;
    private final SharedFrames frames;
    private final Heartbeats.Heart heart = new Heart();
    private volatile boolean closed;

    EngineSession(String id, EventLoop loop, Engine engine, String address, Admission.Slot slot) {
        this.id = id;
        this.loop = loop;
        this.engine = engine;
        this.address = address;
        this.slot = slot;
        Engine.Loop shared = engine.loop(loop);
        this.heartbeats = shared.heartbeats();
        this.frames = shared.frames();
        this.rate = new RateLimit(engine.config.eventRate, engine.config.eventBurst, System.nanoTime());
    }

    void receiver(EngineProtocol.Receiver made) {
        receiver = made;
    }

    /** The transport's secret id. */
    String id() {
        return id;
    }

    EventLoop loop() {
        return loop;
    }

    public Engine engine() {
        return engine;
    }

    /** The client's IP address. */
    public String address() {
        return address;
    }

    public boolean isClosed() {
        return closed;
    }

    /** The session began on long polling; the answer of this request is its first packet. */
    void openedPolling() {
        engine.metrics.polling.inc();
        opened();
    }

    /** The session began on a websocket. */
    void openedOn(Channel channel) {
        websocket = channel;
        engine.metrics.websocket.inc();
        write(EnginePacket.text(engine.openPacket(id, true)));
        opened();
    }

    private void opened() {
        heartbeats.begin(heart);
        receiver.opened();
    }

    /** The handshake is over, well or not: the next client may have its place. */
    public void handshakeEnded() {
        slot.release();
    }

    // ---- out

    /** Sends packets over the transport of the moment, in order. A client that lets too much pile up is closed. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop writes it
    public void write(EnginePacket packet) {
        if (closed) {
            return;
        }
        if (pendingBytes() > engine.config.sendLimit.toBytes()) {
            engine.metrics.limited("sendLimit");
            close("client does not read");
            return;
        }
        Channel channel = websocket;
        if (channel != null) {
            write(channel, packet);
            return;
        }
        waiting.add(packet);
        waitingBytes += packet.length();
        flushPoll();
    }

    /** What waits to be sent. */
    long pendingBytes() {
        Channel channel = websocket;
        if (channel == null) {
            return waitingBytes;
        }
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    private void write(Channel channel, EnginePacket packet) {
        long threshold = engine.config.compressFrom.toBytes();
        boolean compress = threshold > 0 && packet.length() >= threshold && MessageCompression.isNegotiated(channel);
        byte[] frame = compress ? packet.deflatedFrame() : packet.frame();
        channel.writeAndFlush(frames.buffer(channel.alloc(), frame), channel.voidPromise());
    }

    private void flushPoll() {
        PollRequest request = poll;
        if (request == null || waiting.isEmpty()) {
            return;
        }
        poll = null;
        request.respond(takeWaiting());
        receiver.writable();
    }

    private List<EnginePacket> takeWaiting() {
        List<EnginePacket> packets = new ArrayList<>(waiting);
        waiting.clear();
        waitingBytes = 0;
        return packets;
    }

    /** Whether it takes more without queueing beyond the send buffer. Any thread. */
    public boolean isWritable() {
        Channel channel = websocket;
        return !closed && (channel != null ? channel.isWritable() : waitingBytes < engine.config.sendBuffer.toBytes());
    }

    // ---- in

    /** One text packet from the client, over either transport. */
    private void receive(String packet) throws MalformedPacketException {
        if (packet.isEmpty()) {
            throw new MalformedPacketException("empty packet");
        }
        char type = packet.charAt(0);
        if (!(type == '3' && heartbeats.isPinged(heart)) && flooded()) {
            return;
        }
        switch (type) {
            case '1' -> {
                // The reference server ends a waiting poll with a noop when it was the client who closed.
                endPoll(EnginePacket.NOOP);
                close("client closed the transport");
            }
            case '3' -> {
                if (packet.length() > 1) {
                    throw new MalformedPacketException("pong with data outside a probe");
                }
                if (heartbeats.isPinged(heart)) {
                    heartbeats.begin(heart);
                }
            }
            case '4' -> receiver.text(packet.substring(1));
            default -> throw new MalformedPacketException("unexpected engine packet");
        }
    }

    private void receive(byte[] message) throws MalformedPacketException {
        if (!flooded()) {
            receiver.binary(message);
        }
    }

    private interface Input {
        void receive() throws MalformedPacketException;
    }

    /** Receives; false if the input was malformed, which ends the session. */
    private boolean received(Input input) {
        try {
            input.receive();
            return true;
        } catch (MalformedPacketException e) {
            malformed(e.getMessage());
            return false;
        }
    }

    /** Counts a packet; true if it must not be looked at any more, because the client floods us and was closed. */
    private boolean flooded() {
        lastVerdict = rate.take(System.nanoTime());
        if (lastVerdict == RateLimit.Verdict.FLOOD) {
            engine.metrics.limited("eventRate");
            log.info("socket closed reason=\"too many packets\" address={}", address);
            close("too many packets", WebSocketCloseStatus.POLICY_VIOLATION);
            return true;
        }
        return false;
    }

    /** Whether the packet in hand is within the client's rate. */
    public boolean withinRate() {
        return lastVerdict == RateLimit.Verdict.PASS;
    }

    /** What the client sent cannot be read: the session ends. */
    void malformed(@Nullable String what) {
        malformed(what, WebSocketCloseStatus.NORMAL_CLOSURE);
    }

    /** The same for a websocket; one that has not taken the session over ends alone. */
    void malformed(Channel channel, String what, WebSocketCloseStatus status) {
        if (channel == websocket) {
            malformed(what, status);
        } else {
            engine.metrics.malformed.mark();
            channel.close();
        }
    }

    private void malformed(@Nullable String what, WebSocketCloseStatus status) {
        if (!closed) {
            engine.metrics.malformed.mark();
            log.info("socket closed reason=malformed what=\"{}\" address={}", what, address);
            close("malformed input", status);
        }
    }

    // ---- polling

    /** A GET: answered at once if something waits, else when something comes. */
    void poll(PollRequest request) {
        if (poll != null) {
            request.refuse(EngineError.BAD_REQUEST);
            close("two polls at once");
        } else if (websocket != null) {
            request.refuse(EngineError.BAD_REQUEST);
        } else {
            poll = request;
            if (probed) {
                // The client wants to be rid of polling: what waits goes along, or nothing does.
                write(EnginePacket.NOOP);
            } else {
                flushPoll();
            }
        }
    }

    /** Whether a GET waits for packets. */
    boolean hasPoll() {
        return poll != null;
    }

    /** The connection of a waiting poll went away. */
    void pollGone(Channel channel) {
        PollRequest request = poll;
        if (request != null && request.channel() == channel) {
            poll = null;
            close("transport closed");
        }
    }

    private void endPoll(EnginePacket packet) {
        PollRequest request = poll;
        if (request != null) {
            poll = null;
            request.respond(List.of(packet));
        }
    }

    /** A POST's headers have come. False if another POST is under way, which no client does. Any thread. */
    boolean beginPost() {
        return posting.compareAndSet(false, true);
    }

    /** The POST was answered, or its connection went away. Any thread. */
    void endPost() {
        posting.set(false);
    }

    /** A POST's packets. False if they were not all taken: then the session is closed. */
    boolean post(List<String> packets) {
        if (websocket != null) {
            return false;
        }
        return received(() -> {
            for (String packet : packets) {
                if (closed) {
                    break;
                }
                if (packet.startsWith("b")) {
                    receive(base64(packet));
                } else {
                    receive(packet);
                }
            }
        });
    }

    private static byte[] base64(String packet) throws MalformedPacketException {
        try {
            return Base64.getDecoder().decode(packet.substring(1));
        } catch (IllegalArgumentException e) {
            throw new MalformedPacketException("binary packet is not Base64");
        }
    }

    // ---- websocket

    /** A binary frame on a websocket that belongs to this session. */
    void frame(Channel channel, byte[] message) {
        if (channel != websocket) {
            channel.close();
            return;
        }
        received(() -> receive(message));
    }

    /** A text frame on a websocket that belongs to this session. */
    void frame(Channel channel, String text) {
        if (channel == websocket) {
            received(() -> receive(text));
        } else if (channel != candidate) {
            channel.close();
        } else if (text.equals("2probe")) {
            probed = true;
            write(channel, EnginePacket.PROBE_ANSWER);
            endPoll(EnginePacket.NOOP);
        } else if (text.equals("5") && probed) {
            upgrade(channel);
        } else {
            engine.metrics.malformed.mark();
            channel.close();
        }
    }

    /**
     * A websocket with this session's id was opened: it may probe and upgrade, if it is the only one. Another is closed, as the
     * reference does, and the session goes on.
     */
    void offered(Channel channel) {
        if (closed || websocket != null || candidate != null) {
            channel.close();
            return;
        }
        candidate = channel;
        schedule(
                () -> {
                    if (candidate == channel) {
                        channel.close();
                    }
                },
                engine.config.connectTimeout.toMilliseconds());
    }

    private void upgrade(Channel channel) {
        candidate = null;
        probed = false;
        websocket = channel;
        engine.metrics.upgrades.mark();
        engine.metrics.polling.dec();
        engine.metrics.websocket.inc();
        endPoll(EnginePacket.NOOP);
        takeWaiting().forEach(this::write);
        receiver.writable();
    }

    void websocketGone(Channel channel) {
        if (channel == websocket) {
            close("transport closed");
        } else if (channel == candidate) {
            candidate = null;
            probed = false;
        }
    }

    void websocketWritable() {
        receiver.writable();
    }

    // ---- life

    /** Runs a task on the event loop, after those given before. One that fails ends the session, and no other. Any thread. */
    public void execute(Runnable task) {
        if (!loop.isShuttingDown()) {
            loop.execute(guarded(task));
        }
    }

    /** The same, but at once when this is the event loop. */
    public void run(Runnable task) {
        if (loop.inEventLoop()) {
            guarded(task).run();
        } else {
            execute(task);
        }
    }

    /** As {@link #execute}, after a delay. */
    public Future<?> schedule(Runnable task, long delayMillis) {
        return loop.schedule(guarded(task), delayMillis, TimeUnit.MILLISECONDS);
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("socket closed reason=\"internal error\" address={}", address, e);
                close("internal error", WebSocketCloseStatus.INTERNAL_SERVER_ERROR);
                Threads.unhandled(e);
            }
        };
    }

    private final class Heart extends Heartbeats.Heart {
        @Override
        void ping() {
            run(() -> write(EnginePacket.PING));
        }

        @Override
        void silent() {
            run(() -> close("ping timeout"));
        }
    }

    /** Ends the session and its transport. Any thread; twice is harmless. */
    public void close(String reason) {
        close(reason, WebSocketCloseStatus.NORMAL_CLOSURE);
    }

    private void close(String reason, WebSocketCloseStatus status) {
        if (!loop.inEventLoop()) {
            execute(() -> close(reason, status));
            return;
        }
        if (closed) {
            return;
        }
        closed = true;
        engine.forget(this);
        heartbeats.end(heart);
        handshakeEnded();
        try {
            receiver.closed(reason);
        } catch (RuntimeException e) {
            log.error("a handler failed on a closed session address={}", address, e);
        }
        Channel channel = websocket;
        (channel != null ? engine.metrics.websocket : engine.metrics.polling).dec();
        if (channel != null) {
            closeWebsocket(channel, status);
        }
        if (candidate != null) {
            candidate.close();
        }
        endPoll(EnginePacket.CLOSE);
        waiting.clear();
        log.debug("session closed reason=\"{}\" address={}", reason, address);
    }

    /** Says goodbye, but waits no longer for a peer that reads nothing. */
    private void closeWebsocket(Channel channel, WebSocketCloseStatus status) {
        if (channel.isWritable() && !loop.isShuttingDown()) {
            channel.writeAndFlush(new CloseWebSocketFrame(status)).addListener(ChannelFutureListener.CLOSE);
            loop.schedule(() -> channel.close(), GOODBYE_SECONDS, TimeUnit.SECONDS);
        } else {
            channel.close();
        }
    }

    /** One HTTP GET that waits for packets. */
    interface PollRequest {
        Channel channel();

        void respond(List<EnginePacket> packets);

        void refuse(EngineError error);
    }
}
