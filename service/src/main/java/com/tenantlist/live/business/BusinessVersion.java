package com.tenantlist.live.business;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The version of a business: a digest of what is shown of it. So it needs no column of the platform's, changes with every write by
 * any SQL that can be seen, and is the same wherever a business is shown. Who changes a business and changes it back has the first
 * version again: nobody who saw that one is mistaken.
 */
public final class BusinessVersion {
    private static final int BYTES = 12;
    private static final int ABSENT = -1;

    private BusinessVersion() {}

    /** Of what clients are shown; 16 characters of base64url. */
    public static String of(String name, @Nullable String category, String status, boolean isVerified) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
        add(digest, name);
        add(digest, category);
        add(digest, status);
        digest.update((byte) (isVerified ? 1 : 0));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest.digest(), BYTES));
    }

    /** With its length, so that no text runs into the next. */
    private static void add(MessageDigest digest, @Nullable String text) {
        byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(text == null ? ABSENT : bytes.length)
                .flip());
        digest.update(bytes);
    }
}
