package com.tenantlist.live.dashboard;

import com.tenantlist.live.delivery.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and reads the {@code pid} of Socket.IO's connection state recovery. It is not the name of something that is stored
 * but says itself whose session it was, under which id, and where in the tenant's stream it started; and it is signed. So a
 * session can be recovered on any node, after any time that the journal reaches back, and by its own user only.
 *
 * <p>Base64url of: version 1 (a byte), user (16), connection id (16), revision (8), epoch (text), and the first 16 bytes of
 * the HMAC-SHA256 of all that. Any thread.
 */
final class RecoveryIds {
    private static final byte VERSION = 1;
    private static final int FIXED = 1 + 16 + 16 + 8;
    private static final int MAC_LENGTH = 16;
    private static final int MAX_LENGTH = 256;
    private static final String HMAC = "HmacSHA256";
    private static final String PURPOSE = "tenantlist-live recovery id 1";

    private final SecretKeySpec key;

    /** What a {@code pid} says. */
    record Recovery(UUID userId, UUID connectionId, Position start) {}

    RecoveryIds(String secret) {
        SecretKeySpec shared = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC);
        key = new SecretKeySpec(mac(shared, PURPOSE.getBytes(StandardCharsets.UTF_8)), HMAC);
    }

    String create(Recovery recovery) {
        byte[] epoch = recovery.start().epoch().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(FIXED + epoch.length + MAC_LENGTH).put(VERSION);
        put(out, recovery.userId());
        put(out, recovery.connectionId());
        out.putLong(recovery.start().revision()).put(epoch);
        byte[] bytes = out.array();
        out.put(mac(key, Arrays.copyOf(bytes, bytes.length - MAC_LENGTH)), 0, MAC_LENGTH);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What the text says, if it was made with the same secret. */
    Optional<Recovery> read(String text) {
        byte[] bytes;
        try {
            bytes = text.length() > MAX_LENGTH
                    ? new byte[0]
                    : Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        int signed = bytes.length - MAC_LENGTH;
        if (signed < FIXED || bytes[0] != VERSION) {
            return Optional.empty();
        }
        byte[] expected = Arrays.copyOf(mac(key, Arrays.copyOf(bytes, signed)), MAC_LENGTH);
        if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(bytes, signed, bytes.length))) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, signed - 1);
        UUID userId = new UUID(in.getLong(), in.getLong());
        UUID connectionId = new UUID(in.getLong(), in.getLong());
        long revision = in.getLong();
        String epoch = new String(bytes, FIXED, signed - FIXED, StandardCharsets.UTF_8);
        return Optional.of(new Recovery(userId, connectionId, new Position(epoch, revision)));
    }

    private static void put(ByteBuffer out, UUID id) {
        out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static byte[] mac(SecretKeySpec key, byte[] bytes) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has " + HMAC, e);
        }
    }
}
