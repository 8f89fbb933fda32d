package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.Parts;
import com.tenantlist.live.testing.RawSocket;
import com.tenantlist.live.testing.Rest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** The whole service as a role that has what {@code db grants} prints, and nothing else. */
class GrantsTest {
    @Test
    void theServiceNeedsNoMoreThanTheGrantsThatArePrinted() throws Exception {
        Guest guest = Guest.of();
        guest.installer().migrate();
        String role = guest.role("app", "REPLICATION");
        guest.sql("REVOKE ALL ON DATABASE " + guest.name() + " FROM PUBLIC");
        guest.sql(guest.installer().grants(role));
        LiveService service = LiveService.on(Parts.database(), Parts.redis().url())
                .with("postgres.url", guest.url(role))
                .start();
        UUID user = UUID.randomUUID();
        Rest rest = new Rest(service.api(), user);
        Rest admin = new Rest(service.api(), UUID.randomUUID(), Role.ADMIN);
        try (service) {
            service.awaitFeed();
            try (RawSocket socket = RawSocket.dashboard(service.sockets(), user)) {
                socket.send("42/dashboard,1[\"request:current-state\",{}]");
                socket.await(frame -> frame.startsWith("43/dashboard,1"));
                Rest.Answer created =
                        rest.post("/api/businesses", "{\"name\":\"Own\",\"category\":\"F&B\",\"status\":\"active\"}");
                assertThat(created.status()).as(created.text()).isEqualTo(201);
                String path = "/api/businesses/"
                        + created.data().path("business").path("id").asText();
                assertThat(socket.awaitEvent("business:created")).contains("\"name\":\"Own\"");
                assertThat(rest.call("PUT", path, "{\"name\":\"Other\"}").status())
                        .isEqualTo(200);
                assertThat(socket.awaitEvent("business:updated")).contains("\"name\":\"Other\"");
                assertThat(rest.call("PUT", path + "/metrics/2026-01-01", "{\"views_count\":4}")
                                .status())
                        .isEqualTo(200);
                assertThat(rest.post(path + "/metrics/2026-01-01/increments", "{\"views_count\":3}")
                                .status())
                        .isEqualTo(200);
                assertThat(socket.await(
                                frame -> frame.contains("metrics:updated") && frame.contains("\"views_count\":7")))
                        .isNotEmpty();
                for (String read : List.of(
                        path,
                        path + "/metrics",
                        "/api/businesses",
                        "/api/dashboard/tenant",
                        "/api/dashboard/tenant/kpis",
                        "/api/dashboard/tenant/events?after=0",
                        "/api/dashboard/tenant/trends?days=30")) {
                    assertThat(rest.get(read).status()).as(read).isEqualTo(200);
                }
                assertThat(admin.get("/api/presence?userIds=" + user).text()).contains(user.toString());
                assertThat(rest.call("DELETE", path, null).status()).isEqualTo(200);
                socket.awaitEvent("business:deleted");
                guest.sql("REVOKE INSERT, UPDATE, DELETE ON public.businesses, public.business_metrics FROM " + role);
                Rest.Answer refused =
                        rest.post("/api/businesses", "{\"name\":\"Own\",\"category\":\"F&B\",\"status\":\"active\"}");
                assertThat(refused.status())
                        .as("as the comment in what is printed says")
                        .isEqualTo(500);
                assertThat(refused.text()).contains("INTERNAL");
                assertThat(rest.get("/api/businesses").status()).isEqualTo(200);
                assertThat(admin.post("/api/tokens/revocations", "{\"userId\":\"" + user + "\"}")
                                .status())
                        .isLessThan(300);
                await().atMost(Duration.ofSeconds(10))
                        .untilAsserted(() -> assertThat(admin.get("/api/presence?userIds=" + user)
                                        .text())
                                .contains("\"connections\":0"));
            }
        }
        try (Connection connection = guest.connect(role);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT * FROM live.guard()");
            statement.execute("SELECT * FROM live.compare('00000000-0000-0000-0000-000000000000', 10)");
            statement.execute("SELECT live.rotate_journal(interval '24 hours')");
            statement.execute("BEGIN; SELECT value FROM live.epoch FOR UPDATE;"
                    + " UPDATE live.epoch SET value = gen_random_uuid(); SELECT live.history(); COMMIT");
            statement.execute("DELETE FROM live.revocation WHERE expires_at < now()");
        }
        for (String beyond : List.of(
                "UPDATE live.tenant_kpis SET revision = 9",
                "INSERT INTO live.dashboard_event SELECT * FROM live.dashboard_event",
                "SELECT live.rebuild('" + user + "')",
                "SELECT live.backfill('" + user + "', 1)",
                "UPDATE live.installation SET complete = false",
                "CREATE TABLE live.own (a int)")) {
            try (Connection connection = DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + Parts.database().port() + "/" + guest.name(), role, "");
                    Statement statement = connection.createStatement()) {
                assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                                        java.sql.SQLException.class, () -> statement.execute(beyond))
                                .getSQLState())
                        .as(beyond)
                        .isEqualTo("42501");
            }
        }
    }

    /** Each right is looked for at the start, and all that are lacking are named: the service would meet them one by one. */
    @Test
    void aServiceWithoutAnyOfThemIsToldAllThatItLacks() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        String role = guest.role("app", "");
        String printed = guest.installer().grants(role);
        assertThat(printed)
                .contains(
                        "\n\n-- Writes by REST: POST, PUT and DELETE below /api/businesses. Leave the next line out where REST"
                                + " must not write: such a\n-- request is answered by 500 then, the log names the table, and all else"
                                + " works.\nGRANT INSERT, UPDATE, DELETE ON public.businesses, public.business_metrics TO ");
        assertThat(lacks(guest, role))
                .startsWith("role " + role + " lacks rights in the database ")
                .contains("USAGE on live")
                .endsWith("run what this prints, as it says: db grants " + role + " config.yml");
        guest.sql("GRANT USAGE ON SCHEMA live TO " + role);
        assertThat(lacks(guest, role))
                .contains("SELECT on live.revocation", "EXECUTE on live.tenants(uuid, integer)", "UPDATE on live.epoch")
                .contains("SELECT on public.businesses")
                .doesNotContain("USAGE", "INSERT on public.businesses");
        guest.sql(printed);
        assertThat(lacks(guest, role)).isEmpty();
        for (String statement : printed.split(";\n")) {
            String grant = statement.replaceAll("(?m)^\\s*--.*\n?", "").strip();
            if (grant.isEmpty() || grant.contains(" ON DATABASE ") || grant.startsWith("GRANT INSERT, UPDATE")) {
                continue;
            }
            String revoke = grant.replaceFirst("^GRANT", "REVOKE").replaceFirst(" TO (\"[^\"]*\")$", " FROM $1");
            guest.sql(revoke);
            assertThat(lacks(guest, role)).as(revoke).contains("lacks rights");
            guest.sql(grant);
            assertThat(lacks(guest, role)).as(grant).isEmpty();
        }
        guest.sql("REVOKE INSERT, UPDATE, DELETE ON public.businesses, public.business_metrics FROM " + role);
        assertThat(lacks(guest, role)).as("REST reads").isEmpty();
        assertThatThrownBy(() -> Guest.of(Guest.PLAIN).installer().grants(role))
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("is not migrated; run: db migrate config.yml");
        assertThatThrownBy(() -> guest.installer().grants("nobody of " + role))
                .isInstanceOf(InstallException.class)
                .hasMessage(
                        "there is no role \"nobody of " + role + "\": CREATE ROLE \"nobody of " + role + "\" LOGIN");
    }

    /** A role that sees some rows shows dashboards that are not true, and nothing else would say so. */
    @Test
    void rowSecurityThatHidesRowsFromTheServiceIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        String role = guest.role("app", "");
        guest.sql(guest.installer().grants(role));
        assertThat(guest.installer().grants(role)).doesNotContain("BYPASSRLS");
        guest.sql("ALTER TABLE businesses ENABLE ROW LEVEL SECURITY;"
                + "CREATE POLICY own ON businesses USING (user_id = '00000000-0000-4000-8000-000000000001')");
        assertThat(lacks(guest, role)).contains("(BYPASSRLS or a policy for all rows of public.businesses)");
        String grants = guest.installer().grants(role);
        assertThat(grants)
                .contains("\n-- Row security of public.businesses would hide rows from it")
                .contains("\nALTER ROLE \"" + role + "\" BYPASSRLS;\n");
        guest.sql("CREATE POLICY everything ON businesses TO " + role + " USING (true)");
        assertThat(lacks(guest, role)).as("a policy for all rows").isEmpty();
        guest.sql("CREATE POLICY written ON businesses AS RESTRICTIVE FOR ALL USING (true) WITH CHECK (name <> '')");
        assertThat(lacks(guest, role)).as("and one that hides nothing").isEmpty();
        guest.sql("CREATE POLICY narrower ON businesses AS RESTRICTIVE USING (name <> '')");
        assertThat(lacks(guest, role)).as("and one that restricts it").contains("BYPASSRLS");
        guest.sql(grants);
        assertThat(lacks(guest, role)).isEmpty();
        assertThat(guest.installer().grants(role)).doesNotContain("BYPASSRLS");
    }

    @Test
    void theOwnerOfOurFunctionsIsNotGivenToTheService() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        assertThatThrownBy(() -> guest.installer().grants(guest.config.owner))
                .isInstanceOf(InstallException.class)
                .hasMessageContaining(
                        "owns schema live: a service that logs in as it could change what our functions do");
    }

    private static String lacks(Guest guest, String role) throws SQLException {
        try (Connection connection = guest.postgres(role).connect()) {
            Installer.verify(Jdbi.create(connection), guest.postgres(role).address());
            return "";
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }
}
