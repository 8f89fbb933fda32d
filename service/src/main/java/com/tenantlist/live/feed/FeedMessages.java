package com.tenantlist.live.feed;

import com.tenantlist.live.bus.Uuids;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * The feed's messages on the bus: MessagePack behind a byte that names the version. A tenant is named once for each run of its
 * events. About 40 bytes an event and its payload. Any thread.
 */
final class FeedMessages {
    private static final byte VERSION = 1;
    private static final int UUID_BYTES = 16;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private FeedMessages() {}

    /** Events of one history of the database. */
    record Events(String epoch, List<JournalEvent> events) {}

    static byte[] encode(Events message) {
        return write(out -> {
            out.packString(message.epoch).packArrayHeader(message.events.size());
            JournalEvent before = null;
            for (JournalEvent event : message.events) {
                if (before != null && before.userId().equals(event.userId())) {
                    out.packNil();
                } else {
                    out.packBinaryHeader(UUID_BYTES).addPayload(Uuids.bytes(event.userId()));
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
        return write(out -> out.packString(sign.epoch())
                .packLong(sign.term())
                .packString(sign.cacheGeneration())
                .packBoolean(sign.leaves()));
    }

    /** @throws IllegalArgumentException if it is not such a message */
    static Events events(byte[] body) {
        return read(body, in -> {
            String epoch = in.unpackString();
            int count = in.unpackArrayHeader();
            List<JournalEvent> events = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                events.add(new JournalEvent(
                        in.tryUnpackNil()
                                ? events.get(i - 1).userId()
                                : Uuids.of(in.readPayload(in.unpackBinaryHeader())),
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
        return read(
                body, in -> new LeaderSign(in.unpackString(), in.unpackLong(), in.unpackString(), in.unpackBoolean()));
    }

    private static long micros(Instant time) {
        return time.getEpochSecond() * MICROS_PER_SECOND + time.getNano() / NANOS_PER_MICRO;
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
    }

    private interface Writer {
        void write(MessageBufferPacker out) throws IOException;
    }

    private interface Reader<T> {
        T read(MessageUnpacker in) throws IOException;
    }

    private static byte[] write(Writer writer) {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            out.addPayload(new byte[] {VERSION});
            writer.write(out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T read(byte[] body, Reader<T> reader) {
        if (body.length == 0 || body[0] != VERSION) {
            throw new IllegalArgumentException("a message of another version than " + VERSION);
        }
        try (MessageUnpacker in = MessagePack.newDefaultUnpacker(body, 1, body.length - 1)) {
            return reader.read(in);
        } catch (MessagePackException | IOException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("malformed: " + e.getMessage(), e);
        }
    }
}
