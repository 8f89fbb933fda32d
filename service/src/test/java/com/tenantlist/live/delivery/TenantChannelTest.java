package com.tenantlist.live.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.feed.CommittedEvent;
import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.kpi.KpiMemory;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import io.dropwizard.util.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the channel refuses: the simulation would not see it, because sessions and the sweep look again. */
class TenantChannelTest {
    private static final UUID USER = UUID.randomUUID();

    private final DeliveryConfiguration config = config();
    private final DeliveryThreads workers = new DeliveryThreads(config);
    private final TenantChannel<String> channel =
            new TenantChannel<>(USER, "e1", config, workers, new KpiMemory(new KpiConfiguration()));

    /** KPIs are due once, and not again while a test runs. */
    private static DeliveryConfiguration config() {
        DeliveryConfiguration config = new DeliveryConfiguration();
        config.kpiInterval = Duration.hours(1);
        return config;
    }

    @AfterEach
    void stop() throws InterruptedException {
        workers.stop();
    }

    private void publish(String epoch, long revision) {
        JournalEvent event = new JournalEvent(
                USER, revision, EventType.METRICS_UPDATED, "{}", new KpiSums(1, revision, 0, 0), Instant.EPOCH);
        channel.publish(
                new Recent<>(epoch, event, (name, payload, at) -> name),
                Newest.relayed(epoch, new CommittedEvent(event, 7)));
    }

    @Test
    void aRepeatedEventDoesNotTurnItBack() {
        publish("e1", 1);
        publish("e1", 2);
        publish("e1", 1);
        assertThat(channel.newest()).isEqualTo(2);
        assertThat(channel.kpiDue())
                .as("of the first; the next are due after an interval")
                .isEqualTo(1);
    }

    @Test
    void whatIsRelayedStandsAtItsPlaceAndNothingElseDoes() {
        publish("e1", 1);
        publish("e1", 2);
        assertThat(channel.find(1)).extracting(Recent::revision).isEqualTo(1L);
        assertThat(channel.find(2)).extracting(Recent::revision).isEqualTo(2L);
        assertThat(channel.find(3)).isNull();
        assertThat(channel.find(1 + config.recentEvents)).isNull();
        publish("e1", 1 + config.recentEvents);
        assertThat(channel.find(1)).as("it had to go").isNull();
    }

    @Test
    void anEventOfAnotherHistoryIsDropped() {
        publish("e1", 1);
        publish("e2", 2);
        assertThat(channel.newest()).isEqualTo(1);
        channel.restart("e2");
        publish("e1", 2);
        assertThat(channel.end()).as("nothing of this history is known").isEmpty();
        publish("e2", 1);
        assertThat(channel.newest()).isEqualTo(1);
        assertThat(channel.end()).as("no query has shown it").isEmpty();
        channel.advance(new Position("e2", 1));
        assertThat(channel.end()).contains(new Position("e2", 1));
    }
}
