package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.LiveService;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the leader relays together. The sweep is off, which would bring it too. */
class FeedTest {
    @Test
    void aTransactionIsRelayedWholeThoughItsMessagesComeOneByOne() throws Exception {
        try (LiveService service = LiveService.onSharedParts()
                .with("feed.restWhileUnwatched", "0ms")
                .with("delivery.sweepWhileFed", "1h")
                .with("delivery.sweepWhileUnfed", "1h")
                .start()) {
            service.awaitFeed();
            UUID user = UUID.randomUUID();
            for (int transactions = 1; transactions <= 20; transactions++) {
                service.sql("INSERT INTO businesses (user_id, name, status) SELECT '" + user
                        + "', 'B', 'active' FROM generate_series(1, 50)");
                long events = 50L * transactions;
                await().until(() -> count(service, "feed.events") == events);
            }
            assertThat(count(service, "feed.batches")).isEqualTo(20);
        }
    }

    private static long count(LiveService service, String meter) {
        return service.metrics().getMeters().get(meter).getCount();
    }
}
