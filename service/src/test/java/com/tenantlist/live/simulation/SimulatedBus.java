package com.tenantlist.live.simulation;

import com.tenantlist.live.bus.BusListener;
import com.tenantlist.live.bus.MessageKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Redis and the ends of the bus at the nodes: messages arrive once, in their sender's order, late or not at all. */
final class SimulatedBus {
    private static final int LONGEST_WAY_MICROS = 3_000;
    private static final int PING_MILLIS = 2_000;

    private final Scheduler scheduler;
    private final List<End> ends = new ArrayList<>();
    private boolean isAway;

    SimulatedBus(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** A node's end. */
    final class End {
        private final UUID node;
        private final Scheduler.Lane lane;
        private final Map<MessageKind, BusListener> listeners = new EnumMap<>(MessageKind.class);
        private final Map<UUID, Long> heard = new HashMap<>();
        private final Map<UUID, Long> arrival = new HashMap<>();
        private long sequence;
        private boolean cut;

        private End(UUID node, Scheduler.Lane lane) {
            this.node = node;
            this.lane = lane;
            ping();
        }

        private void ping() {
            send(null, new byte[0]);
            lane.afterMillis(PING_MILLIS, this::ping);
        }

        void listen(MessageKind kind, BusListener listener) {
            listeners.put(kind, listener);
        }

        void publish(MessageKind kind, byte[] body) {
            scheduler.pause();
            lane.execute(() -> send(kind, body));
        }

        private void send(MessageKind kind, byte[] body) {
            sequence++;
            if (cut || isAway) {
                return;
            }
            long number = sequence;
            for (End end : ends) {
                if (end != this && !end.cut) {
                    long at = scheduler.now() + scheduler.random().nextInt(LONGEST_WAY_MICROS) * 1_000L;
                    long inOrder = end.arrival.merge(node, at, Math::max);
                    end.lane.after(inOrder - scheduler.now(), () -> end.arrived(node, number, kind, body));
                }
            }
        }

        private void arrived(UUID from, long number, MessageKind kind, byte[] body) {
            if (cut) {
                return;
            }
            Long before = heard.put(from, number);
            if (before != null && number > before + 1) {
                listeners.values().forEach(listener -> listener.missed(from));
            }
            BusListener listener = kind == null ? null : listeners.get(kind);
            if (listener != null) {
                listener.received(from, body);
            }
        }

        /** Cut off from Redis, or back. */
        void cut(boolean on) {
            cut = on;
        }

        void leave() {
            ends.remove(this);
        }
    }

    /** There is no Redis, and will not be. */
    void takeAway() {
        isAway = true;
    }

    End join(UUID node, Scheduler.Lane lane) {
        End end = new End(node, lane);
        ends.add(end);
        return end;
    }
}
