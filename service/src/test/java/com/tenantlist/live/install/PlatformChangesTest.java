package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.testing.LiveService;
import com.tenantlist.live.testing.RawSocket;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The platform alters its own tables while a service is live and a dashboard open: its writes go on. */
class PlatformChangesTest {
    private final UUID user = UUID.randomUUID();
    private final LiveService service = LiveService.onSharedParts();
    private RawSocket socket;
    private UUID business;

    @BeforeEach
    void start() throws Exception {
        service.start();
        business = service.createBusiness(user, "First");
        socket = RawSocket.dashboard(service.sockets(), user);
        socket.send("42/dashboard,1[\"request:current-state\",{}]");
        socket.await(frame -> frame.startsWith("43/dashboard,1"));
    }

    @AfterEach
    void stop() throws Exception {
        socket.close();
        service.close();
    }

    private void addViews(String views) throws SQLException {
        service.sql("UPDATE business_metrics SET views_count = coalesce(views_count, 0) + " + views);
    }

    private String guard() throws SQLException {
        return service.queried("SELECT coalesce(string_agg(said, '; '), '') FROM live.guard()");
    }

    private void seesViews(String views) throws Exception {
        socket.await(frame -> frame.contains("metrics:updated") && frame.contains("\"views_count\":" + views + ","));
    }

    @Test
    void typesGetWider() throws Exception {
        service.sql("ALTER TABLE businesses ALTER COLUMN name TYPE text, ALTER COLUMN category TYPE text;"
                + " ALTER TABLE business_metrics ALTER COLUMN views_count TYPE bigint");
        service.sql("UPDATE businesses SET name = repeat('x', 300)");
        socket.awaitEvent("business:updated");
        addViews("5000000000");
        seesViews("5000000000");
        assertThat(guard()).isEmpty();
    }

    @Test
    void columnsOfAnyNameCome() throws Exception {
        service.sql(
                "ALTER TABLE businesses ADD COLUMN sign int, ADD COLUMN new_rows text, ADD COLUMN n uuid, ADD COLUMN kind text;"
                        + " ALTER TABLE business_metrics ADD COLUMN sign int DEFAULT 3, ADD COLUMN old_rows text, ADD COLUMN n int,"
                        + " ADD COLUMN views int DEFAULT 9, ADD COLUMN b uuid, ADD COLUMN v bigint DEFAULT 8, ADD COLUMN xid int");
        service.sql("UPDATE businesses SET sign = 1, name = 'Signed'");
        assertThat(socket.awaitEvent("business:updated")).contains("\"name\":\"Signed\"");
        addViews("4");
        seesViews("4");
        service.sql("DELETE FROM businesses");
        socket.awaitEvent("business:deleted");
        assertThat(guard()).isEmpty();
    }

    @Test
    void columnsThatWeDoNotNeedGo() throws Exception {
        service.sql("ALTER TABLE businesses DROP COLUMN logo_url, DROP COLUMN stealth_mode_enabled;"
                + " ALTER TABLE business_metrics DROP COLUMN demand_listing_id");
        addViews("6");
        seesViews("6");
        assertThat(guard()).isEmpty();
    }

    @Test
    void statusGetsANewLabel() throws Exception {
        service.sql("ALTER TYPE business_status ADD VALUE 'archived'");
        service.sql("UPDATE businesses SET status = 'archived'");
        assertThat(service.queried("SELECT active_businesses FROM live.tenant_kpis WHERE user_id = '" + user + "'"))
                .isEqualTo("0");
        assertThat(service.queried("SELECT status FROM live.dashboard_event WHERE type = 'business:updated'"))
                .isEqualTo("archived");
        assertThat(guard()).isEmpty();
    }

    @Test
    void countersAndStatusMayBeNull() throws Exception {
        service.sql(
                "ALTER TABLE businesses ALTER COLUMN status DROP NOT NULL, ALTER COLUMN is_verified DROP NOT NULL;"
                        + " ALTER TABLE business_metrics ALTER COLUMN views_count DROP NOT NULL, ALTER COLUMN messages_count DROP NOT NULL");
        addViews("6");
        seesViews("6");
        service.sql("UPDATE business_metrics SET views_count = NULL, messages_count = NULL;"
                + " UPDATE businesses SET status = NULL, is_verified = NULL");
        assertThat(service.queried(
                        "SELECT active_businesses || ' ' || landlord_views FROM live.tenant_kpis WHERE user_id = '"
                                + user + "'"))
                .isEqualTo("0 0");
        assertThat(guard()).isEmpty();
    }

    @Test
    void aCounterThatWeNeedGoesAndIsNamed() throws Exception {
        service.sql("ALTER TABLE business_metrics DROP COLUMN messages_count");
        addViews("6");
        service.sql(
                "INSERT INTO business_metrics (business_id, metric_date) VALUES ('" + business + "', '2026-01-01');"
                        + " UPDATE businesses SET name = 'Still'; DELETE FROM business_metrics WHERE metric_date = '2026-01-01'");
        assertThat(guard()).contains("column public.business_metrics.messages_count is gone");
        assertThat(service.queried("SELECT sum(views_count) FROM business_metrics"))
                .isEqualTo("6");
        service.sql("TRUNCATE business_metrics");
    }

    @Test
    void aColumnThatWeNeedIsRenamedAndNamed() throws Exception {
        service.sql("ALTER TABLE businesses RENAME COLUMN category TO kind");
        service.sql("UPDATE businesses SET kind = 'F&B'; INSERT INTO businesses (user_id, name) VALUES ('" + user
                + "', 'B');" + " DELETE FROM businesses WHERE name = 'B'");
        assertThat(guard()).contains("column public.businesses.category is gone");
        service.sql("ALTER TABLE businesses RENAME COLUMN kind TO category");
        assertThat(guard()).doesNotContain("is gone").contains("could not be noted or applied");
    }

    @Test
    void aServiceIsTakenAwayBesideItsPlatform() throws Exception {
        Guest.installerOf(service.databaseUrl()).remove();
        service.sql("UPDATE business_metrics SET views_count = 77; UPDATE businesses SET name = 'Alone'");
        assertThat(service.queried("SELECT count(*) FROM pg_namespace WHERE nspname = 'live'"))
                .isEqualTo("0");
    }
}
