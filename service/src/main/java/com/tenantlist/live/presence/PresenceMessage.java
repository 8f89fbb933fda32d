package com.tenantlist.live.presence;

import com.tenantlist.live.bus.Uuids;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * What a node says of its dashboards, on the bus.
 *
 * @param node the id under which it counts them
 * @param name its name
 * @param leaves whether it goes, and all of them with it
 * @param counts how many there are now, of users that have some on other nodes too
 */
record PresenceMessage(UUID node, String name, boolean leaves, Map<UUID, Integer> counts) {
    private static final byte VERSION = 1;
    private static final int UUID_BYTES = 16;

    byte[] encode() {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            out.addPayload(new byte[] {VERSION});
            out.packBinaryHeader(UUID_BYTES).addPayload(Uuids.bytes(node));
            out.packString(name).packBoolean(leaves).packMapHeader(counts.size());
            for (Map.Entry<UUID, Integer> count : counts.entrySet()) {
                out.packBinaryHeader(UUID_BYTES).addPayload(Uuids.bytes(count.getKey()));
                out.packInt(count.getValue());
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException if it is not such a message */
    static PresenceMessage decode(byte[] body) {
        if (body.length == 0 || body[0] != VERSION) {
            throw new IllegalArgumentException("a message of another version than " + VERSION);
        }
        try (MessageUnpacker in = MessagePack.newDefaultUnpacker(body, 1, body.length - 1)) {
            UUID node = Uuids.of(in.readPayload(in.unpackBinaryHeader()));
            String name = in.unpackString();
            boolean leaves = in.unpackBoolean();
            Map<UUID, Integer> counts = new HashMap<>();
            for (int left = in.unpackMapHeader(); left > 0; left--) {
                counts.put(Uuids.of(in.readPayload(in.unpackBinaryHeader())), in.unpackInt());
            }
            return new PresenceMessage(node, name, leaves, counts);
        } catch (MessagePackException | IOException e) {
            throw new IllegalArgumentException("malformed: " + e.getMessage(), e);
        }
    }
}
