package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.EmbeddedDatabase;
import com.tenantlist.live.testing.Footprint;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.RawPolling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that do not read while much happens: they cost nothing, and miss nothing. */
class SlowReaderTest {
    private static final int CHANGES = 100_000;

    /** Businesses of the tenant: one statement changes each of them. */
    private static final int BATCH = 1000;

    private static final Pattern EVENT = Pattern.compile(
            "42/dashboard,\\[\"(metrics:updated|reconnected)\",(\\{.*?\"revision\":(\\d+),\"timestamp\":\"[^\"]+\"})");

    private final UUID user = UUID.randomUUID();
    /** Its own: what so many changes leave behind would slow others down. */
    private EmbeddedDatabase database;

    private LiveService service;

    @BeforeEach
    void start() {
        database = EmbeddedDatabase.startTemporary();
    }

    @AfterEach
    void stop() {
        service.close();
        database.close();
    }

    /** One client's transport, reading when it is told to. */
    private interface Reader extends AutoCloseable {
        /** What comes next, one or more packets; answers pings. */
        String read() throws IOException;

        @Override
        void close() throws IOException;
    }

    private Reader webSocket() throws IOException {
        RawHttp http = RawHttp.webSocket(service.sockets().getPort(), "/socket.io/");
        http.headers();
        http.readFrame();
        http.sendText(connect());
        http.readFrame();
        return new Reader() {
            @Override
            public String read() throws IOException {
                String packet = http.readFrame().text();
                if (packet.equals("2")) {
                    http.sendText("3");
                }
                return packet;
            }

            @Override
            public void close() throws IOException {
                http.close();
            }
        };
    }

    private Reader polling() throws IOException {
        RawPolling polling = new RawPolling(service.sockets().getPort());
        polling.post(connect());
        return new Reader() {
            @Override
            public String read() throws IOException {
                String response = polling.get();
                assertThat(response).startsWith("HTTP/1.1 200");
                String body = response.substring(response.indexOf("\r\n\r\n") + 4);
                if (List.of(body.split("\u001e")).contains("2")) {
                    polling.post("3");
                }
                return body;
            }

            @Override
            public void close() throws IOException {
                polling.close();
            }
        };
    }

    private String connect() {
        return "40/dashboard,{\"token\":\"" + LiveService.token(user) + "\"}";
    }

    /**
     * A hundred thousand changes; those who read get them. {@code kept} is what the journal keeps: more than that, or less.
     */
    @ParameterizedTest
    @CsvSource({"websocket, 200000", "polling, 200000", "websocket, 10000", "polling, 10000"})
    void whoStopsReadingCostsNoMemoryAndThenHasEverything(String transport, int kept) throws Exception {
        service = LiveService.on(database, Parts.redis().url())
                .with("journal.maxEvents", String.valueOf(kept))
                .with("journal.pruneInterval", "1s")
                // A client that does not read does not answer pings either; here it is the reading that matters.
                .with("sockets.pingTimeout", "300s")
                .start();
        service.sql("""
                WITH made AS (INSERT INTO businesses (id, user_id, name, status)
                              SELECT gen_random_uuid(), '%s', 'b' || n, 'active' FROM generate_series(1, %d) n RETURNING id)
                INSERT INTO business_metrics (business_id, metric_date) SELECT id, current_date FROM made""".formatted(user, BATCH));
        try (Reader reader = transport.equals("websocket") ? webSocket() : polling();
                CheckedDashboard other = new CheckedDashboard(service.sockets(), user, "websocket")) {
            other.awaitState();
            change(5);
            other.await(service.revision(user), 5L * BATCH);
            Footprint before = Footprint.now();
            change(CHANGES / BATCH - 5);
            other.await(service.revision(user), CHANGES);
            assertThat(other.faults()).isEmpty();
            before.assertBackAt(Footprint::now, 24 << 20);
            catchesUp(reader, kept < CHANGES);
        }
    }

    private void change(int times) throws Exception {
        for (int i = 0; i < times; i++) {
            service.sql("UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id IN"
                    + " (SELECT id FROM businesses WHERE user_id = '" + user + "')");
        }
    }

    private void catchesUp(Reader reader, boolean pruned) throws Exception {
        long target = service.revision(user);
        List<Long> revisions = new ArrayList<>();
        int jumps = 0;
        long last = -1;
        while (last < target) {
            Matcher events = EVENT.matcher(reader.read());
            while (events.find()) {
                long revision = Long.parseLong(events.group(3));
                if (events.group(1).equals("reconnected")) {
                    assertThat(events.group(2)).contains("\"recovered\":false", "\"businesses\":[");
                    jumps++;
                } else {
                    assertThat(revision).isEqualTo(last < 0 ? revision : last + 1);
                    revisions.add(revision);
                }
                last = revision;
            }
        }
        assertThat(last).isEqualTo(target);
        assertThat(revisions).doesNotHaveDuplicates();
        if (pruned) {
            assertThat(jumps).isPositive();
        } else {
            assertThat(jumps).isZero();
            assertThat(revisions).hasSize(CHANGES);
        }
    }
}
