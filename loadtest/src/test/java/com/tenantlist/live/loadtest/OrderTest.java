package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OrderTest {
    private final Order order = new Order();

    @Test
    void eachNumberOnceAndInOrderIsNoFault() {
        order.state(4);
        order.event(5);
        order.repeated(5);
        order.event(6);

        assertThat(order.faults()).isEqualTo(Faults.NONE);
    }

    @Test
    void aGapIsSoManyLost() {
        order.state(4);
        order.event(8);

        assertThat(order.faults()).isEqualTo(Faults.lost(3));
    }

    @Test
    void whatComesLateIsOutOfOrderAndNotLost() {
        order.state(4);
        order.event(6);
        order.event(5);

        assertThat(order.faults()).isEqualTo(new Faults(0, 0, 1, 0, 0));
    }

    @Test
    void whatComesAgainIsADuplicate() {
        order.state(4);
        order.event(5);
        order.event(6);
        order.event(5);
        order.event(4);

        assertThat(order.faults()).isEqualTo(new Faults(0, 2, 0, 0, 0));
    }

    @Test
    void whatRepeatsAnOlderNumberIsOutOfOrder() {
        order.state(4);
        order.event(5);
        order.repeated(4);

        assertThat(order.faults()).isEqualTo(new Faults(0, 0, 1, 0, 0));
    }

    @Test
    void stateBeginsAnew() {
        order.state(4);
        order.state(9);
        order.event(10);

        assertThat(order.faults()).isEqualTo(Faults.NONE);
    }

    @Test
    void aHugeGapIsCountedAndNotRemembered() {
        order.state(0);
        order.event(1_000_000_000_001L);

        assertThat(order.faults().lost()).isEqualTo(1_000_000_000_000L);
    }
}
