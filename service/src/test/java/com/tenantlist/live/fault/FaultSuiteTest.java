package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The fault suite in its short form; {@code bin/faults} is the long one. A failing seed: {@code -Dfault.seed=…}. */
class FaultSuiteTest {
    @Test
    void nothingIsLostTwiceOrOutOfOrder() throws Exception {
        long seed = Long.getLong("fault.seed", System.currentTimeMillis());
        try (FaultSuite suite = new FaultSuite(new FaultSuite.Size(6, 36, 100, 15, 3_000, 1_500), seed)) {
            assertThat(suite.run()).as("seed " + seed).isEmpty();
        }
    }
}
