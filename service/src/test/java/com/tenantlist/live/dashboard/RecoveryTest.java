package com.tenantlist.live.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.postgres.Epoch;
import com.tenantlist.live.testing.JsClient;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Socket.IO's connection state recovery, as the official client speaks it. */
class RecoveryTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static final Pattern PID = Pattern.compile("\"sid\":\"([^\"]+)\",\"pid\":\"([^\"]+)\"");

    private final UUID user = UUID.randomUUID();
    private UUID business;

    /** What the answer to CONNECT says. */
    private record Ids(String sid, String pid) {}

    @BeforeEach
    void aBusiness() throws Exception {
        business = service.createBusiness(user, "Recovered");
    }

    private Ids connect(RawSocket socket, UUID as, String pid, String offset) throws Exception {
        socket.send("40/dashboard,{\"token\":\"" + LiveService.token(as) + "\""
                + (pid == null ? "" : ",\"pid\":\"" + pid + "\"")
                + (offset == null ? "" : ",\"offset\":" + offset) + "}");
        Matcher answer = PID.matcher(socket.await(frame -> frame.startsWith("40/dashboard,")));
        assertThat(answer.find()).isTrue();
        return new Ids(answer.group(1), answer.group(2));
    }

    /** A pid of a session that started at the present revision. */
    private Ids earlier() throws Exception {
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            return connect(socket, user, null, null);
        }
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource({"websocket, default", "polling, default", "'polling,websocket', default", "websocket, msgpack"})
    void theOfficialClientRecoversTenTimesInARow(String transports, String parser) throws Exception {
        try (JsClient client = JsClient.dashboard(service, LiveService.token(user), parser, transports.split(","))) {
            JsonNode first = client.await("connect");
            assertThat(first.path("recovered").asBoolean()).isFalse();
            if (transports.contains(",") && first.path("transport").asText().equals("polling")) {
                client.await("upgrade");
            }
            long start = service.revision(user);
            for (int round = 1; round <= 10; round++) {
                // The first time without an event since the session began.
                client.cut();
                client.await("disconnect");
                service.addViewsOneByOne(business, 7);
                JsonNode again = client.await("connect");
                assertThat(again.path("recovered").asBoolean())
                        .as("round " + round)
                        .isTrue();
                assertThat(again.path("id")).isEqualTo(first.path("id"));
                long views = 7L * round;
                client.await(line -> line.path("name").asText().equals("kpi:update")
                        && line.path("args")
                                        .path(0)
                                        .path("kpis")
                                        .path("landlordViews")
                                        .asLong()
                                == views);
            }
            assertThat(client.revisions()).isEqualTo(range(start + 1, start + 70));
        }
    }

    @Test
    void aSessionThatAsksForWhatItRecoversGetsNothingTwice() throws Exception {
        Ids before = earlier();
        long start = service.revision(user);
        service.addViewsOneByOne(business, 5);
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            assertThat(connect(socket, user, before.pid(), null)).isEqualTo(before);
            socket.send("42/dashboard,1[\"request:current-state\",{\"after\":" + start + "}]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,1")))
                    .contains("\"recovered\":true", "\"landlordViews\":5");
            assertThat(socket.seen().stream().filter(frame -> frame.contains("metrics:updated")))
                    .hasSize(5);
        }
    }

    @Test
    void anHourIsNotTooLongAndTheOffsetCountsNotTheStart() throws Exception {
        Ids before = earlier();
        long start = service.revision(user);
        service.addViewsOneByOne(business, 6);
        service.sql("UPDATE live.dashboard_event SET created_at = created_at - interval '1 hour' WHERE user_id = '"
                + user + "'");
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            Ids after = connect(socket, user, before.pid(), "\"" + (start + 4) + "\"");
            assertThat(after).isEqualTo(before);
            socket.awaitEvent("kpi:update");
            assertThat(socket.seen().stream().filter(frame -> frame.contains("metrics:updated")))
                    .hasSize(2)
                    .last()
                    .asString()
                    .endsWith(",\"" + (start + 6) + "\"]");
        }
    }

    /** Its connection may have broken after the last event and before the KPIs that follow. */
    @Test
    void aClientThatMissedNoEventHearsItsKpis() throws Exception {
        Ids before = earlier();
        service.addViewsOneByOne(business, 3);
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            assertThat(connect(socket, user, before.pid(), "\"" + service.revision(user) + "\""))
                    .isEqualTo(before);
            assertThat(socket.awaitEvent("kpi:update")).contains("\"landlordViews\":3");
            assertThat(socket.seen()).noneMatch(frame -> frame.contains("metrics:updated"));
        }
    }

    @Test
    void whatIsPrunedIsNotCalledRecovered() throws Exception {
        Ids before = earlier();
        service.addViewsOneByOne(business, 6);
        service.sql("DELETE FROM live.dashboard_event WHERE user_id = '" + user + "' AND revision < "
                + (service.revision(user) - 2));
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            Ids after = connect(socket, user, before.pid(), null);
            assertThat(after.pid()).isNotEqualTo(before.pid());
            assertThat(after.sid()).isNotEqualTo(before.sid());
            // The client still holds its old offset: this replaces it.
            assertThat(socket.awaitEvent("kpi:update"))
                    .contains("\"landlordViews\":6")
                    .endsWith(",\"" + service.revision(user) + "\"]");
        }
    }

    @Test
    void anotherHistoryIsNotRecovered() throws Exception {
        Ids before = earlier();
        service.sql("UPDATE live.epoch SET value = gen_random_uuid()");
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            assertThat(connect(socket, user, before.pid(), null).pid()).isNotEqualTo(before.pid());
        }
    }

    @Test
    void aPidSaysTheTenantsEpochAndNotTheDatabases() throws Exception {
        String pid = new String(Base64.getUrlDecoder().decode(earlier().pid()), StandardCharsets.ISO_8859_1);
        assertThat(pid)
                .contains(new Rest(service.api(), user)
                        .get("/api/dashboard/tenant")
                        .data()
                        .path("epoch")
                        .asText())
                .doesNotContain(Epoch.of(service.queried(Epoch.SQL)));
    }

    @Test
    void anothersPidIsWorthNothing() throws Exception {
        Ids others = earlier();
        service.addViews(business, 99);
        UUID thief = UUID.randomUUID();
        UUID own = service.createBusiness(thief, "Own");
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            Ids after = connect(socket, thief, others.pid(), "\"0\"");
            assertThat(after.pid()).isNotEqualTo(others.pid());
            service.addViews(own, 1);
            socket.awaitEvent("metrics:updated");
            assertThat(socket.seen()).noneMatch(frame -> frame.contains(business.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"-1\"", "\"x\"", "7", "[]", "\"99999999999999999999\"", "\"9999\"", "\"\"", "true"})
    void anOffsetThatIsNoneOfOursIsNotRecovered(String offset) throws Exception {
        Ids before = earlier();
        try (RawSocket socket = RawSocket.open(service.sockets())) {
            assertThat(connect(socket, user, before.pid(), offset).pid()).isNotEqualTo(before.pid());
        }
    }

    @Test
    void aPidCannotBeMadeUp() throws Exception {
        String pid = earlier().pid();
        for (int i = 0; i < pid.length() - 1; i++) {
            String forged = pid.substring(0, i) + (pid.charAt(i) == 'A' ? 'B' : 'A') + pid.substring(i + 1);
            try (RawSocket socket = RawSocket.open(service.sockets())) {
                assertThat(connect(socket, user, forged, null).pid())
                        .as("changed at " + i)
                        .isNotEqualTo(forged);
            }
        }
        for (String nonsense : List.of("x", "", "====", "A".repeat(5000))) {
            try (RawSocket socket = RawSocket.open(service.sockets())) {
                assertThat(connect(socket, user, nonsense, null).pid()).isNotEqualTo(nonsense);
            }
        }
    }

    /** As after the death of the node that served it: the second service knows nothing of the first. */
    @Test
    void anotherNodeRecovers() throws Exception {
        Ids before = earlier();
        service.addViewsOneByOne(business, 3);
        try (LiveService other = LiveService.onSharedParts().sharing(service).start();
                RawSocket socket = RawSocket.open(other.sockets())) {
            assertThat(connect(socket, user, before.pid(), null)).isEqualTo(before);
            socket.awaitEvent("kpi:update");
            assertThat(socket.seen().stream().filter(frame -> frame.contains("metrics:updated")))
                    .hasSize(3);
        }
    }
}
