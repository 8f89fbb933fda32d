package com.tenantlist.live.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackoffTest {
    private static final LongUnaryOperator ALL = bound -> bound;

    private static List<Long> bounds(Backoff backoff, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(failures -> backoff.after(failures, ALL))
                .toList();
    }

    @Test
    void itDoublesUpToItsLongest() {
        assertThat(bounds(new Backoff(20, 500), 7)).containsExactly(20L, 40L, 80L, 160L, 320L, 500L, 500L);
    }

    @Test
    void aFirstThatIsLongerThanTheLongestIsTheLongest() {
        assertThat(bounds(new Backoff(2_000, 100), 2)).containsExactly(100L, 100L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 1_000_000_000, 1L << 40, 1L << 62, Long.MAX_VALUE})
    void noNumberOfFailuresMakesItShorter(long first) {
        Backoff backoff = new Backoff(first, Long.MAX_VALUE);
        assertThat(bounds(backoff, 200)).isSorted().first().isEqualTo(first);
        assertThat(backoff.after(Integer.MAX_VALUE, ALL)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aWaitIsSomewhereBetweenHalfAndAll() {
        Backoff backoff = new Backoff(20, 500);
        List<Long> waits = Stream.generate(() -> backoff.after(3)).limit(10_000).toList();
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween(40L, 80L));
        assertThat(waits).contains(40L, 80L);
        assertThat(new Backoff(1, 1).after(1)).isEqualTo(1);
        assertThat(new Backoff(0, 5).after(1_000)).isZero();
    }

    @Test
    void aNegativeWaitIsNone() {
        assertThatThrownBy(() -> new Backoff(-1, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Backoff(1, -5)).isInstanceOf(IllegalArgumentException.class);
    }
}
