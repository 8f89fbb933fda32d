package com.tenantlist.live.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Judges rollup and journal by SQL and code of its own, from the base tables alone. */
final class Rollup {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String TENANTS_DIFFER = """
            WITH truth AS (
                SELECT b.user_id, count(DISTINCT b.id) FILTER (WHERE b.status::text = 'active') AS active,
                       coalesce(sum(m.views_count), 0) AS views, coalesce(sum(m.messages_count), 0) AS messages,
                       coalesce(sum(m.property_invites_count), 0) AS invites
                FROM businesses b LEFT JOIN business_metrics m ON m.business_id = b.id GROUP BY b.user_id)
            SELECT k.user_id, k, t FROM live.tenant_kpis k FULL JOIN truth t USING (user_id)
            WHERE (coalesce(k.active_businesses, 0), coalesce(k.landlord_views, 0), coalesce(k.messages_total, 0),
                   coalesce(k.invites_total, 0))
               <> (coalesce(t.active, 0), coalesce(t.views, 0), coalesce(t.messages, 0), coalesce(t.invites, 0))""";

    /** Of a business that is there, its owner too; of one that is not, or is nobody's, its counts, if there are any. */
    private static final String BUSINESSES_DIFFER = """
            WITH truth AS (
                SELECT coalesce(b.id, m.business_id) AS id, b.user_id, coalesce(b.status::text = 'active', false) AS active,
                       coalesce(sum(views_count), 0) AS v, coalesce(sum(clicks_count), 0) AS c,
                       coalesce(sum(property_invites_count), 0) AS i, coalesce(sum(declined_count), 0) AS d,
                       coalesce(sum(messages_count), 0) AS m, coalesce(sum(qfps_submitted_count), 0) AS q
                FROM businesses b FULL JOIN business_metrics m ON m.business_id = b.id
                GROUP BY b.id, b.user_id, b.status, m.business_id)
            SELECT r, t FROM live.business_totals r FULL JOIN truth t ON t.id = r.business_id
            WHERE (r.user_id, coalesce(r.views_count, 0), coalesce(r.clicks_count, 0), coalesce(r.property_invites_count, 0),
                   coalesce(r.declined_count, 0), coalesce(r.messages_count, 0), coalesce(r.qfps_submitted_count, 0))
                  IS DISTINCT FROM (t.user_id, coalesce(t.v, 0), coalesce(t.c, 0), coalesce(t.i, 0), coalesce(t.d, 0),
                   coalesce(t.m, 0), coalesce(t.q, 0))
               OR t.user_id IS NOT NULL AND r.active IS DISTINCT FROM t.active
               OR r.user_id IS NULL AND (r.views_count, r.clicks_count, r.property_invites_count, r.declined_count,
                   r.messages_count, r.qfps_submitted_count) = (0, 0, 0, 0, 0, 0)""";

    private static final String GAPS = """
            SELECT k.user_id, k.revision, count(e.revision), min(e.revision), max(e.revision)
            FROM live.tenant_kpis k LEFT JOIN live.dashboard_event e USING (user_id)
            GROUP BY k.user_id, k.revision
            HAVING count(e.revision) <> k.revision OR coalesce(max(e.revision), 0) <> k.revision
                OR coalesce(min(e.revision), 1) <> 1""";

    private static final String PENDING =
            "SELECT p.xid, p.ctid FROM live.pending p UNION ALL SELECT c.xid, c.ctid FROM live.pending_change c";

    private Rollup() {}

    /** Mends every tenant, and says how much of what was mended: businesses, metrics, tenants. */
    static List<String> rebuild(Connection connection) throws SQLException {
        return rows(connection, """
                        WITH mended AS MATERIALIZED (
                            SELECT r.* FROM live.tenants('00000000-0000-0000-0000-000000000000', 10000) t, live.rebuild(t) r)
                        SELECT coalesce(sum(businesses), 0), coalesce(sum(metrics), 0) FROM mended""").get(0);
    }

    /** Rollup = recomputation; revisions 1 to n without a gap; the journal folded over nothing gives what stands. */
    static void check(Connection connection) throws SQLException {
        checkSums(connection);
        assertThat(rows(connection, "SELECT is_called FROM live.failures")).containsExactly(List.of("f"));
        assertThat(folded(connection)).isEqualTo(standing(connection));
    }

    /** The same without the journal's contents: for transactions that it does not tell one by one. */
    static void checkSums(Connection connection) throws SQLException {
        checkTotals(connection);
        assertThat(rows(connection, GAPS))
                .as("tenants whose revisions have gaps")
                .isEmpty();
    }

    /** The same without the journal. */
    static void checkTotals(Connection connection) throws SQLException {
        assertThat(rows(connection, TENANTS_DIFFER))
                .as("tenants whose KPIs are wrong")
                .isEmpty();
        assertThat(rows(connection, BUSINESSES_DIFFER))
                .as("businesses whose totals are wrong")
                .isEmpty();
        assertThat(rows(connection, PENDING)).as("notes that are left").isEmpty();
    }

    /** What the events of each tenant, applied in order to nothing, make of it. */
    private static Map<String, String> folded(Connection connection) throws SQLException {
        Map<String, Map<String, JsonNode>> businesses = new TreeMap<>();
        Map<String, Map<String, JsonNode>> metrics = new TreeMap<>();
        Map<String, String> kpis = new TreeMap<>();
        String sql = """
                SELECT user_id, type, CASE
                           WHEN type IN ('business:created', 'business:updated') THEN jsonb_build_object('business',
                               jsonb_build_object('id', business_id, 'user_id', user_id, 'name', name, 'category', category,
                                                  'status', status, 'is_verified', is_verified))
                           WHEN type = 'metrics:updated' THEN jsonb_build_object('businessId', business_id, 'metrics',
                               jsonb_build_object('views_count', counts[1], 'clicks_count', counts[2],
                                                  'property_invites_count', counts[3], 'declined_count', counts[4],
                                                  'messages_count', counts[5], 'qfps_submitted_count', counts[6]))
                           ELSE jsonb_build_object('businessId', business_id) END,
                       array_to_string(sums, ' ')
                FROM live.dashboard_event ORDER BY user_id, revision""";
        for (List<String> row : rows(connection, sql)) {
            String user = row.get(0);
            JsonNode payload = json(row.get(2));
            Map<String, JsonNode> own = businesses.computeIfAbsent(user, key -> new TreeMap<>());
            Map<String, JsonNode> counts = metrics.computeIfAbsent(user, key -> new TreeMap<>());
            switch (row.get(1)) {
                case "business:created" -> {
                    String id = payload.path("business").path("id").asText();
                    assertThat(own.put(id, payload.path("business")))
                            .as("created twice: " + id)
                            .isNull();
                }
                case "business:updated" -> {
                    String id = payload.path("business").path("id").asText();
                    assertThat(own.put(id, payload.path("business")))
                            .as("updated, never created: " + id)
                            .isNotNull();
                }
                case "business:deleted" -> {
                    String id = payload.path("businessId").asText();
                    assertThat(own.remove(id))
                            .as("deleted, never created: " + id)
                            .isNotNull();
                    counts.remove(id);
                }
                case "metrics:updated" -> {
                    String id = payload.path("businessId").asText();
                    assertThat(own).as("metrics of an unknown business").containsKey(id);
                    assertThat(counts.put(id, payload.path("metrics")))
                            .as("metrics that change nothing")
                            .isNotEqualTo(payload.path("metrics"));
                }
                default -> assertThat(row.get(1)).isEqualTo("kpi:update");
            }
            kpis.put(user, row.get(3));
        }
        Map<String, String> state = new TreeMap<>();
        businesses.forEach((user, own) -> own.forEach((id, business) -> state.put(
                id,
                business + " " + countsOf(metrics.getOrDefault(user, Map.of()).get(id)))));
        state.putAll(kpis);
        return state;
    }

    private static String countsOf(JsonNode metrics) {
        return metrics == null
                ? "0 0 0 0 0 0"
                : metrics.path("views_count") + " " + metrics.path("clicks_count") + " "
                        + metrics.path("property_invites_count") + " " + metrics.path("declined_count") + " "
                        + metrics.path("messages_count") + " " + metrics.path("qfps_submitted_count");
    }

    /** The same, read from the base tables. */
    private static Map<String, String> standing(Connection connection) throws SQLException {
        Map<String, String> state = new TreeMap<>();
        String businesses = """
                SELECT b.id, jsonb_build_object('id', b.id, 'user_id', user_id, 'name', name, 'category', category,
                                                'status', status, 'is_verified', is_verified),
                       concat_ws(' ', coalesce(sum(views_count), 0), coalesce(sum(clicks_count), 0),
                                 coalesce(sum(property_invites_count), 0), coalesce(sum(declined_count), 0),
                                 coalesce(sum(messages_count), 0), coalesce(sum(qfps_submitted_count), 0))
                FROM businesses b LEFT JOIN business_metrics m ON m.business_id = b.id GROUP BY b.id""";
        for (List<String> row : rows(connection, businesses)) {
            state.put(row.get(0), json(row.get(1)) + " " + row.get(2));
        }
        String tenants = """
                SELECT u.user_id, concat_ws(' ', count(DISTINCT b.id) FILTER (WHERE status = 'active'),
                       coalesce(sum(views_count), 0), coalesce(sum(messages_count), 0),
                       coalesce(sum(property_invites_count), 0))
                FROM (SELECT DISTINCT user_id FROM live.dashboard_event) u
                LEFT JOIN businesses b USING (user_id) LEFT JOIN business_metrics m ON m.business_id = b.id
                GROUP BY u.user_id""";
        for (List<String> row : rows(connection, tenants)) {
            state.put(row.get(0), row.get(1));
        }
        return state;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<List<String>> rows(Connection connection, String sql) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }
}
