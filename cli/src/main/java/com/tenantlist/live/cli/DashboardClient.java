package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Locale;

/** A dashboard's client, as checks and scenarios try it. Any thread may call. */
interface DashboardClient extends AutoCloseable {
    /** Begins. */
    void connect();

    /** Tells the listener what is held, as after an event. */
    void compare();

    @Override
    void close();

    /** Where a dashboard stands. */
    enum State {
        RECOVERING,
        LIVE,
        POLLING,
        OFFLINE,
        REFUSED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Which transports are used. */
    enum Transport {
        /** Long-polling first, then WebSocket where it can be had. */
        AUTO,
        WEBSOCKET,
        POLLING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How it behaves.
     *
     * @param pollAfter failed attempts before it polls
     * @param maxRetryDelay between two attempts at most
     * @param attemptTimeout an attempt that has not caught up is given up then
     */
    record Settings(
            Transport transport,
            int pollAfter,
            Duration pollInterval,
            Duration retryDelay,
            Duration maxRetryDelay,
            Duration attemptTimeout) {
        /** As browsers behave. */
        static final Settings DEFAULT = new Settings(
                Transport.AUTO,
                3,
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10));
    }

    /** What happens; calls come one at a time. */
    interface Listener {
        /** A connection opened; what it asks for has not come yet. */
        default void connected() {}

        default void disconnected(String reason) {}

        default void attemptFailed(int failures, String reason) {}

        default void refused(String code, String message) {}

        /** It runs no more, though nobody asked it to end. */
        default void ended(CliException reason) {}

        /** One that came, or, of a client that tells what it has applied, was applied. */
        default void event(String name, JsonNode payload) {}

        /** What is held or shown may have changed. */
        default void taken(Held held) {}

        default void stateChanged(State state) {}

        default void pollingStarted() {}

        default void polled(long revision, JsonNode kpis) {}

        default void pollFailed(String reason) {}

        default void pollingStopped() {}
    }
}
