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
 * events. About 40 bytes an event and its payload. Any thread.
 */
final class FeedMessages {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private FeedMessages() {}

    /** Events of one history of the database. */
    record Events(String epoch, List<JournalEvent> events) {}

    static byte[] encode(Events message) {
        return MessageBody.write(out -> {
            out.packString(message.epoch).packArrayHeader(message.events.size());
            JournalEvent before = null;
            for (JournalEvent event : message.events) {
                if (before != null && before.userId().equals(event.userId())) {
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
                before = event;
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
            List<JournalEvent> events = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                events.add(new JournalEvent(
                        in.tryUnpackNil() ? events.get(i - 1).userId() : MessageBody.unpackUuid(in),
                        in.unpackLong(),
                        EventType.ofWireName(in.unpackString()),
                        in.unpackString(),
                        new KpiSums(in.unpackLong(), in.unpackLong(), in.unpackLong(), in.unpackLong()),
                        instant(in.unpackLong())));
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
