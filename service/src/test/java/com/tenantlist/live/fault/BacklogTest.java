package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BacklogTest {
    @Test
    void aTransactionsBacklogDoesNotFillTheNodesNorKeepTheOthersWaiting() throws Exception {
        assertThat(Backlog.run(100_000)).isPositive();
    }
}
