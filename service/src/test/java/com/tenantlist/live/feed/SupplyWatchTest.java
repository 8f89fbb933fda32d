package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class SupplyWatchTest {
    private static final String EPOCH = "e1";
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);

    private final SupplyWatch watch = new SupplyWatch(1_000, 3_000);

    private static LeaderSign sign(long term) {
        return new LeaderSign(EPOCH, term, "g", false);
    }

    private static LeaderSign leaving(long term) {
        return new LeaderSign(EPOCH, term, "g", true);
    }

    private Supply heard(UUID node, long term, long now) {
        return watch.heard(node, sign(term), EPOCH, now);
    }

    @Test
    void aNodeThatLeadsIsFedAndOneThatStandsByHearsTheLeader() {
        assertThat(watch.own(FeedState.CONNECTING, 0)).isNull();
        assertThat(watch.own(FeedState.LEADING, 0)).isEqualTo(Supply.FED);
        assertThat(watch.own(FeedState.CONNECTING, 1_000)).isEqualTo(Supply.UNFED);
        assertThat(watch.own(FeedState.STANDBY, 2_000)).isNull();
        assertThat(heard(A, 10, 3_000)).isEqualTo(Supply.FED);
        assertThat(watch.isLedBy(A)).isTrue();
        assertThat(heard(A, 10, 3_500)).isNull();
        assertThat(watch.passed(4_500)).isNull();
        assertThat(watch.passed(4_501)).as("silent too long").isEqualTo(Supply.UNFED);
        assertThat(heard(A, 10, 5_000)).isEqualTo(Supply.FED);
    }

    @Test
    void aLeaderThatIsBehindTheWalIsNotFed() {
        watch.own(FeedState.LEADING, 0);
        assertThat(watch.returned(500, 600)).isNull();
        assertThat(watch.passed(1_500)).isNull();
        assertThat(watch.passed(1_501)).isEqualTo(Supply.UNFED);
        assertThat(watch.returned(1_000, 4_000)).as("it returns late").isNull();
        assertThat(watch.returned(3_500, 4_000))
                .as("what it missed is looked for")
                .isEqualTo(Supply.FED);
        watch.own(FeedState.CONNECTING, 9_000);
        assertThat(watch.own(FeedState.LEADING, 9_000)).isEqualTo(Supply.FED);
        assertThat(watch.passed(10_000)).isNull();
    }

    @Test
    void whatTheLeaderSaidAndWasLostMustBeLookedFor() {
        heard(A, 10, 0);
        assertThat(watch.missed(B, 1)).isNull();
        assertThat(watch.missed(A, 1)).isEqualTo(Supply.FED);
    }

    @Test
    void anotherLeaderMeansThatSomethingMayHaveBeenMissed() {
        heard(A, 10, 0);
        assertThat(heard(B, 20, 1)).isEqualTo(Supply.FED);
        assertThat(watch.isLedBy(B)).isTrue();
        assertThat(heard(B, 30, 2)).as("the same node with a new slot").isEqualTo(Supply.FED);
    }

    @Test
    void anOldLeaderThatWakesUpDoesNotTakeTheNewOnesPlace() {
        heard(A, 10, 0);
        heard(B, 20, 1);
        assertThat(heard(A, 10, 2)).isNull();
        assertThat(watch.isLedBy(B)).isTrue();
        assertThat(watch.heard(A, leaving(10), EPOCH, 3)).isNull();
        assertThat(watch.passed(1_001)).as("B was heard until 1").isNull();
        assertThat(watch.passed(1_002)).isEqualTo(Supply.UNFED);
    }

    @Test
    void aLeaderThatLeavesIsNotWaitedFor() {
        heard(A, 10, 0);
        assertThat(watch.heard(A, leaving(10), EPOCH, 1)).isEqualTo(Supply.UNFED);
        assertThat(heard(B, 20, 2)).isEqualTo(Supply.FED);
    }

    @Test
    void aLeaderInAnotherHistoryFeedsNobodyButIsLookedIntoOnce() {
        watch.own(FeedState.STANDBY, 0);
        LeaderSign foreign = new LeaderSign("e2", 10, "g", false);
        assertThat(watch.heard(A, foreign, EPOCH, 1)).isEqualTo(Supply.UNFED);
        assertThat(watch.heard(A, foreign, EPOCH, 2)).isNull();
        assertThat(watch.heard(A, foreign, "e2", 3)).as("we know of it now").isEqualTo(Supply.FED);
        assertThat(watch.heard(A, new LeaderSign("e3", 10, "g", false), "e2", 4))
                .isEqualTo(Supply.FED);
        assertThat(watch.passed(2_000)).isEqualTo(Supply.UNFED);
        assertThat(watch.heard(A, foreign, null, 2_001))
                .as("before the first sweep")
                .isNotNull();
    }

    @Test
    void withoutLogicalReplicationANodeIsAloneUnlessALeaderIsHeard() {
        assertThat(watch.own(FeedState.UNAVAILABLE, 0)).isEqualTo(Supply.ALONE);
        assertThat(heard(A, 10, 1)).isEqualTo(Supply.FED);
        assertThat(watch.passed(1_002)).isEqualTo(Supply.ALONE);
    }

    @Test
    void aNodeThatIsNotFedForLongIsAloneWhateverTheReason() {
        assertThat(watch.own(FeedState.CONNECTING, 1_000_000)).isNull();
        assertThat(watch.passed(1_003_000)).isNull();
        assertThat(watch.passed(1_003_001))
                .as("it makes the slot, and that takes")
                .isEqualTo(Supply.ALONE);
        assertThat(watch.own(FeedState.STANDBY, 1_003_002)).isNull();
        assertThat(heard(A, 10, 1_004_000)).isEqualTo(Supply.FED);
        assertThat(watch.passed(1_005_000)).isNull();
        assertThat(watch.passed(1_005_001)).as("not at once").isEqualTo(Supply.UNFED);
        assertThat(watch.passed(1_008_000)).isNull();
        assertThat(watch.passed(1_008_001)).isEqualTo(Supply.ALONE);
        assertThat(watch.own(FeedState.LEADING, 1_009_000)).isEqualTo(Supply.FED);
        assertThat(watch.passed(1_010_001)).as("behind the WAL").isEqualTo(Supply.UNFED);
        assertThat(watch.passed(1_012_001)).isEqualTo(Supply.ALONE);
        assertThat(watch.returned(1_012_000, 1_012_002)).isEqualTo(Supply.FED);
    }

    @Test
    void aRefusalThatEndsLeavesANodeAloneUntilItIsFed() {
        watch.own(FeedState.UNAVAILABLE, 0);
        assertThat(watch.passed(10_000)).isNull();
        assertThat(watch.own(FeedState.CONNECTING, 10_001))
                .as("it makes the slot")
                .isNull();
        assertThat(watch.own(FeedState.LEADING, 10_002)).isEqualTo(Supply.FED);
    }
}
