package com.tenantlist.live.business;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Someone holds a lock on one tenant's rows, and REST writes wait for it. */
class LockedTenantTest {
    private static final int WRITES = 40;

    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts().with("postgres.lockTimeout", "1500ms");

    private final UUID locked = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();

    private static Connection lock(UUID business) throws Exception {
        Connection holder = service.connect();
        holder.setAutoCommit(false);
        holder.createStatement().execute("SELECT 1 FROM businesses WHERE id = '" + business + "' FOR UPDATE");
        return holder;
    }

    private static int waitingForLocks() throws Exception {
        return Integer.parseInt(
                service.queried("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND wait_event_type = 'Lock'"));
    }

    @Test
    void aWriteGivesUpAfterTheLockTimeout() throws Exception {
        UUID business = service.createBusiness(locked, "Locked");
        try (Connection holder = lock(business)) {
            long start = System.nanoTime();
            Rest.Answer answer =
                    new Rest(service.api(), locked).call("PUT", "/api/businesses/" + business, "{\"name\":\"New\"}");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.errorCode()).isEqualTo("SERVER_BUSY");
            assertThat(answer.text()).as("not after the query timeout").contains("others are changing the same rows");
            assertThat(answer.response().headers().firstValue("Retry-After")).contains("1");
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isGreaterThanOrEqualTo(1_400L);
            holder.rollback();
        }
        assertThat(new Rest(service.api(), locked)
                        .call("PUT", "/api/businesses/" + business, "{\"name\":\"New\"}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void nobodyElsesDashboardWaits() throws Exception {
        UUID business = service.createBusiness(locked, "Locked");
        UUID othersBusiness = service.createBusiness(other, "Free");
        ExecutorService callers = Executors.newFixedThreadPool(WRITES);
        try (Connection holder = lock(business)) {
            List<Future<Rest.Answer>> writes = new ArrayList<>();
            for (int i = 0; i < WRITES; i++) {
                String body = "{\"name\":\"Name " + i + "\"}";
                writes.add(callers.submit(
                        () -> new Rest(service.api(), locked).call("PUT", "/api/businesses/" + business, body)));
            }
            await().until(() -> waitingForLocks() >= 8);
            long start = System.nanoTime();
            Rest rest = new Rest(service.api(), other);
            Rest admin = new Rest(service.api(), UUID.randomUUID(), Role.ADMIN);
            try (RawSocket socket = RawSocket.dashboard(service.sockets(), other)) {
                socket.send("42/dashboard,1[\"request:current-state\",{}]");
                socket.await(frame -> frame.startsWith("43/dashboard,1"));
                assertThat(rest.get("/api/dashboard/tenant").status()).isEqualTo(200);
                assertThat(rest.get("/api/dashboard/tenant/kpis").status()).isEqualTo(200);
                assertThat(rest.get("/api/dashboard/tenant/events?after=0").status())
                        .isEqualTo(200);
                service.addViews(othersBusiness, 3);
                socket.awaitEvent("metrics:updated");
                assertThat(admin.post("/api/tokens/revocations", "{\"userId\":\"" + other + "\"}")
                                .status())
                        .isLessThan(300);
                socket.awaitClosed();
            }
            assertThat(waitingForLocks()).as("writes still wait").isPositive();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            for (Future<Rest.Answer> write : writes) {
                assertThat(write.get().status()).isEqualTo(503);
                assertThat(write.get().errorCode()).isEqualTo("SERVER_BUSY");
            }
            holder.rollback();
        } finally {
            callers.shutdownNow();
        }
    }
}
