package com.tenantlist.live.presence;

import com.tenantlist.live.bus.MessageBody;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What a node says of its dashboards, on the bus.
 *
 * @param node the id under which it counts them
 * @param name its name
 * @param leaves whether it goes, and all of them with it
 * @param counts how many there are now, of users that have some on other nodes too
 */
record PresenceMessage(UUID node, String name, boolean leaves, Map<UUID, Integer> counts) {
    byte[] encode() {
        return MessageBody.write(out -> {
            MessageBody.packUuid(out, node);
            out.packString(name).packBoolean(leaves).packMapHeader(counts.size());
            for (Map.Entry<UUID, Integer> count : counts.entrySet()) {
                MessageBody.packUuid(out, count.getKey());
                out.packInt(count.getValue());
            }
        });
    }

    /** @throws IllegalArgumentException if it is not such a message */
    static PresenceMessage decode(byte[] body) {
        return MessageBody.read(body, in -> {
            UUID node = MessageBody.unpackUuid(in);
            String name = in.unpackString();
            boolean leaves = in.unpackBoolean();
            Map<UUID, Integer> counts = new HashMap<>();
            for (int left = in.unpackMapHeader(); left > 0; left--) {
                counts.put(MessageBody.unpackUuid(in), in.unpackInt());
            }
            return new PresenceMessage(node, name, leaves, counts);
        });
    }
}
