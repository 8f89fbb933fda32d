package com.tenantlist.live.feed;

import com.tenantlist.live.bus.MessageBody;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The feed's messages on the bus. A tenant is named once for each run of its
 * events, a transaction by its distance from the one before. About 40 bytes an event and its payload. Any thread.
 */
final class FeedMessages {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private FeedMessages() {}

    /** Events of one history of the database. */
    record Events(String epoch, List<CommittedEvent> events) {}

    static byte[] encode(Events message) {
        return MessageBody.write(out -> {
            out.packString(message.epoch).packArrayHeader(message.events.size());
            CommittedEvent before = null;
            for (CommittedEvent committed : message.events) {
                JournalEvent event = committed.event();
                out.packInt(committed.transaction() - (before == null ? 0 : before.transaction()));
                if (before != null && before.event().userId().equals(event.userId())) {
                    out.packNil();
                } else {
                    MessageBody.packUuid(out, event.userId());
                }
                KpiSums sums = event.sums();
                out.packLong(event.revision())
                        .packString(event.type().wireName())
                        .packString(event.payload())
                        .packLong(sums.activeBusinesses())
                        .packLong(sums.landlordViews())
                        .packLong(sums.messagesTotal())
                        .packLong(sums.invitesTotal())
                        .packLong(micros(event.createdAt()));
                before = committed;
            }
        });
    }

    static byte[] encode(LeaderSign sign) {
        return MessageBody.write(out -> out.packString(sign.epoch())
                .packLong(sign.term())
                .packString(sign.cacheGeneration())
                .packBoolean(sign.leaves()));
    }

    /** @throws IllegalArgumentException if it is not such a message */
    static Events events(byte[] body) {
        return MessageBody.read(body, in -> {
            String epoch = in.unpackString();
            int count = in.unpackArrayHeader();
            List<CommittedEvent> events = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int transaction =
                        in.unpackInt() + (i == 0 ? 0 : events.get(i - 1).transaction());
                JournalEvent event = new JournalEvent(
                        in.tryUnpackNil() ? events.get(i - 1).event().userId() : MessageBody.unpackUuid(in),
                        in.unpackLong(),
                        EventType.ofWireName(in.unpackString()),
                        in.unpackString(),
                        new KpiSums(in.unpackLong(), in.unpackLong(), in.unpackLong(), in.unpackLong()),
                        instant(in.unpackLong()));
                events.add(new CommittedEvent(event, transaction));
            }
            return new Events(epoch, List.copyOf(events));
        });
    }

    /** @throws IllegalArgumentException if it is not such a message */
    static LeaderSign leader(byte[] body) {
        return MessageBody.read(
                body, in -> new LeaderSign(in.unpackString(), in.unpackLong(), in.unpackString(), in.unpackBoolean()));
    }

    private static long micros(Instant time) {
        return time.getEpochSecond() * MICROS_PER_SECOND + time.getNano() / NANOS_PER_MICRO;
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
    }
}
