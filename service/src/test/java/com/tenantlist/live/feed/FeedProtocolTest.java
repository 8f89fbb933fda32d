package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.bus.MessageKind;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.kpi.KpiMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader tells the others; what they make of it is the {@link SupplyWatchTest}'s. */
class FeedProtocolTest {
    private final List<LeaderSign> said = new ArrayList<>();
    private final FeedProtocol protocol = new FeedProtocol(
            1_000,
            3_000,
            () -> 0,
            (kind, body) -> {
                assertThat(kind).isEqualTo(MessageKind.LEADER);
                said.add(FeedMessages.leader(body.get()));
            },
            new KpiMemory(new KpiConfiguration()),
            () -> "e1");

    @Test
    void whoLosesTheSlotSaysSoAtOnceAndOnce() {
        protocol.become(FeedState.CONNECTING);
        assertThat(said).isEmpty();
        protocol.lead(10, "e1");
        assertThat(said).extracting(LeaderSign::leaves).containsExactly(false);
        protocol.become(FeedState.CONNECTING);
        assertThat(said).extracting(LeaderSign::leaves).containsExactly(false, true);
        assertThat(said).extracting(LeaderSign::term).containsOnly(10L);
        protocol.become(FeedState.STANDBY);
        assertThat(said).hasSize(2);
    }
}
