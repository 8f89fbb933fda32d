package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FeedMessagesTest {
    private static final UUID A = UUID.randomUUID();
    private static final UUID B = UUID.randomUUID();

    private static CommittedEvent event(
            int transaction, UUID user, long revision, EventType type, String payload, String time) {
        return new CommittedEvent(
                new JournalEvent(
                        user,
                        revision,
                        type,
                        payload,
                        new KpiSums(1, Long.MAX_VALUE, -3, revision),
                        Instant.parse(time)),
                transaction);
    }

    private final FeedMessages.Events events = new FeedMessages.Events(
            UUID.randomUUID().toString(),
            List.of(
                    event(
                            -1,
                            A,
                            1,
                            EventType.BUSINESS_CREATED,
                            "{\"a\": \"Zoë's „Büro“ 🏢\"}",
                            "2026-11-24T06:20:00.123456Z"),
                    event(-1, A, 2, EventType.METRICS_UPDATED, "{}", "1969-12-31T23:59:59.999999Z"),
                    event(
                            Integer.MIN_VALUE,
                            B,
                            Long.MAX_VALUE,
                            EventType.KPI_UPDATE,
                            "{\"a\": \"" + "x".repeat(70_000) + "\"}",
                            "2026-11-24T06:20:00Z"),
                    event(7, A, 3, EventType.BUSINESS_DELETED, "{}", "2026-11-24T06:20:00Z")));

    @Test
    void eventsAreReadAsTheyWereWritten() {
        assertThat(FeedMessages.events(FeedMessages.encode(events))).isEqualTo(events);
    }

    @Test
    void aLeadersSignIsReadAsItWasWritten() {
        LeaderSign sign = new LeaderSign("epoch", 0x1_2345_6789L, "generation", true);
        assertThat(FeedMessages.leader(FeedMessages.encode(sign))).isEqualTo(sign);
    }

    @Test
    void anEventIsSmall() {
        FeedMessages.Events many = new FeedMessages.Events(
                "",
                java.util.stream.LongStream.range(0, 100)
                        .mapToObj(revision -> new CommittedEvent(
                                new JournalEvent(
                                        A,
                                        1_000_000 + revision,
                                        EventType.METRICS_UPDATED,
                                        "{}",
                                        new KpiSums(20, 100_000, 5_000, 7_000),
                                        Instant.now()),
                                1_000_000_000 + (int) revision))
                        .toList());
        assertThat(FeedMessages.encode(many).length).isLessThan(100 * 50);
    }

    @Test
    void whatIsCutOffOrOfAnotherVersionIsRefused() {
        byte[] good = FeedMessages.encode(events);
        for (int length = 0; length < 200; length++) {
            byte[] bad = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> FeedMessages.events(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        good[0] = 2;
        assertThatThrownBy(() -> FeedMessages.events(good)).hasMessageContaining("another version");
    }
}
