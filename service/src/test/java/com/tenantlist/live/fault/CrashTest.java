package com.tenantlist.live.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** A server that crashes loses what was committed without waiting for the disk ({@code synchronous_commit = off}), though it may have been shown. */
class CrashTest {
    private static final String HISTORY = "SELECT live.history()";

    private final UUID user = UUID.randomUUID();
    private EmbeddedDatabase server;
    private LiveService service;

    @BeforeEach
    void start() throws Exception {
        server = EmbeddedDatabase.startTemporary(Map.of("wal_writer_delay", "10s"));
        service = LiveService.on(server, Parts.redis().url())
                .with("feed.enabled", "false")
                .start();
    }

    @AfterEach
    void stop() {
        service.close();
        server.close();
    }

    /** One of the server's processes is killed: Postgres ends all others, recovers, and goes on. */
    private void crash() throws SQLException {
        try (Connection victim = service.connect()) {
            int pid = victim.unwrap(PGConnection.class).getBackendPID();
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            await().until(() -> !victim.isValid(1));
        }
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> service.queried("SELECT 1").equals("1"));
    }

    private void awaitRemembered() {
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> service.queried("SELECT count(*) FROM live.crash_marker")
                        .equals("1"));
    }

    @Test
    void whatWasShownAndIsLostStaysOnNoDashboard() throws Exception {
        UUID business = service.createBusiness(user, "Café");
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket")) {
            dashboard.awaitState();
            long revision = service.revision(user) + 1;
            service.sql("SET synchronous_commit = off; UPDATE business_metrics SET views_count = 1000 WHERE id = '"
                    + business + "'");
            dashboard.await(revision, 1000);
            crash();
            service.addViews(business, 7);
            assertThat(service.revision(user))
                    .as("it comes again, for something else")
                    .isEqualTo(revision);
            await().atMost(Duration.ofSeconds(20)).until(() -> dashboard.fullStates() == 2);
            dashboard.await(revision, 7);
            assertThat(dashboard.faults()).isEmpty();
        }
    }

    /** As while the disk is full: what can be read is shown. */
    @Test
    void aCrashThatCannotBeRememberedStopsNoDashboard() throws Exception {
        UUID business = service.createBusiness(user, "Café");
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket")) {
            dashboard.awaitState();
            service.sql("ALTER FUNCTION live.remember_crash() RENAME TO away");
            crash();
            await().atMost(Duration.ofSeconds(20)).until(() -> dashboard.fullStates() == 2);
            service.addViews(business, 7);
            dashboard.await(service.revision(user), 7);
            assertThat(service.queried("SELECT count(*) FROM live.crash_marker"))
                    .isEqualTo("0");
            service.sql("ALTER FUNCTION live.away() RENAME TO remember_crash");
            awaitRemembered();
            assertThat(dashboard.fullStates()).isEqualTo(2);
            assertThat(dashboard.faults()).isEmpty();
        }
    }

    @Test
    void everyCrashBeginsAnotherHistoryOnceAndNothingElseDoes() throws Exception {
        service.createBusiness(user, "Café");
        String first = service.queried(HISTORY);
        crash();
        String second = service.queried(HISTORY);
        assertThat(second).isNotEqualTo(first);
        awaitRemembered();
        assertThat(service.queried(HISTORY)).as("remembering it is no other").isEqualTo(second);
        crash();
        assertThat(service.queried(HISTORY)).isNotIn(first, second);
        awaitRemembered();
        String third = service.queried(HISTORY);
        server.restart();
        assertThat(service.queried(HISTORY)).as("a server that was shut down").isEqualTo(third);
    }
}
