package com.tenantlist.live.postgres;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The name of one history of the database. Revisions are comparable only within it. It follows from the cluster's system
 * identifier, its timeline (a failover to a replica starts a new one), as far as the host tells them, the value of
 * {@code live.epoch}, which an operator renews after restoring a backup, and how often the server has crashed: a commit that did not wait
 * for the disk may have been shown, and be gone.
 */
public final class Epoch {
    /** SQL that reads one row with one text, which {@link #of} makes the epoch of. */
    public static final String SQL = "SELECT live.history()";

    /** SQL of one boolean: whether the server has crashed since the last {@link #rememberCrash}. */
    public static final String CRASHED = "SELECT NOT EXISTS (SELECT FROM live.crash_marker)";

    /** How long that is which {@link #told} makes. */
    public static final int TOLD_LENGTH = 22;

    private Epoch() {}

    /** The epoch of the database behind the handle; opaque, at most 36 characters. */
    public static String read(Handle handle) {
        return of(handle.createQuery(SQL).mapTo(String.class).one());
    }

    /** The next crash begins another history, as this one has: call it as soon as one is found. Changes no epoch. */
    public static void rememberCrash(Handle handle) {
        handle.execute("SELECT live.remember_crash()");
    }

    /** The epoch that {@link #SQL} has read. */
    public static String of(String text) {
        // Not UUID.nameUUIDFromBytes, which needs MD5: not every JVM may use that.
        ByteBuffer digest = ByteBuffer.wrap(sha256(text));
        return new UUID(digest.getLong(), digest.getLong()).toString();
    }

    /**
     * What a tenant's clients are told that an epoch is: another for every tenant, so that what one user held is never taken for
     * another's. Opaque, {@value #TOLD_LENGTH} characters of base64url.
     */
    public static String told(String epoch, UUID userId) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(sha256(epoch + " " + userId), 16));
    }

    private static byte[] sha256(String text) {
        return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
    }

    /**
     * Starts a new history, in which all clients get full state, unless another node has done so: if the epoch is not
     * {@code known} any more. Call it in a transaction. Returns the epoch.
     */
    public static String renew(Handle handle, String known) {
        handle.execute("SELECT value FROM live.epoch FOR UPDATE");
        if (read(handle).equals(known)) {
            handle.execute("UPDATE live.epoch SET value = gen_random_uuid()");
        }
        return read(handle);
    }
}
