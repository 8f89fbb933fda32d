package com.tenantlist.live.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Pins the JSON of what service and clients share: renaming a field would fool both ends and break browsers. */
class PayloadsTest {
    private static final UUID ID = UUID.fromString("00000000-0000-4000-9000-000000000001");
    private static final UUID USER = UUID.fromString("00000000-0000-4000-8000-000000000001");

    private static void pins(Object value, Class<?> type, String json) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        assertThat(mapper.writeValueAsString(value)).isEqualTo(json);
        assertThat(mapper.readValue(json, type)).isEqualTo(value);
    }

    @Test
    void kpis() throws Exception {
        pins(
                new KpiValues(5, new BigDecimal("75.5"), 1234, 89),
                KpiValues.class,
                "{\"activeBusinesses\":5,\"responseRate\":75.5,\"landlordViews\":1234,\"messagesTotal\":89}");
    }

    @Test
    void business() throws Exception {
        pins(
                new BusinessView(ID, USER, "Business Name", "F&B", BusinessStatus.ACTIVE.label(), true, "v1"),
                BusinessView.class,
                "{\"id\":\"00000000-0000-4000-9000-000000000001\",\"user_id\":\"00000000-0000-4000-8000-000000000001\","
                        + "\"name\":\"Business Name\",\"category\":\"F&B\",\"status\":\"active\",\"is_verified\":true,\"version\":\"v1\"}");
    }

    @Test
    void businessWithItsTotals() throws Exception {
        pins(
                new BusinessOverview(
                        new BusinessView(ID, USER, "Name", null, BusinessStatus.STEALTH_MODE.label(), false, "v2"),
                        new MetricCounts(1, 2, 3, 4, 5, 6)),
                BusinessOverview.class,
                "{\"id\":\"00000000-0000-4000-9000-000000000001\",\"user_id\":\"00000000-0000-4000-8000-000000000001\","
                        + "\"name\":\"Name\",\"category\":null,\"status\":\"stealth_mode\",\"is_verified\":false,\"version\":\"v2\","
                        + "\"metrics\":{\"views_count\":1,\"clicks_count\":2,\"property_invites_count\":3,"
                        + "\"declined_count\":4,\"messages_count\":5,\"qfps_submitted_count\":6}}");
    }

    @Test
    void metricCounts() throws Exception {
        pins(
                new MetricCounts(1, 2, 3, 4, 5, 6),
                MetricCounts.class,
                "{\"views_count\":1,\"clicks_count\":2,\"property_invites_count\":3,\"declined_count\":4,"
                        + "\"messages_count\":5,\"qfps_submitted_count\":6}");
    }

    @Test
    void error() throws Exception {
        pins(
                ErrorBody.of(ErrorCode.NOT_FOUND, "you have no business 7"),
                ErrorBody.class,
                "{\"success\":false,\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"you have no business 7\"}}");
        pins(
                ErrorBody.of(ErrorCode.VERSION_CONFLICT, "it has another version", Map.of("business", "as it is now")),
                ErrorBody.class,
                "{\"success\":false,\"error\":{\"code\":\"VERSION_CONFLICT\",\"message\":\"it has another version\"},"
                        + "\"data\":{\"business\":\"as it is now\"}}");
    }

    @Test
    void namesOnTheWire() {
        assertThat(EventType.values())
                .extracting(EventType::wireName)
                .containsExactly(
                        "business:created",
                        "business:updated",
                        "business:deleted",
                        "metrics:updated",
                        "kpi:update",
                        "reconnected",
                        "state:reset");
        assertThat(SocketContract.NAMESPACE).isEqualTo("/dashboard");
        assertThat(SocketContract.REQUEST_CURRENT_STATE).isEqualTo("request:current-state");
        assertThat(SocketContract.userRoom(USER)).isEqualTo("user:00000000-0000-4000-8000-000000000001");
        assertThat(BusinessStatus.values())
                .extracting(BusinessStatus::label)
                .containsExactly("active", "pending_verification", "stealth_mode");
    }

    @Test
    void aShortSecretIsRefusedWithItsLength() {
        assertThatThrownBy(() -> new TokenIssuer("short"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 bytes")
                .hasMessageContaining("32");
    }
}
