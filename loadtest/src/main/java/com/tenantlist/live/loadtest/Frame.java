package com.tenantlist.live.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * An event as a dashboard gets it, read without a JSON parser: a burst is some hundred thousand of them a second.
 *
 * @param revision the last {@code "revision"}; -1 if there is none, as a peer's events have none
 * @param sequence the number of the change that gave a business its name, by {@link LoadTenants#name}; -1 if none did
 * @param own whether all ids of businesses and users in it are the owner's, or of the owner's businesses
 */
record Frame(String event, long revision, long sequence, boolean own) {
    static final String PREFIX = "42/dashboard,[\"";
    private static final byte[] REVISION = ascii("\"revision\":");
    private static final byte[] NAME = ascii("\"name\":\"" + LoadTenants.NAME);
    /** The end of {@code id}, {@code user_id}, {@code userId} and {@code businessId}. */
    private static final byte[] ID = ascii("d\":\"");

    private static final int UUID_LENGTH = 36;
    /** What the id of a business shares with its owner's: the last two groups. */
    private static final int SHARED = 17;

    /** A text that begins with {@link #PREFIX}. */
    static Frame read(byte[] text, byte[] owner) {
        int begin = PREFIX.length();
        int end = begin;
        while (end < text.length && text[end] != '"') {
            end++;
        }
        int name = indexOf(text, NAME, end);
        int revision = lastIndexOf(text, REVISION);
        return new Frame(
                new String(text, begin, end - begin, StandardCharsets.US_ASCII),
                revision < 0 ? -1 : number(text, revision + REVISION.length),
                name < 0 ? -1 : lastNumber(text, name + NAME.length),
                allOf(text, end, owner));
    }

    /** What {@link #read} compares ids with. */
    static byte[] owner(UUID userId) {
        return ascii(userId.toString().substring(UUID_LENGTH - SHARED));
    }

    /** Whether all ids in a JSON text are that owner's. */
    static boolean allOf(byte[] text, int from, byte[] owner) {
        for (int at = indexOf(text, ID, from); at >= 0; at = indexOf(text, ID, at + ID.length)) {
            int value = at + ID.length;
            int after = value + UUID_LENGTH;
            if (after < text.length && text[after] == '"' && !matches(text, after - SHARED, owner)) {
                return false;
            }
        }
        return true;
    }

    private static long number(byte[] text, int from) {
        long number = 0;
        for (int at = from; at < text.length && text[at] >= '0' && text[at] <= '9'; at++) {
            number = number * 10 + text[at] - '0';
        }
        return number;
    }

    /** The digits before the quote, after the last dash. */
    private static long lastNumber(byte[] text, int from) {
        int digits = from;
        for (int at = from; at < text.length && text[at] != '"'; at++) {
            if (text[at] == '-') {
                digits = at + 1;
            }
        }
        return number(text, digits);
    }

    private static int indexOf(byte[] text, byte[] what, int from) {
        for (int at = from; at <= text.length - what.length; at++) {
            if (matches(text, at, what)) {
                return at;
            }
        }
        return -1;
    }

    private static int lastIndexOf(byte[] text, byte[] what) {
        for (int at = text.length - what.length; at >= 0; at--) {
            if (matches(text, at, what)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean matches(byte[] text, int at, byte[] what) {
        for (int i = 0; i < what.length; i++) {
            if (text[at + i] != what[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
