package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.LiveService;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the leader relays together. The sweep is off, which would bring it too. */
class FeedTest {
    /** Between two events of one transaction the server reads past some hundred thousand rows that are none of ours. */
    @Test
    void aTransactionIsRelayedWholeThoughTheServerPausesWithinIt() throws Exception {
        try (LiveService service = LiveService.onSharedParts()
                .with("feed.restWhileUnwatched", "0ms")
                .with("delivery.sweepWhileFed", "1h")
                .with("delivery.sweepWhileUnfed", "1h")
                .start()) {
            service.awaitFeed();
            String event = "INSERT INTO live.dashboard_event (user_id, revision, type, sums) VALUES ('"
                    + UUID.randomUUID() + "', %d, 'state:reset', '{0,0,0,0}');";
            service.sql("CREATE TABLE elsewhere (n int)");
            service.sql("BEGIN;" + event.formatted(1) + "INSERT INTO elsewhere SELECT generate_series(1, 300000);"
                    + event.formatted(2) + "COMMIT");
            await().until(() -> count(service, "feed.events") == 2);
            assertThat(count(service, "feed.batches")).isEqualTo(1);
        }
    }

    private static long count(LiveService service, String meter) {
        return service.metrics().getMeters().get(meter).getCount();
    }
}
