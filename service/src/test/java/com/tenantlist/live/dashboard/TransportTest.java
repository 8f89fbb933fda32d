package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawPolling;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events on long polling, and across the change from one transport to the other. */
class TransportTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static final Pattern EVENT = Pattern.compile("\"metrics:updated\",\\{.*?\"revision\":(\\d+),");

    /** Clients that upgrade, a tenant at a time: a tenant may have 20 sockets. */
    private static final int TENANTS = 10;

    private static final int UPGRADES_PER_TENANT = 20;

    @Test
    void aPollAfterABurstHasAllOfIt() throws Exception {
        UUID user = UUID.randomUUID();
        UUID business = service.createBusiness(user, "Burst");
        try (RawPolling polling = new RawPolling(service.sockets().getPort())) {
            polling.post("40/dashboard,{\"token\":\"" + LiveService.token(user) + "\"}");
            assertThat(polling.get()).contains("40/dashboard,");
            long start = service.revision(user);
            try (CheckedDashboard other = new CheckedDashboard(service.sockets(), user, "websocket")) {
                other.awaitState();
                service.addViewsOneByOne(business, 120);
                other.await(start + 120, 120);
            }
            List<Long> revisions = new ArrayList<>();
            while (revisions.size() < 120) {
                EVENT.matcher(polling.get()).results().forEach(event -> revisions.add(Long.parseLong(event.group(1))));
            }
            assertThat(revisions)
                    .isEqualTo(LongStream.rangeClosed(start + 1, start + 120)
                            .boxed()
                            .toList());
        }
    }

    @Test
    void twoHundredUpgradesInTheMiddleOfAStreamLoseNothing() throws Exception {
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            UUID user = UUID.randomUUID();
            UUID business = service.createBusiness(user, "Streams");
            AtomicBoolean enough = new AtomicBoolean();
            Thread stream = new Thread(() -> {
                try {
                    while (!enough.get()) {
                        service.addViewsOneByOne(business, 50);
                    }
                } catch (java.sql.SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            long before = service.metrics().getMeters().get("socket.upgrades").getCount();
            List<CheckedDashboard> dashboards = new ArrayList<>();
            stream.start();
            try {
                for (int i = 0; i < UPGRADES_PER_TENANT; i++) {
                    dashboards.add(new CheckedDashboard(service.sockets(), user, "polling", "websocket"));
                }
                for (CheckedDashboard dashboard : dashboards) {
                    dashboard.awaitState();
                }
                org.awaitility.Awaitility.await()
                        .until(() -> service.metrics()
                                        .getMeters()
                                        .get("socket.upgrades")
                                        .getCount()
                                >= before + UPGRADES_PER_TENANT);
                enough.set(true);
                stream.join();
                long revision = service.revision(user);
                for (CheckedDashboard dashboard : dashboards) {
                    dashboard.await(revision, revision - 1);
                    assertThat(dashboard.faults()).isEmpty();
                    assertThat(dashboard.connects()).isEqualTo(1);
                }
            } finally {
                enough.set(true);
                dashboards.forEach(CheckedDashboard::close);
            }
        }
    }
}
