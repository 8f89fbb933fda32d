package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.CollectionSizes;
import com.tenantlist.live.testing.Footprint;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.RawPolling;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Thousands of clients come and go in every way there is: nothing of them stays. */
class LeakTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts().with("sockets.connectTimeout", "10s");

    private static final int CYCLES = 10_000;
    private static final int THREADS = 4;
    private static final long SLACK = 16 << 20;

    private interface Cycle {
        void run(int number) throws Exception;
    }

    private static int port() {
        return service.sockets().getPort();
    }

    private static void repeat(int times, Cycle cycle) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Void>> parts = new ArrayList<>();
            for (int part = 0; part < THREADS; part++) {
                int from = part;
                parts.add(threads.submit((Callable<Void>) () -> {
                    for (int i = from; i < times; i += THREADS) {
                        cycle.run(i);
                    }
                    return null;
                }));
            }
            for (Future<Void> part : parts) {
                part.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Map<String, Integer> collections() {
        Map<String, Integer> sizes =
                CollectionSizes.reachableFrom(service.support().getApplication());
        // The cache of revisions is bounded by itself, and revocations are none of the sockets'.
        sizes.keySet().removeIf(path -> path.contains(".kpis.") || path.contains(".revocations."));
        return sizes;
    }

    /** What the process holds once everybody is gone. */
    private static Footprint settled(Map<String, Integer> empty) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreException(ConcurrentModificationException.class)
                .untilAsserted(() -> assertThat(collections()).isEqualTo(empty));
        return Footprint.now();
    }

    private static void leavesNothing(Cycle cycle) throws Exception {
        // Whatever is made once is made by these.
        repeat(500, cycle);
        await().untilAsserted(() -> assertThat(
                        service.metrics().getGauges().get("delivery.tenants").getValue())
                .isEqualTo(0));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(service.metrics()
                                        .getCounters()
                                        .get("socket.sessions.polling")
                                        .getCount()
                                + service.metrics()
                                        .getCounters()
                                        .get("socket.sessions.websocket")
                                        .getCount())
                        .isZero());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> service.metrics()
                        .getGauges()
                        .get("presence.users")
                        .getValue()
                        .equals(0));
        Map<String, Integer> empty = await().ignoreException(ConcurrentModificationException.class)
                .until(LeakTest::collections, sizes -> true);
        assertThat(empty.keySet()).as("not counted before").noneMatch(path -> path.contains("sessions"));
        Footprint before = settled(empty);
        repeat(CYCLES, cycle);
        before.assertBackAt(() -> settled(empty), SLACK);
    }

    @Test
    void tenThousandClientsComeAndGo() throws Exception {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tokens.add(LiveService.token(UUID.randomUUID()));
        }
        leavesNothing(number -> {
            String connect = "40/dashboard,{\"token\":\"" + tokens.get(number % tokens.size()) + "\"}";
            if (number % 5 == 4) {
                polling(connect);
                return;
            }
            try (RawHttp http = RawHttp.webSocket(port(), "/socket.io/")) {
                http.headers();
                http.readFrame();
                http.sendText(connect);
                assertThat(http.readFrame().text()).startsWith("40/dashboard,");
                switch (number % 5) {
                    case 0 -> http.sendText("1");
                    case 1 -> {
                        http.sendText("41/dashboard,");
                        http.sendText("1");
                    }
                    case 2 -> {
                        http.sendFrame(0x88, new byte[] {3, (byte) 0xe8});
                        http.awaitClose();
                    }
                    default -> {} // The connection just goes away.
                }
            }
        });
    }

    private static void polling(String connect) throws IOException {
        try (RawPolling polling = new RawPolling(port())) {
            assertThat(polling.post(connect)).endsWith("ok");
            assertThat(polling.get()).contains("40/dashboard,");
            polling.post("1");
        }
    }

    @Test
    void tenThousandAreRefused() throws Exception {
        UUID user = UUID.randomUUID();
        List<String> first = List.of(
                "40/dashboard,",
                "40/dashboard,{\"token\":\"x\"}",
                "40/dashboard,{\"token\":\"" + LiveService.token(user, Role.TENANT, Duration.ofHours(-1)) + "\"}",
                "40/dashboard,{\"token\":\"" + LiveService.token(user, Role.LANDLORD, Duration.ofHours(1)) + "\"}",
                "40/other,",
                "42/dashboard,[\"request:current-state\"]",
                "nonsense",
                "451-[\"x\",{\"_placeholder\":true,\"num\":0}]",
                "",
                "40/dashboard,{\"token\":\"" + LiveService.token(user) + "\"}");
        List<String> requests = List.of(
                "GET /socket.io/?EIO=3&transport=polling",
                "GET /elsewhere/?EIO=4&transport=polling",
                "GET /socket.io/?EIO=4&transport=polling&sid=nobody",
                "POST /socket.io/?EIO=4&transport=polling",
                "GET /socket.io/?EIO=4&transport=websocket&sid=nobody",
                "DELETE /socket.io/?EIO=4&transport=polling");
        leavesNothing(number -> {
            if (number % 2 == 0) {
                try (RawHttp http = new RawHttp(port())) {
                    http.send(requests.get(number / 2 % requests.size()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
                    assertThat(http.response()).containsPattern("HTTP/1.1 40[0-9]");
                }
                return;
            }
            try (RawHttp http = RawHttp.webSocket(port(), "/socket.io/")) {
                http.headers();
                http.readFrame();
                // The last one goes before it is let in.
                String packet = first.get(number / 2 % first.size());
                http.sendText(packet);
                if (packet.startsWith("40/dashboard,") && !packet.equals(first.get(first.size() - 1))) {
                    assertThat(http.readFrame().text()).startsWith("44/dashboard,");
                }
            } catch (EOFException e) {
                // Closed before it said why.
            }
        });
    }
}
