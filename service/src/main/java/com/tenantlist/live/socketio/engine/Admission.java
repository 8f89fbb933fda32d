package com.tenantlist.live.socketio.engine;

import io.netty.channel.EventLoop;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who may open a session. A node takes as many <em>handshakes at once</em> as it can bear, from the opening request to the
 * answer of CONNECT; so when everybody comes back at the same time, clients are let in at the rate the node can serve, and
 * the others are told to come later. A place is held for {@value #MAX_HELD_SECONDS} second at most: clients that open and
 * then say nothing keep nobody out. Any thread.
 */
final class Admission {
    private static final long MAX_HELD_SECONDS = 1;

    /** Those who are refused are told to come back in 1 to this many seconds. */
    private static final int MAX_RETRY_SECONDS = 5;

    private final SocketServerConfiguration config;
    private final AtomicInteger handshakes = new AtomicInteger();
    private final AtomicInteger sessions = new AtomicInteger();
    private final CountByAddress byAddress = new CountByAddress();
    private volatile boolean draining;

    Admission(SocketServerConfiguration config) {
        this.config = config;
    }

    /** Why a session may not open; metrics have a count each. */
    enum Reason {
        DRAINING,
        SESSIONS,
        SESSIONS_PER_ADDRESS,
        HANDSHAKES
    }

    /** Takes a place, or says why not. The place of the session itself is given back by {@link #ended}. */
    @Nullable
    Reason tryOpen(String address) {
        if (draining) {
            return Reason.DRAINING;
        }
        if (sessions.incrementAndGet() > config.maxSessions) {
            sessions.decrementAndGet();
            return Reason.SESSIONS;
        }
        if (byAddress.add(address) > config.maxSessionsPerAddress) {
            ended(address);
            return Reason.SESSIONS_PER_ADDRESS;
        }
        if (handshakes.incrementAndGet() > config.maxHandshakes) {
            handshakes.decrementAndGet();
            ended(address);
            return Reason.HANDSHAKES;
        }
        return null;
    }

    /** Lets nobody in any more. */
    void drain() {
        draining = true;
    }

    /** A session has ended. */
    void ended(String address) {
        sessions.decrementAndGet();
        byAddress.remove(address);
    }

    /** A random delay, so that those who were refused do not all come back together. */
    static int retryAfterSeconds() {
        return ThreadLocalRandom.current().nextInt(1, MAX_RETRY_SECONDS + 1);
    }

    /** Handshakes under way. */
    int handshakes() {
        return handshakes.get();
    }

    /** The place of a handshake, given back once. */
    final class Slot {
        private final AtomicBoolean held = new AtomicBoolean(true);

        Slot(EventLoop timer) {
            timer.schedule(this::release, MAX_HELD_SECONDS, TimeUnit.SECONDS);
        }

        void release() {
            if (held.compareAndSet(true, false)) {
                handshakes.decrementAndGet();
            }
        }
    }
}
