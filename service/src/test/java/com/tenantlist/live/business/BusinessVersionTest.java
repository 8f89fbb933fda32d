package com.tenantlist.live.business;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BusinessVersionTest {
    /** With columns that a platform may have. */
    @RegisterExtension
    static final LiveService service =
            LiveService.onSharedParts().with("postgres.lockTimeout", "4s").prepared("""
            ALTER TABLE public.businesses ALTER COLUMN name DROP NOT NULL, ALTER COLUMN status DROP NOT NULL,
                ALTER COLUMN is_verified DROP NOT NULL, ALTER COLUMN category TYPE character(40);
            """);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BEFORE = "\"AAAAAAAAAAAAAAAA\"";

    private final UUID user = UUID.randomUUID();
    private final Rest rest = new Rest(service.api(), user);
    private String path;
    private JsonNode business;

    @BeforeEach
    void aBusiness() throws Exception {
        Rest.Answer created = rest.post("/api/businesses", "{\"name\":\"First\",\"category\":\"F&B\"}");
        business = created.data().path("business");
        path = "/api/businesses/" + business.path("id").asText();
        assertThat(header(created, "Location")).isEqualTo(path);
        assertThat(header(created, "ETag")).isEqualTo(tag());
    }

    private String tag() {
        return "\"" + business.path("version").asText() + "\"";
    }

    private static String header(Rest.Answer answer, String name) {
        return answer.response().headers().firstValue(name).orElse("none");
    }

    // ---- what it is

    @Test
    void everythingThatIsShownMakesAnotherVersionAndNoTextRunsIntoTheNext() {
        List<String> versions = List.of(
                BusinessVersion.of("ab", "c", "active", false),
                BusinessVersion.of("a", "bc", "active", false),
                BusinessVersion.of("abc", "", "active", false),
                BusinessVersion.of("abc", null, "active", false),
                BusinessVersion.of("", "abc", "active", false),
                BusinessVersion.of("ab", "ca", "ctive", false),
                BusinessVersion.of("ab", "c", "stealth_mode", false),
                BusinessVersion.of("ab", "c", "active", true));
        assertThat(new TreeSet<>(versions)).hasSameSizeAs(versions);
        assertThat(versions).allMatch(version -> version.matches("[A-Za-z0-9_-]{16}"));
    }

    /** Whatever SQL wrote it, and however it reaches a client. */
    @Test
    void aVersionIsTheSameInEveryPlace() throws Exception {
        List<String> texts = Arrays.asList(
                null,
                "",
                " ",
                "  b  ",
                "Zoë's \"🏢\" \\ / </script>",
                "a\tb\nc\u0001\u007f\u2028",
                "NULL",
                "{}",
                "ｗｉｄｅ");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,1[\"request:current-state\",{}]");
            socket.await(frame -> frame.startsWith("43/dashboard,1"));
            for (String text : texts) {
                UUID id = UUID.randomUUID();
                try (Connection connection = service.connect();
                        PreparedStatement insert = connection.prepareStatement(
                                "INSERT INTO businesses (id, user_id, name, category, status, is_verified) VALUES (?, ?, ?, ?, "
                                        + (text == null ? "NULL, NULL" : "'stealth_mode', true") + ")")) {
                    insert.setObject(1, id);
                    insert.setObject(2, user);
                    insert.setString(3, text);
                    insert.setString(4, text);
                    insert.execute();
                }
                String created = socket.await(frame ->
                        frame.startsWith("42/dashboard,[\"business:created\"") && frame.contains(id.toString()));
                JsonNode event = JSON.readTree(created.substring("42/dashboard,".length()))
                        .get(1)
                        .path("business");
                JsonNode alone = rest.get("/api/businesses/" + id).data().path("business");
                assertThat(event).as("of " + text).isEqualTo(alone);
                assertThat(event.path("version").asText()).hasSize(16);
            }
            socket.send("42/dashboard,2[\"request:current-state\",{}]");
            String ack = socket.await(frame -> frame.startsWith("43/dashboard,2"));
            List<String> listed = versions(rest.get("/api/businesses").data().path("businesses"));
            assertThat(listed).hasSize(texts.size() + 1);
            assertThat(versions(rest.get("/api/dashboard/tenant").data().path("businesses")))
                    .isEqualTo(listed);
            assertThat(versions(JSON.readTree(ack.substring("43/dashboard,2".length()))
                            .get(0)
                            .path("businesses")))
                    .isEqualTo(listed);
        }
    }

    private static List<String> versions(JsonNode businesses) {
        List<String> versions = new ArrayList<>();
        businesses.forEach(each -> versions.add(
                each.path("id").asText() + " " + each.path("version").asText()));
        return versions;
    }

    @Test
    void itIsTheETagAndWhoHasItNeedNotReadItAgain() throws Exception {
        Rest.Answer read = rest.get(path);
        assertThat(header(read, "ETag")).isEqualTo(tag());
        assertThat(rest.get(path, "If-None-Match", "W/" + tag()).status()).isEqualTo(304);
        Rest.Answer changed = rest.call("PUT", path, "{\"name\":\"Second\"}");
        assertThat(header(changed, "ETag")).isNotEqualTo(tag());
        assertThat(rest.get(path, "If-None-Match", tag()).status()).isEqualTo(200);
        rest.call("PUT", path, "{\"name\":\"First\"}");
        assertThat(header(rest.get(path), "ETag")).as("the same is shown again").isEqualTo(tag());
        assertThat(header(rest.delete(path), "ETag")).isEqualTo("none");
    }

    // ---- If-Match

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE"})
    void aWriteOfAnotherVersionIsRefusedAndToldHowItIsNow(String method) throws Exception {
        for (String stale : new String[] {BEFORE, "W/" + tag(), BEFORE + ", W/" + tag(), "\"*\""}) {
            Rest.Answer refused = write(method, stale);
            assertThat(refused.status()).as(stale).isEqualTo(412);
            assertThat(refused.errorCode()).isEqualTo("VERSION_CONFLICT");
            assertThat(refused.body().path("success").asBoolean(true)).isFalse();
            assertThat(refused.data().path("business")).isEqualTo(business);
        }
        for (String nonsense : new String[] {business.path("version").asText(), "\"a", "*, " + tag(), " ", ","}) {
            assertThat(write(method, nonsense).errorCode()).as(nonsense).isEqualTo("BAD_REQUEST");
        }
        assertThat(rest.get(path).data().path("business")).isEqualTo(business);
        assertThat(write(method, BEFORE + " ,, " + tag()).status()).isEqualTo(200);
    }

    @Test
    void anAnswerSaysByWhichRevisionTheWriteIsShown() throws Exception {
        UUID writer = UUID.randomUUID();
        Rest own = new Rest(service.api(), writer);
        Rest.Answer created = own.post("/api/businesses", "{\"name\":\"Shown\"}");
        String of = header(created, "Location");
        String epoch = own.get("/api/dashboard/tenant").data().path("epoch").asText();
        assertThat(header(created, "X-Live-Revision")).isEqualTo(epoch + "-1");
        assertThat(header(own.call("PUT", of, "{\"category\":\"c\"}"), "X-Live-Revision"))
                .isEqualTo(epoch + "-2");
        String counted = of + "/metrics/2026-11-26/increments";
        for (String[] call : new String[][] {{"one", "3"}, {"two", "4"}, {"one", "4"}}) {
            Rest.Answer answer = own.call("POST", counted, "{\"views_count\":1}", "Idempotency-Key", call[0]);
            assertThat(header(answer, "X-Live-Revision"))
                    .as("an answer that is kept too")
                    .isEqualTo(epoch + "-" + call[1]);
        }
        assertThat(header(own.call("DELETE", of, null), "X-Live-Revision")).isEqualTo(epoch + "-5");
        assertThat(header(own.get(of), "X-Live-Revision")).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE"})
    void aStarIsAnyVersionButOfABusinessThatIsThere(String method) throws Exception {
        assertThat(write(method, "*").status()).isEqualTo(200);
        rest.delete(path);
        assertThat(write(method, "*").errorCode()).isEqualTo("NOT_FOUND");
        assertThat(write(method, tag()).errorCode()).isEqualTo("NOT_FOUND");
    }

    private Rest.Answer write(String method, String ifMatch) throws Exception {
        return rest.call(method, path, method.equals("PUT") ? "{\"name\":\"Changed\"}" : null, "If-Match", ifMatch);
    }

    /** It has the version when it is asked, and no more when its row can be had. */
    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE"})
    void whatSomebodyChangesMeanwhileCounts(String method) throws Exception {
        try (Connection other = service.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("UPDATE businesses SET name = 'By SQL' WHERE id = '"
                    + business.path("id").asText() + "'");
            CompletableFuture<Rest.Answer> write = CompletableFuture.supplyAsync(() -> {
                try {
                    return write(method, tag());
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> !service.queried("SELECT count(*) FROM pg_stat_activity"
                            + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                    .equals("0"));
            other.commit();
            assertThat(write.get().status()).isEqualTo(412);
            assertThat(write.get().data().path("business").path("name").asText())
                    .isEqualTo("By SQL");
        }
        assertThat(rest.get(path).data().path("business").path("name").asText()).isEqualTo("By SQL");
    }

    @Test
    void ofManyAtOnceWithTheSameVersionOneWins() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                String held = header(rest.get(path), "ETag");
                List<Callable<Rest.Answer>> calls = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String body = "{\"name\":\"Name " + round + "." + i + "\"}";
                    calls.add(() -> rest.call("PUT", path, body, "If-Match", held));
                }
                List<String> winners = new ArrayList<>();
                for (Future<Rest.Answer> call : callers.invokeAll(calls)) {
                    assertThat(call.get().status()).isIn(200, 412);
                    if (call.get().status() == 200) {
                        winners.add(header(call.get(), "ETag"));
                    }
                }
                assertThat(winners).containsExactly(header(rest.get(path), "ETag"));
            }
        } finally {
            callers.shutdownNow();
        }
    }
}
