package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RollingRestartTest {
    @Test
    void threeNodesBehindNginxAreRestartedAndNothingIsLost() throws Exception {
        assertThat(RollingRestart.run(100, 100))
                .as("all were sent away once at least")
                .isPositive();
    }
}
