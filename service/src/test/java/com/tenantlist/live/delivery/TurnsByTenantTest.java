package com.tenantlist.live.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TurnsByTenantTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    private final TurnsByTenant turns = new TurnsByTenant(6, 4);
    private final List<String> done = new ArrayList<>();

    private boolean offer(UUID tenant, String task) {
        return turns.offer(tenant, () -> done.add(task));
    }

    private List<String> doAll() {
        for (Runnable next = turns.poll(); next != null; next = turns.poll()) {
            next.run();
        }
        return done;
    }

    @Test
    void aBurstOfOneDoesNotHoldUpTheOthers() {
        for (String task : List.of("a1", "a2", "a3", "a4")) {
            offer(A, task);
        }
        offer(B, "b1");
        offer(C, "c1");
        assertThat(doAll()).containsExactly("a1", "b1", "c1", "a2", "a3", "a4");
    }

    @Test
    void oneTenantAndAllHaveABound() {
        for (int i = 0; i < 4; i++) {
            assertThat(offer(A, "a")).isTrue();
        }
        assertThat(offer(A, "a")).as("the fifth of one").isFalse();
        assertThat(offer(B, "b")).isTrue();
        assertThat(offer(C, "c")).isTrue();
        assertThat(offer(C, "c")).as("the seventh of all").isFalse();
        assertThat(doAll()).hasSize(6);
        assertThat(offer(A, "a")).isTrue();
    }
}
