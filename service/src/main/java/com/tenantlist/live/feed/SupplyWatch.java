package com.tenantlist.live.feed;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether this node is fed, from its own feed and from what the leader says on the bus. It has no clock, no thread and
 * no input of its own: times are given, in nanoseconds of one clock. Each input answers with the supply that listeners must
 * be told of, or null if there is no news. {@code FED} after {@code FED} says that something may have been missed in
 * between.
 *
 * <p>Of two that say that they lead, the one with the later term does: the position in the WAL from which its slot reads. An
 * old leader that was frozen and wakes up says what is true still, but nobody waits for it.
 */
final class SupplyWatch {
    private final long silenceNanos;
    private final long aloneNanos;

    private FeedState own = FeedState.STOPPED;
    private long readUpTo;
    private @Nullable LeaderSign leader;
    private @Nullable UUID leaderNode;
    private long heardAt;
    private String foreignEpoch = "";
    private boolean trusted = true;
    private boolean started;
    private long fedUntil;
    private Supply supply = Supply.UNFED;

    /**
     * Makes one that is not fed yet; its time begins with the first input.
     *
     * @param silenceNanos after which a leader that is not heard, or is behind the WAL itself, does not count
     * @param aloneNanos after which a node that is not fed counts as alone
     */
    SupplyWatch(long silenceNanos, long aloneNanos) {
        this.silenceNanos = silenceNanos;
        this.aloneNanos = aloneNanos;
    }

    Supply supply() {
        return supply;
    }

    /** Whether that node is the leader that this one listens to. */
    boolean isLedBy(UUID node) {
        return node.equals(leaderNode);
    }

    /** This node's own feed is in another state. */
    @Nullable
    Supply own(FeedState state, long now) {
        boolean gained = state == FeedState.LEADING && own != state;
        own = state;
        readUpTo = gained ? now : readUpTo;
        return news(now, gained);
    }

    /** This node leads, and has read its own heartbeat of that time from the WAL. */
    @Nullable
    Supply returned(long writtenAt, long now) {
        readUpTo = writtenAt;
        return news(now, false);
    }

    /**
     * A sign of a leader came.
     *
     * @param epoch this node's; null if it does not know it yet
     */
    @Nullable
    Supply heard(UUID node, LeaderSign sign, @Nullable String epoch, long now) {
        if (!sign.epoch().equals(epoch)) {
            // The database's history is another one than we thought, or theirs is.
            boolean isNew = !foreignEpoch.equals(sign.epoch());
            foreignEpoch = sign.epoch();
            return news(now, isNew);
        }
        foreignEpoch = "";
        boolean isOther = !node.equals(leaderNode) || leader == null || leader.term() != sign.term();
        if (isOther && isHeard(now) && leader != null && sign.term() < leader.term()) {
            return news(now, false);
        }
        if (sign.leaves()) {
            if (!isOther) {
                forget();
            }
            return news(now, false);
        }
        leader = sign;
        leaderNode = node;
        heardAt = now;
        return news(now, isOther);
    }

    /** Something that a node said was lost. */
    @Nullable
    Supply missed(UUID node, long now) {
        return news(now, node.equals(leaderNode));
    }

    /** What was relayed was not taken by all who should have. */
    @Nullable
    Supply notTaken(long now) {
        return news(now, true);
    }

    /** Whether every commit reaches the journal, and the journal the WAL's readers; while not, no one is fed. */
    @Nullable
    Supply trusted(boolean now, long time) {
        trusted = now;
        return news(time, false);
    }

    boolean isTrusted() {
        return trusted;
    }

    /** Time has passed. */
    @Nullable
    Supply passed(long now) {
        return news(now, false);
    }

    private boolean isHeard(long now) {
        return leader != null && now - heardAt <= silenceNanos;
    }

    private void forget() {
        leader = null;
        leaderNode = null;
    }

    private @Nullable Supply news(long now, boolean mayHaveMissed) {
        Supply before = supply;
        boolean leads = own == FeedState.LEADING && now - readUpTo <= silenceNanos;
        boolean fed = trusted && (leads || isHeard(now));
        fedUntil = fed || !started ? now : fedUntil;
        started = true;
        boolean alone = own == FeedState.UNAVAILABLE || now - fedUntil > aloneNanos;
        supply = fed ? Supply.FED : alone ? Supply.ALONE : Supply.UNFED;
        return supply != before || mayHaveMissed ? supply : null;
    }
}
