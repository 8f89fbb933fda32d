package com.tenantlist.live.bus;

import java.nio.ByteBuffer;
import java.util.UUID;

/** UUIDs as their 16 bytes (RFC 9562), for messages. */
final class Uuids {
    private static final int BYTES = 16;

    private Uuids() {}

    static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    /** @throws IllegalArgumentException if there are not 16 */
    static UUID of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a UUID has 16 bytes, not " + bytes.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
