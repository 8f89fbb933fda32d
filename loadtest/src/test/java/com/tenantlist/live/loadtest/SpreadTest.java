package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    private static final Figure CPU = Figure.lower("CPU", "µs", 0);

    @Test
    void theMedianOfAnEvenNumberLiesBetween() {
        Spread spread = Spread.of(CPU, List.of(9.0, 1.0, 3.0, 5.0));

        assertThat(spread.median()).isEqualTo(4);
        assertThat(spread.low()).isEqualTo(1);
        assertThat(spread.high()).isEqualTo(9);
    }

    @Test
    void ratiosAreOfTurnsThatRanTogether() {
        Spread ours = Spread.of(CPU, List.of(1.0, 20.0, 3.0));
        Spread peers = Spread.of(CPU, List.of(2.0, 40.0, 4.0));

        Spread ratio = ours.ratio(peers).orElseThrow();

        assertThat(ratio.turns()).containsExactly(0.5, 0.5, 0.75);
        assertThat(ratio.median()).isEqualTo(0.5);
        assertThat(ratio.high()).isEqualTo(0.75);
    }

    @Test
    void thereIsNoRatioToNothing() {
        assertThat(Spread.of(CPU, List.of(1.0)).ratio(Spread.of(CPU, List.of(0.0))))
                .isEmpty();
        assertThat(Spread.of(CPU, List.of(1.0, 2.0)).ratio(Spread.of(CPU, List.of(1.0))))
                .isEmpty();
    }

    @Test
    void turnsGoThereAndBack() {
        assertThat(Run.order(0, 2)).containsExactly(0, 1);
        assertThat(Run.order(1, 2)).containsExactly(1, 0);
        assertThat(Run.order(2, 2)).containsExactly(0, 1);
        assertThat(Run.order(1, 1)).containsExactly(0);
    }
}
