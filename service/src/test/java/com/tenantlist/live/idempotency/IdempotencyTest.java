package com.tenantlist.live.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdempotencyTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            .with("postgres.lockTimeout", "4s")
            .with("idempotency.maxAge", "1h")
            .with("journal.pruneInterval", "100ms");

    private final UUID user = UUID.randomUUID();
    private final Rest rest = new Rest(service.api(), user);
    private final String key = UUID.randomUUID().toString();
    private UUID business;

    @BeforeEach
    void aBusiness() throws Exception {
        business = service.createBusiness(user, "Own");
    }

    private Rest.Answer call(String method, String path, String body) throws Exception {
        return rest.call(method, path.replace("OWN", business.toString()), body, KeyedRequest.HEADER, key);
    }

    private String kept() throws Exception {
        return service.queried("SELECT count(*) FROM live.idempotency WHERE user_id = '" + user + "'");
    }

    private static void assertSame(Rest.Answer again, Rest.Answer first) {
        assertThat(again.status()).isEqualTo(first.status());
        assertThat(again.text()).isEqualTo(first.text());
        for (String header : new String[] {"ETag", "Location", "Content-Type"}) {
            assertThat(again.response().headers().firstValue(header))
                    .isEqualTo(first.response().headers().firstValue(header));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /api/businesses | {\"name\":\"Zoë's 🏢\"} | 201",
                "PUT | /api/businesses/OWN | {\"name\":\"Changed\"} | 200",
                "DELETE | /api/businesses/OWN | | 200",
                "PUT | /api/businesses/OWN/metrics/2026-11-01 | {\"views_count\":5} | 200",
                "POST | /api/businesses/OWN/metrics/2026-11-01/increments | {\"views_count\":5} | 200",
            })
    void aWriteThatComesAgainIsAnsweredAgainAndNotDone(String method, String path, String body, int status)
            throws Exception {
        Rest.Answer first = call(method, path, body);
        assertThat(first.status()).isEqualTo(status);
        // What was done since makes no difference, nor that it is gone.
        service.sql("DELETE FROM businesses WHERE user_id = '" + user + "'");
        long revision = service.revision(user);
        assertSame(call(method, path, body), first);
        assertSame(call(method, path, body == null ? null : body.replace(":", " : ")), first);
        assertThat(service.revision(user)).isEqualTo(revision);
        assertThat(kept()).isEqualTo("1");
    }

    @Test
    void whoLostTheAnswerOfAWriteOfAVersionGetsItThoughTheVersionIsAnother() throws Exception {
        String path = "/api/businesses/" + business;
        String version = rest.get(path).response().headers().firstValue("ETag").orElseThrow();
        String body = "{\"name\":\"Changed\"}";
        Rest.Answer first = rest.call("PUT", path, body, KeyedRequest.HEADER, key, "If-Match", version);
        assertThat(first.status()).isEqualTo(200);
        assertSame(rest.call("PUT", path, body, KeyedRequest.HEADER, key, "If-Match", version), first);
        assertSame(rest.call("PUT", path, body, KeyedRequest.HEADER, key, "If-Match", "\"another\""), first);
    }

    @Test
    void aKeyIsForOneRequest() throws Exception {
        String body = "{\"views_count\":5}";
        String path = "/api/businesses/OWN/metrics/2026-11-01";
        call("PUT", path, body);
        long revision = service.revision(user);
        for (Rest.Answer another : List.of(
                call("POST", path + "/increments", body),
                call("PUT", path.replace("-01", "-02"), body),
                call("PUT", path, "{\"views_count\":6}"),
                call("DELETE", "/api/businesses/OWN", null))) {
            assertThat(another.status()).isEqualTo(422);
            assertThat(another.errorCode()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
            assertThat(another.text()).doesNotContain(key);
        }
        assertThat(service.revision(user)).isEqualTo(revision);
    }

    @Test
    void aKeyIsItsUsersOwn() throws Exception {
        Rest.Answer mine = call("POST", "/api/businesses", "{\"name\":\"Same\"}");
        UUID other = UUID.randomUUID();
        Rest.Answer others = new Rest(service.api(), other)
                .call("POST", "/api/businesses", "{\"name\":\"Same\"}", KeyedRequest.HEADER, key);
        assertThat(others.status()).isEqualTo(201);
        assertThat(others.data().path("business").path("user_id").asText()).isEqualTo(other.toString());
        assertThat(others.data().path("business").path("id"))
                .isNotEqualTo(mine.data().path("business").path("id"));
    }

    @Test
    void whatIsRefusedLeavesTheKeyFree() throws Exception {
        service.sql("UPDATE business_metrics SET metric_date = '2026-11-01', views_count = 2147483647 WHERE id = '"
                + business + "'");
        assertThat(call("PUT", "/api/businesses/" + UUID.randomUUID(), "{\"name\":\"a\"}")
                        .status())
                .isEqualTo(404);
        assertThat(rest.call(
                                "PUT",
                                "/api/businesses/" + business,
                                "{\"name\":\"a\"}",
                                KeyedRequest.HEADER,
                                key,
                                "If-Match",
                                "\"x\"")
                        .status())
                .isEqualTo(412);
        assertThat(call("POST", "/api/businesses/OWN/metrics/2026-11-01/increments", "{\"views_count\":1}")
                        .status())
                .isEqualTo(422);
        assertThat(call("POST", "/api/businesses", "{\"name\":7}").status()).isEqualTo(422);
        assertThat(kept()).isEqualTo("0");
        assertThat(call("POST", "/api/businesses", "{\"name\":\"a\"}").status()).isEqualTo(201);
    }

    // ---- at once

    @Test
    void theSecondOfTwoAtOnceWaitsForTheFirstAndGetsItsAnswer() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(2);
        try (Connection holder = service.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT 1 FROM businesses WHERE id = '" + business + "' FOR UPDATE");
            List<Future<Rest.Answer>> calls = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                calls.add(callers.submit(() ->
                        call("POST", "/api/businesses/OWN/metrics/2026-11-01/increments", "{\"views_count\":1}")));
            }
            awaitWaiting(2);
            holder.rollback();
            assertThat(calls.get(0).get().status()).isEqualTo(200);
            assertSame(calls.get(1).get(), calls.get(0).get());
            assertThat(calls.get(1)
                            .get()
                            .data()
                            .path("metrics")
                            .path("views_count")
                            .asInt())
                    .isEqualTo(1);
        } finally {
            callers.shutdownNow();
        }
        assertThat(service.queried(
                        "SELECT sum(views_count) FROM business_metrics WHERE business_id = '" + business + "'"))
                .isEqualTo("1");
    }

    @Test
    void anAnswerThatCannotBeHadInTimeMayBeAskedForAgain() throws Exception {
        try (Connection first = service.connect();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute(
                    "INSERT INTO live.idempotency (user_id, key, request) VALUES ('" + user + "', '" + key + "', '')");
            Rest.Answer answer = call("POST", "/api/businesses", "{\"name\":\"a\"}");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.errorCode()).isEqualTo("SERVER_BUSY");
            assertThat(answer.response().headers().firstValue("Retry-After")).contains("1");
            first.rollback();
        }
        assertThat(call("POST", "/api/businesses", "{\"name\":\"a\"}").status()).isEqualTo(201);
    }

    private static void awaitWaiting(int count) {
        await().until(() -> service.queried("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND wait_event_type = 'Lock'")
                .equals(String.valueOf(count)));
    }

    // ---- keys

    @ParameterizedTest
    @CsvSource({"' '", "'a b'", "'a\tb'", "'clé'"})
    void whatIsNoKeyIsRefused(String nonsense) throws Exception {
        refused("Idempotency-Key: " + nonsense + "\r\n");
    }

    @Test
    void neitherIsALongOneNorTwo() throws Exception {
        refused("Idempotency-Key: " + "k".repeat(256) + "\r\n");
        refused("Idempotency-Key: a\r\nIdempotency-Key: a\r\n");
        assertThat(rest.call("POST", "/api/businesses", "{\"name\":\"a\"}", KeyedRequest.HEADER, "~".repeat(255))
                        .status())
                .isEqualTo(201);
    }

    private void refused(String header) throws Exception {
        String body = "{\"name\":\"a\"}";
        String request =
                "POST /api/businesses HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        + "Authorization: Bearer " + LiveService.token(user) + "\r\nContent-Length: " + body.length()
                        + "\r\n" + header + "\r\n" + body;
        try (RawHttp http = new RawHttp(service.api().getPort())) {
            http.send(request);
            assertThat(new String(http.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("Idempotency-Key must be one of 1 to 255");
        }
        assertThat(service.queried("SELECT count(*) FROM businesses WHERE user_id = '" + user + "'"))
                .isEqualTo("1");
    }

    // ---- age

    @Test
    void aKeyThatIsOldCountsNoMoreThoughItStandsStill() throws Exception {
        String first = call("POST", "/api/businesses", "{\"name\":\"a\"}").text();
        try (Connection holder = service.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            // So that it is not deleted before it comes again.
            statement.execute("UPDATE live.idempotency SET created_at = now() - interval '61 minutes' WHERE user_id = '"
                    + user + "'");
            Future<Rest.Answer> again;
            ExecutorService caller = Executors.newSingleThreadExecutor();
            try {
                again = caller.submit(() -> call("POST", "/api/businesses", "{\"name\":\"b\"}"));
                awaitWaiting(1);
                holder.commit();
                assertThat(again.get().status()).isEqualTo(201);
                assertThat(again.get().text()).isNotEqualTo(first).contains("\"b\"");
            } finally {
                caller.shutdownNow();
            }
        }
        assertThat(call("POST", "/api/businesses", "{\"name\":\"b\"}").status()).isEqualTo(201);
    }

    @Test
    void oldAnswersAreDeletedHoweverManyTheyAreAndYoungOnesStay() throws Exception {
        call("POST", "/api/businesses", "{\"name\":\"a\"}");
        service.sql("INSERT INTO live.idempotency (user_id, key, request, created_at) SELECT '" + user
                + "', 'old' || n, '', now() - interval '2 hours' FROM generate_series(1, 2500) n");
        await().until(() -> kept().equals("1"));
        assertThat(call("POST", "/api/businesses", "{\"name\":\"a\"}").status()).isEqualTo(201);
        assertThat(service.queried("SELECT count(*) FROM businesses WHERE user_id = '" + user + "'"))
                .isEqualTo("2");
    }

    @Test
    void readsTakeNoNoticeOfIt() throws Exception {
        assertThat(Rest.send(HttpRequest.newBuilder(service.api().resolve("/api/businesses"))
                                .header("Authorization", "Bearer " + LiveService.token(user))
                                .header(KeyedRequest.HEADER, "a b")
                                .build())
                        .status())
                .isEqualTo(200);
    }
}
