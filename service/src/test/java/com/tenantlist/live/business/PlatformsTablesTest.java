package com.tenantlist.live.business;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The platform's database as platforms have it: other defaults, labels and nulls than we would choose. */
class PlatformsTablesTest {
    @RegisterExtension
    static final LiveService service =
            LiveService.onSharedParts().with("postgres.lockTimeout", "4s").prepared("""
            ALTER DATABASE %1$s SET default_transaction_isolation = 'repeatable read';
            ALTER DATABASE %1$s SET timezone = 'Africa/Cairo';
            ALTER DATABASE %1$s SET datestyle = 'German';
            ALTER TYPE public.business_status ADD VALUE 'archived';
            ALTER TABLE public.businesses ALTER COLUMN name DROP NOT NULL, ALTER COLUMN status DROP NOT NULL,
                ALTER COLUMN is_verified DROP NOT NULL;
            ALTER TABLE public.business_metrics ALTER COLUMN views_count DROP NOT NULL,
                ALTER COLUMN clicks_count DROP NOT NULL;
            """);

    private final UUID user = UUID.randomUUID();
    private final UUID business = UUID.randomUUID();
    private final Rest rest = new Rest(service.api(), user);

    /** As a restored dump writes, without triggers: what they make of nulls is not this test's. */
    private void insert(String name, String status) throws Exception {
        service.sql("SET session_replication_role = replica;"
                + "INSERT INTO public.businesses (id, user_id, name, status, is_verified) VALUES ('%s', '%s', %s, %s, NULL);"
                        .formatted(business, user, name, status)
                + ("INSERT INTO public.business_metrics (business_id, metric_date, views_count, clicks_count)"
                                + " VALUES ('%s', '2026-01-01', NULL, NULL)")
                        .formatted(business));
    }

    @Test
    void aLabelThatWeDoNotKnowIsShownAsItIs() throws Exception {
        insert("'Old one'", "'archived'");
        assertThat(rest.get("/api/businesses/" + business)
                        .data()
                        .path("business")
                        .path("status")
                        .asText())
                .isEqualTo("archived");
        assertThat(rest.get("/api/businesses").data().path("total").asInt()).isEqualTo(1);
        assertThat(rest.get("/api/businesses?status=active")
                        .data()
                        .path("total")
                        .asInt())
                .isZero();
        assertThat(rest.get("/api/dashboard/tenant")
                        .data()
                        .at("/businesses/0/status")
                        .asText())
                .isEqualTo("archived");
        try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
            socket.send("42/dashboard,1[\"request:current-state\",{}]");
            assertThat(socket.await(frame -> frame.startsWith("43/dashboard,1")))
                    .contains("archived");
        }
        Rest.Answer refused = rest.call("PUT", "/api/businesses/" + business, "{\"status\":\"archived\"}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("active, pending_verification, stealth_mode");
    }

    @Test
    void nullsAreRead() throws Exception {
        insert("NULL", "NULL");
        JsonNode shown = rest.get("/api/businesses/" + business).data().path("business");
        assertThat(shown.path("name").asText("none")).isEmpty();
        assertThat(shown.path("status").asText("none")).isEmpty();
        assertThat(shown.path("is_verified").asBoolean(true)).isFalse();
        assertThat(rest.get("/api/dashboard/tenant").status()).isEqualTo(200);
        assertThat(rest.get("/api/businesses/" + business + "/metrics")
                        .data()
                        .at("/metrics/0/views_count")
                        .asInt(-1))
                .isZero();
    }

    @Test
    void writesToOneBusinessAtOnceAllSucceedThoughTheDatabasesDefaultIsRepeatableRead() throws Exception {
        UUID shared = UUID.fromString(rest.post("/api/businesses", "{\"name\":\"Shared\"}")
                .data()
                .path("business")
                .path("id")
                .asText());
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 320; i++) {
            String body = "{\"name\":\"Name " + i + "\"}";
            calls.add(() -> rest.call("PUT", "/api/businesses/" + shared, body).status());
        }
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            for (Future<Integer> status : callers.invokeAll(calls)) {
                assertThat(status.get()).isEqualTo(200);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void whatThePlatformsOwnRulesRefuseIsAConflictThatNamesTheRule() throws Exception {
        service.sql(
                "CREATE UNIQUE INDEX one_name_a_user ON public.businesses (user_id, name);"
                        + "ALTER TABLE public.businesses ADD CONSTRAINT no_shouting CHECK (name <> upper(name));"
                        + "CREATE FUNCTION public.no_pubs() RETURNS trigger LANGUAGE plpgsql AS"
                        + " $$ BEGIN IF NEW.category = 'pub' THEN RAISE 'Secret pubs are not listed'; END IF; RETURN NEW; END $$;"
                        + "CREATE TRIGGER no_pubs BEFORE INSERT ON public.businesses FOR EACH ROW EXECUTE FUNCTION public.no_pubs();");
        try {
            assertThat(rest.post("/api/businesses", "{\"name\":\"Secret Mill\"}")
                            .status())
                    .isEqualTo(201);
            for (String[] refused : new String[][] {
                {"{\"name\":\"Secret Mill\"}", "one_name_a_user"},
                {"{\"name\":\"MILL\"}", "no_shouting"},
                {"{\"name\":\"The Bell\",\"category\":\"pub\"}", "a trigger raised an exception"}
            }) {
                Rest.Answer answer = rest.post("/api/businesses", refused[0]);
                assertThat(answer.status()).as(answer.text()).isEqualTo(409);
                assertThat(answer.errorCode()).isEqualTo("CONFLICT");
                assertThat(answer.body().path("error").path("message").asText())
                        .contains(refused[1])
                        .doesNotContain("Secret");
            }
            assertThat(rest.get("/api/businesses").data().path("total").asInt()).isEqualTo(1);
        } finally {
            service.sql("DROP TRIGGER no_pubs ON public.businesses; DROP FUNCTION public.no_pubs();"
                    + "ALTER TABLE public.businesses DROP CONSTRAINT no_shouting; DROP INDEX public.one_name_a_user;");
        }
    }
}
