package com.tenantlist.live.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RevisionCheckTest {
    private final RevisionCheck check = new RevisionCheck();

    @BeforeEach
    void fullStateAtRevisionFive() {
        check.state(5, "epoch", false);
    }

    @Test
    void everyRevisionOnceInOrderHolds() {
        assertThat(check.event(6)).isFalse();
        check.kpis(6);
        check.event(7);
        check.kpis(7);
        check.state(7, "epoch", true);
        assertThat(check.holds()).isTrue();
        assertThat(check.summary()).containsEntry("events", 2L).containsEntry("last", 7L);
    }

    @Test
    void aGapIsALoss() {
        assertThat(check.event(8)).as("must be asked for").isTrue();
        assertThat(check.holds()).isFalse();
        assertThat(check.summary()).containsEntry("lost", 2L);
    }

    @Test
    void whatIsNewBeforeTheAnswerCountsWhenItComesInItsPlace() {
        check.connected();
        assertThat(check.event(9)).as("is asked for already").isFalse();
        for (int revision = 6; revision <= 9; revision++) {
            check.event(revision);
        }
        check.state(9, "epoch", true);
        check.event(10);
        assertThat(check.holds()).as(check.words()).isTrue();
    }

    @Test
    void whatWasNewBeforeTheAnswerAndIsNotInItIsALoss() {
        check.connected();
        check.event(8);
        check.event(6);
        check.state(8, "epoch", true);
        assertThat(check.summary()).containsEntry("lost", 2L);
    }

    @Test
    void anAnswerThatEndsTheWaitLetsNoGapPass() {
        check.connected();
        check.state(5, "epoch", true);
        assertThat(check.event(7)).isTrue();
        assertThat(check.summary()).containsEntry("lost", 1L);
    }

    @Test
    void aRepetitionIsADuplicate() {
        check.event(6);
        check.event(6);
        assertThat(check.holds()).isFalse();
        assertThat(check.summary()).containsEntry("duplicates", 1L);
    }

    @Test
    void kpisFromThePastAreOutOfOrder() {
        check.event(6);
        check.kpis(5);
        assertThat(check.holds()).isFalse();
    }

    @Test
    void aRecoveryThatSkipsIsALoss() {
        check.state(7, "epoch", true);
        assertThat(check.holds()).isFalse();
    }

    @Test
    void aJumpWithFullStateHolds() {
        check.state(100, "epoch", false);
        check.state(3, "another epoch", false);
        assertThat(check.holds()).isTrue();
    }

    @Test
    void goingBackWithinAnEpochDoesNotHold() {
        check.state(3, "epoch", false);
        assertThat(check.holds()).isFalse();
    }
}
