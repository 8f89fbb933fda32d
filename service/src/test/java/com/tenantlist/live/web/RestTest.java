package com.tenantlist.live.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawHttp;
import com.tenantlist.live.testing.Rest;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts().with("frontendUrl", "https://app.example.com");

    private final UUID user = UUID.randomUUID();
    private Rest rest;
    private UUID business;
    private UUID anothers;

    @BeforeEach
    void aBusinessOfTheirsAndOneOfAnother() throws Exception {
        rest = new Rest(service.api(), user);
        business = service.createBusiness(user, "Own");
        anothers = service.createBusiness(UUID.randomUUID(), "Another's");
    }

    @Test
    void businessesAreCreatedReadChangedAndDeleted() throws Exception {
        Rest.Answer created = rest.call(
                "POST", "/api/businesses", "{\"name\":\"Zoë's 🏢\",\"category\":\"F&B\",\"status\":\"active\"}");
        assertThat(created.status()).isEqualTo(201);
        String id = created.data().path("business").path("id").asText();
        assertThat(rest.get("/api/businesses/" + id)
                        .data()
                        .path("business")
                        .path("name")
                        .asText())
                .isEqualTo("Zoë's 🏢");

        Rest.Answer changed = rest.call("PUT", "/api/businesses/" + id, "{\"category\":null}");
        assertThat(changed.data().path("business").path("category").isNull()).isTrue();
        assertThat(changed.data().path("business").path("name").asText())
                .as("absent fields stay")
                .isEqualTo("Zoë's 🏢");

        assertThat(rest.get("/api/businesses?search=zoË&status=active&limit=1")
                        .data()
                        .path("total")
                        .asInt())
                .isEqualTo(1);
        assertThat(rest.get("/api/businesses?search=%25").data().path("total").asInt())
                .as("% is a character")
                .isZero();
        assertThat(rest.get("/api/businesses?offset=1").data().path("businesses"))
                .hasSize(1);
        assertThat(rest.call("DELETE", "/api/businesses/" + id, null).status()).isEqualTo(200);
        assertThat(rest.get("/api/businesses/" + id).errorCode()).isEqualTo("NOT_FOUND");
    }

    @Test
    void metricsAreSetAndAddedByDay() throws Exception {
        String day = "/api/businesses/" + business + "/metrics/2026-11-01";
        assertThat(rest.call("PUT", day, "{\"views_count\":5,\"messages_count\":2}")
                        .data()
                        .path("metrics")
                        .path("views_count")
                        .asInt())
                .isEqualTo(5);
        Rest.Answer added = rest.call("POST", day + "/increments", "{\"views_count\":3}");
        assertThat(added.data().path("metrics").path("views_count").asInt()).isEqualTo(8);
        assertThat(added.data().path("metrics").path("messages_count").asInt()).isEqualTo(2);
        Rest.Answer listed = rest.get("/api/businesses/" + business + "/metrics?from=2026-11-01&to=2026-11-01");
        assertThat(listed.data().path("metrics")).hasSize(1);
        assertThat(listed.data().path("metrics").get(0).path("date").asText()).isEqualTo("2026-11-01");
    }

    @Test
    void afterAWriteTheNextKpisAreNotOlder() throws Exception {
        for (int i = 1; i <= 50; i++) {
            rest.call("POST", "/api/businesses/" + business + "/metrics/2026-11-01/increments", "{\"views_count\":1}");
            assertThat(rest.get("/api/dashboard/tenant/kpis")
                            .data()
                            .path("landlordViews")
                            .asInt())
                    .isEqualTo(i);
        }
    }

    @Test
    void noCacheKeepsWhatIsAUsers() throws Exception {
        for (String path : List.of(
                "/api/dashboard/tenant",
                "/api/dashboard/tenant/events?after=0",
                "/api/dashboard/tenant/kpis",
                "/api/dashboard/tenant/trends",
                "/api/businesses",
                "/api/businesses/" + business,
                "/api/businesses/" + anothers)) {
            assertThat(rest.get(path).response().headers().firstValue("Cache-Control"))
                    .as(path)
                    .hasValueSatisfying(how -> assertThat(how).contains("private"));
        }
    }

    @Test
    void aPageOfEventsHasTheKpisAfterItAndThoseOfARebuildSaySo() throws Exception {
        long created = service.revision(user);
        service.addViews(business, 5);
        service.addViews(business, 3);
        String events = "/api/dashboard/tenant/events?after=";
        JsonNode first = rest.get(events + created + "&limit=1").data();
        assertThat(first.path("events")).hasSize(1);
        assertThat(first.path("kpis").path("landlordViews").asInt()).isEqualTo(5);
        assertThat(first.path("revision").asLong()).isEqualTo(created + 2);
        assertThat(rest.get(events + (created + 2))
                        .data()
                        .path("kpis")
                        .path("landlordViews")
                        .asInt())
                .isEqualTo(8);
        service.sql("UPDATE live.tenant_kpis SET landlord_views = 100 WHERE user_id = '" + user
                + "'; SELECT live.rebuild_kpis('" + user + "')");
        JsonNode rebuilt =
                rest.get(events + (created + 2)).data().path("events").path(0);
        assertThat(rebuilt.path("type").asText()).isEqualTo("kpi:update");
        assertThat(rebuilt.path("payload").path("rebuilt").asBoolean()).isTrue();
        assertThat(rebuilt.path("payload").path("kpis").path("landlordViews").asInt())
                .isEqualTo(8);
        assertThat(rest.get("/api/dashboard/tenant").data().path("timestamp").asText())
                .endsWith("Z");
    }

    /** The driver prepares a statement, and has its answer in binary, once a connection has executed it a few times. */
    @Test
    void eventsReadOftenAreReadAsAtFirst() throws Exception {
        rest.call(
                "PUT",
                "/api/businesses/" + business + "/metrics/2026-11-01",
                "{\"views_count\":5,\"messages_count\":2}");
        for (int i = 0; i < 100; i++) {
            assertThat(rest.get("/api/dashboard/tenant/events?after=1")
                            .data()
                            .path("events")
                            .get(0)
                            .path("payload")
                            .path("metrics")
                            .toString())
                    .isEqualTo(
                            "{\"views_count\":5,\"clicks_count\":0,\"property_invites_count\":0,\"declined_count\":0,"
                                    + "\"messages_count\":2,\"qfps_submitted_count\":0}");
        }
    }

    @Test
    void theDashboardsStateAndItsEventsAgree() throws Exception {
        rest.call("PUT", "/api/businesses/" + business, "{\"name\":\"Renamed\"}");
        Rest.Answer state = rest.get("/api/dashboard/tenant");
        assertThat(state.data().path("total").asInt()).isEqualTo(1);
        assertThat(state.data().path("epoch").asText()).isNotBlank();
        assertThat(state.data().path("revision").asLong()).isEqualTo(2);
        Rest.Answer events = rest.get("/api/dashboard/tenant/events?after=1");
        assertThat(events.data().path("events")).hasSize(1);
        assertThat(events.data()
                        .path("events")
                        .get(0)
                        .path("payload")
                        .path("business")
                        .path("name")
                        .asText())
                .isEqualTo("Renamed");
        assertThat(rest.get("/api/dashboard/tenant/events?after=2").data().path("events"))
                .isEmpty();
        service.sql("DELETE FROM live.dashboard_event WHERE user_id = '" + user + "' AND revision = 1");
        assertThat(rest.get("/api/dashboard/tenant/events?after=0").status()).isEqualTo(410);
        assertThat(rest.get("/api/dashboard/tenant/events?after=3").status()).isEqualTo(410);
    }

    @Test
    void stateAndEventsNameTheirOwnerAndAnEpochThatIsTheirsAlone() throws Exception {
        Rest.Answer state = rest.get("/api/dashboard/tenant");
        Rest.Answer events = rest.get("/api/dashboard/tenant/events?after=0");
        String epoch = state.data().path("epoch").asText();
        for (Rest.Answer answer : List.of(state, events)) {
            assertThat(answer.data().path("userId").asText()).isEqualTo(user.toString());
            assertThat(answer.data().path("revision").asLong()).isEqualTo(1);
            assertThat(answer.data().path("epoch").asText()).isEqualTo(epoch);
        }
        UUID other = UUID.randomUUID();
        service.createBusiness(other, "Another's of the same revision");
        String others = new Rest(service.api(), other)
                .get("/api/dashboard/tenant")
                .data()
                .path("epoch")
                .asText();
        assertThat(others).isNotEqualTo(epoch);
        String next = "/api/dashboard/tenant/events?after=0&epoch=";
        assertThat(rest.get(next + epoch).data().path("events")).hasSize(1);
        for (String another : List.of(others, "", "x")) {
            assertThat(rest.get(next + another).errorCode()).as(another).isEqualTo("EVENTS_PRUNED");
        }
    }

    @Test
    void trendsHaveADayEach() throws Exception {
        service.addViews(business, 9);
        Rest.Answer trends = rest.get("/api/dashboard/tenant/trends?days=3");
        assertThat(trends.data()).hasSize(3);
        assertThat(trends.data().get(2).path("landlordViews").asInt()).isEqualTo(9);
        assertThat(trends.data().get(0).path("date").asText()).matches("\\d{4}-\\d{2}-\\d{2}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /api/businesses | {\"name\":             | 400 | BAD_REQUEST",
                "POST | /api/businesses | {\"name\":\"a\"} x     | 400 | BAD_REQUEST",
                "POST | /api/businesses | {\"name\":\"a\",\"name\":\"b\"} | 400 | BAD_REQUEST",
                "POST | /api/businesses | []                     | 422 | INVALID",
                "POST | /api/businesses | {}                     | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"  \"}      | 422 | INVALID",
                "POST | /api/businesses | {\"name\":7}           | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"a\\u0000b\"} | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"a\\ud800\"}  | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"a\",\"nam\":1} | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"a\",\"user_id\":\"x\"} | 422 | INVALID",
                "POST | /api/businesses | {\"name\":\"a\",\"status\":\"open\"} | 422 | INVALID",
                "PUT  | /api/businesses/OWN | {\"is_verified\":true}   | 422 | INVALID",
                "PUT  | /api/businesses/OWN | {\"id\":\"x\"}           | 422 | INVALID",
                "PUT  | /api/businesses/ANOTHERS | {\"name\":\"mine\"} | 404 | NOT_FOUND",
                "DELETE | /api/businesses/ANOTHERS |                   | 404 | NOT_FOUND",
                "GET  | /api/businesses/ANOTHERS |                     | 404 | NOT_FOUND",
                "GET  | /api/businesses/ANOTHERS/metrics |             | 404 | NOT_FOUND",
                "GET  | /api/businesses/1-1-1-1-1 |                    | 400 | BAD_REQUEST",
                "GET  | /api/businesses?limit=0 |                      | 400 | BAD_REQUEST",
                "GET  | /api/businesses?offset=-1 |                    | 400 | BAD_REQUEST",
                "GET  | /api/businesses?search=%00 |                   | 422 | INVALID",
                "GET  | /api/businesses?status=open |                  | 422 | INVALID",
                "PUT  | /api/businesses/OWN/metrics/2026-02-30 | {\"views_count\":1} | 400 | BAD_REQUEST",
                "PUT  | /api/businesses/OWN/metrics/today | {\"views_count\":1}      | 400 | BAD_REQUEST",
                "PUT  | /api/businesses/OWN/metrics/2026-11-01 | {\"views_count\":-1} | 422 | INVALID",
                "PUT  | /api/businesses/OWN/metrics/2026-11-01 | {\"views_count\":2147483648} | 422 | INVALID",
                "PUT  | /api/businesses/OWN/metrics/2026-11-01 | {\"views_count\":1.5} | 422 | INVALID",
                "PUT  | /api/businesses/OWN/metrics/2026-11-01 | {}                   | 422 | INVALID",
                "POST | /api/businesses/OWN/metrics/2026-11-01/increments | {\"views\":1} | 422 | INVALID",
                "POST | /api/businesses/ANOTHERS/metrics/2026-11-01/increments | {\"views_count\":1} | 404 | NOT_FOUND",
                "GET  | /api/dashboard/tenant/events |                 | 400 | BAD_REQUEST",
                "GET  | /api/dashboard/tenant/events?after=x |         | 400 | BAD_REQUEST",
                "GET  | /api/dashboard/tenant/trends?days=0 |          | 400 | BAD_REQUEST",
                "GET  | /api/nowhere |                                 | 404 | NOT_FOUND",
                "PATCH | /api/businesses/OWN | {}                      | 405 | METHOD_NOT_ALLOWED",
            })
    void badInputIsRefusedAndWritesNothing(String method, String path, String body, int status, String code)
            throws Exception {
        String before = everything();
        Rest.Answer answer = rest.call(
                method, path.replace("OWN", business.toString()).replace("ANOTHERS", anothers.toString()), body);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.errorCode()).isEqualTo(code);
        assertThat(answer.body().path("success").asBoolean(true)).isFalse();
        assertThat(answer.body().path("error").path("message").asText()).isNotBlank();
        assertThat(everything()).isEqualTo(before);
    }

    private String everything() throws Exception {
        return service.queried(
                "SELECT (SELECT json_agg(b ORDER BY id) FROM businesses b)::text || (SELECT json_agg(m ORDER BY id)"
                        + " FROM business_metrics m)::text || (SELECT count(*) FROM live.dashboard_event)");
    }

    @Test
    void aNameMayHave255CharactersAndNoMore() throws Exception {
        assertThat(rest.call("POST", "/api/businesses", "{\"name\":\"" + "🏢".repeat(255) + "\"}")
                        .status())
                .isEqualTo(201);
        assertThat(rest.call("POST", "/api/businesses", "{\"name\":\"" + "x".repeat(256) + "\"}")
                        .status())
                .isEqualTo(422);
    }

    @Test
    void anOverflowingIncrementChangesNothing() throws Exception {
        String day = "/api/businesses/" + business + "/metrics/2026-11-01";
        rest.call("PUT", day, "{\"views_count\":2147483647}");
        Rest.Answer answer = rest.call("POST", day + "/increments", "{\"views_count\":1,\"messages_count\":1}");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(rest.get("/api/businesses/" + business + "/metrics?from=2026-11-01&to=2026-11-01")
                        .data()
                        .path("metrics")
                        .get(0)
                        .path("messages_count")
                        .asInt())
                .isZero();
    }

    @Test
    void aBodyOverTheLimitIsRefusedWithOrWithoutItsLength() throws Exception {
        String body = "{\"name\":\"" + " ".repeat(70_000) + "x\"}";
        assertThat(rest.call("POST", "/api/businesses", body).status()).isEqualTo(413);
        Rest.Answer chunked = Rest.send(HttpRequest.newBuilder(service.api().resolve("/api/businesses"))
                .header("Authorization", "Bearer " + LiveService.token(user))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(body.getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                .build());
        assertThat(chunked.errorCode()).isEqualTo("PAYLOAD_TOO_LARGE");
    }

    /** A line that is closed over unread bytes is reset, and what was answered is lost with it. */
    @Test
    void whoSendsAllOfABodyThatIsTooLargeHearsWhy() throws Exception {
        byte[] body = new byte[900_000];
        try (RawHttp http = new RawHttp(service.api().getPort())) {
            http.send(
                    "POST /api/businesses HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                            + LiveService.token(user) + "\r\nContent-Length: " + body.length + "\r\n\r\n");
            // Who does not wait for the body has answered long before these are.
            for (int i = 0; i < 50; i++) {
                rest.get("/api/dashboard/tenant/kpis");
            }
            http.send(body);
            assertThat(http.headers()).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void aBodyOfAnotherTypeIsRefused() throws Exception {
        assertThat(rest.call("POST", "/api/businesses", "name=a", "Content-Type", "application/x-www-form-urlencoded")
                        .status())
                .isEqualTo(415);
    }

    @Test
    void withoutATokenNothingIsGiven() throws Exception {
        Rest.Answer answer = Rest.send(
                HttpRequest.newBuilder(service.api().resolve("/api/businesses")).build());
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.errorCode()).isEqualTo("TOKEN_MISSING");
        assertThat(answer.response().headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(Rest.send(HttpRequest.newBuilder(service.api()
                                        .resolve("/api/businesses?access_token=" + LiveService.token(user)))
                                .build())
                        .status())
                .as("a token in the URL is none")
                .isEqualTo(401);
    }

    @Test
    void aCookieWritesOnlyFromAnAllowedOrigin() throws Exception {
        assertThat(cookieWrite("https://evil.example.com").errorCode()).isEqualTo("ORIGIN_NOT_ALLOWED");
        Rest.Answer allowed = cookieWrite("https://app.example.com");
        assertThat(allowed.status()).isEqualTo(201);
        assertThat(allowed.response().headers().firstValue("Access-Control-Allow-Origin"))
                .contains("https://app.example.com");
    }

    private Rest.Answer cookieWrite(String origin) throws Exception {
        return Rest.send(HttpRequest.newBuilder(service.api().resolve("/api/businesses"))
                .header("Cookie", "accessToken=" + LiveService.token(user))
                .header("Origin", origin)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"By cookie\"}"))
                .build());
    }

    @Test
    void openApiNamesEveryCallAndOpsAreServed() throws Exception {
        Rest.Answer openApi = rest.get("/openapi.json");
        assertThat(openApi.body().path("paths").fieldNames())
                .toIterable()
                .contains(
                        "/dashboard/tenant",
                        "/dashboard/tenant/kpis",
                        "/dashboard/tenant/events",
                        "/dashboard/tenant/trends",
                        "/businesses",
                        "/businesses/{id}",
                        "/businesses/{id}/metrics",
                        "/businesses/{id}/metrics/{date}",
                        "/businesses/{id}/metrics/{date}/increments",
                        "/session/end");
        JsonNode change = openApi.body().path("paths").path("/businesses/{id}").path("put");
        assertThat(change.path("parameters").findValuesAsText("name"))
                .containsExactlyInAnyOrder("id", "If-Match", "Idempotency-Key");
        assertThat(change.path("responses").fieldNames()).toIterable().containsExactlyInAnyOrder("200", "412");
        assertThat(change.at("/responses/200/content").findValuesAsText("$ref"))
                .containsExactly("#/components/schemas/SuccessOne");
        service.awaitFeed();
        // Redis may take its time to answer first.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(RestTest::opsAreServed);
    }

    private static void opsAreServed() throws Exception {
        Rest.Answer health = Rest.send(
                HttpRequest.newBuilder(service.admin().resolve("/healthcheck")).build());
        assertThat(health.status()).as(health.response().body()).isEqualTo(200);
        for (String check : new String[] {"postgres", "redis", "feed", "sockets"}) {
            assertThat(health.body().path(check).path("message").asText())
                    .as(check)
                    .isNotBlank();
        }
        assertThat(Rest.send(HttpRequest.newBuilder(service.admin().resolve("/prometheus"))
                                .build())
                        .response()
                        .body())
                .contains(
                        "tenantlist_socket_connected",
                        "tenantlist_feed_lag",
                        "tenantlist_kpi_cache_hits",
                        "tenantlist_feed_leader 1");
    }
}
