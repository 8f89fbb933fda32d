package com.tenantlist.live.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.protocol.EventType;
import com.tenantlist.live.testing.Parts;
import io.dropwizard.util.Duration;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.replication.PGReplicationStream;

/** Decodes what a real server's pgoutput writes. */
class PgOutputDecoderTest {
    private static final String USER = "00000000-0000-4000-8000-000000000001";

    @Test
    void journalRowsComeInCommitOrderAndRolledBackOnesDoNot() throws Exception {
        String name = Parts.newName();
        PostgresConfiguration config = new PostgresConfiguration();
        config.url = Parts.migrated(Parts.database(), name);
        try (Connection replication = Postgres.of(config).connectForReplication(Duration.seconds(30));
                Connection connection = Parts.database().connect(name);
                Statement sql = connection.createStatement()) {
            PGReplicationStream stream = ReplicationSlot.make(
                            replication, new ReplicationAdvice.Place(name, null), Duration.seconds(30))
                    .read();
            sql.execute("INSERT INTO businesses (user_id, name, status) VALUES ('" + USER
                    + "', 'Zoë''s „Büro“ \\ 🏢', 'active')");
            sql.execute("BEGIN; UPDATE businesses SET name = 'never'; ROLLBACK");
            sql.execute("CREATE TABLE unrelated (id int)");
            // From here on the columns stand in another order.
            sql.execute(
                    "ALTER TABLE live.dashboard_event ADD COLUMN later text, DROP COLUMN name, ADD COLUMN name text");
            sql.execute("UPDATE businesses SET status = 'stealth_mode'");
            sql.execute("SELECT pg_logical_emit_message(true, 'somebody else', 'x')");
            sql.execute("SELECT pg_logical_emit_message(true, 'tenantlist_live', '42')");

            PgOutputDecoder decoder = new PgOutputDecoder();
            List<JournalEvent> events = new ArrayList<>();
            List<Integer> transactions = new ArrayList<>();
            String heartbeat = null;
            while (heartbeat == null) {
                PgOutputDecoder.Message message = decoder.decode(stream.read());
                if (message instanceof PgOutputDecoder.Begun begun) {
                    transactions.add(begun.transaction());
                } else if (message instanceof PgOutputDecoder.Inserted inserted) {
                    events.add(inserted.event());
                } else if (message instanceof PgOutputDecoder.Heartbeat beat) {
                    heartbeat = beat.content();
                }
            }
            assertThat(heartbeat).isEqualTo("42");
            try (var row = sql.executeQuery("SELECT DISTINCT xmin::text::bigint FROM businesses")) {
                row.next();
                assertThat(transactions).as("who changed the tenant's row last").contains((int) row.getLong(1));
            }
            assertThat(events).extracting(JournalEvent::revision).containsExactly(1L, 2L);
            assertThat(events)
                    .extracting(JournalEvent::type)
                    .containsExactly(EventType.BUSINESS_CREATED, EventType.BUSINESS_UPDATED);
            assertThat(events.get(0).userId()).hasToString(USER);
            assertThat(events.get(0).payload()).contains("Zoë's „Büro“ \\\\ 🏢");
            assertThat(events.get(1).payload()).contains("Zoë's „Büro“ \\\\ 🏢", "\"status\":\"stealth_mode\"");
            assertThat(events.get(0).sums()).isEqualTo(new KpiSums(1, 0, 0, 0));
            assertThat(events.get(1).sums()).isEqualTo(KpiSums.ZERO);
            assertThat(events.get(1).createdAt())
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        }
    }

    @Test
    void timestampsAreReadAsTheServerWritesThemInAnyZone() throws Exception {
        try (Connection connection = Parts.database().connect("postgres");
                Statement sql = connection.createStatement()) {
            for (String zone : List.of(
                    "UTC", "Europe/Amsterdam", "Asia/Kolkata", "Etc/GMT+12", "Pacific/Kiritimati", "Africa/Monrovia")) {
                sql.execute("SET timezone = '" + zone + "'");
                try (var rows = sql.executeQuery("""
                        SELECT t::text, (extract(epoch FROM t) * 1000000)::bigint FROM (
                            SELECT '1900-01-01 00:00:00+00'::timestamptz
                                   + (n * 7919 % 10) * interval '50 years' + n * interval '37 hours 13 minutes 7 seconds'
                                   + (n::bigint * 999983 % 1000000 / 10 ^ (n % 7))::bigint * interval '1 microsecond' AS t
                            FROM generate_series(1, 2000) n) times""")) {
                    int count = 0;
                    while (rows.next()) {
                        assertThat(PgOutputDecoder.timestamp(rows.getString(1)))
                                .as(rows.getString(1))
                                .isEqualTo(Instant.EPOCH.plus(rows.getLong(2), ChronoUnit.MICROS));
                        count++;
                    }
                    assertThat(count).isEqualTo(2000);
                }
            }
        }
    }

    @Test
    void timestampsOfEveryShapeAreRead() {
        assertThat(PgOutputDecoder.timestamp("2026-11-24 06:20:00.123456+00")).isEqualTo("2026-11-24T06:20:00.123456Z");
        assertThat(PgOutputDecoder.timestamp("2026-11-24 06:20:00+05:30")).isEqualTo("2026-11-24T00:50:00Z");
    }

    @Test
    void aTruncatedMessageIsAnError() {
        assertThatThrownBy(() -> new PgOutputDecoder().decode(ByteBuffer.wrap(new byte[] {'R', 0, 0})))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
