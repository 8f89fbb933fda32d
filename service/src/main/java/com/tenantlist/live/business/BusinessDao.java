package com.tenantlist.live.business;

import com.tenantlist.live.postgres.Statements;
import com.tenantlist.live.protocol.BusinessOverview;
import com.tenantlist.live.protocol.BusinessStatus;
import com.tenantlist.live.protocol.BusinessView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** SQL of businesses. Every statement names the owner: another's business is as good as none. */
final class BusinessDao {
    /** The platform may allow nulls, and labels that we do not know; both are shown. */
    private static final String COLUMNS = "id, user_id, coalesce(name::text, '') AS name, category::text AS category,"
            + " coalesce(status::text, '') AS status, coalesce(is_verified, false) AS is_verified";

    private static final String ONE = "SELECT " + COLUMNS + " FROM public.businesses WHERE id = ? AND user_id = ?";

    private static final String UPDATE = """
            UPDATE public.businesses
            SET name = coalesce(?, name),
                category = CASE WHEN ? THEN NULL ELSE coalesce(?, category) END,
                status = coalesce(?::public.business_status, status),
                updated_at = now()
            WHERE id = ? AND user_id = ?
            RETURNING\s""" + COLUMNS;

    private BusinessDao() {}

    /** A page of a tenant's businesses, and how many there are in all. */
    record Page(List<BusinessView> businesses, long total) {}

    /** Oldest first. {@code search} matches name or category, anywhere, in any case. */
    static Page list(
            Handle handle,
            UUID userId,
            Optional<BusinessStatus> status,
            Optional<String> search,
            int limit,
            long offset) {
        String where = """
                WHERE user_id = :userId AND (:status::text IS NULL OR status::text = :status)
                  AND (:search::text IS NULL OR name ILIKE :search OR category ILIKE :search)""";
        String pattern = search.map(BusinessDao::pattern).orElse(null);
        String label = status.map(BusinessStatus::label).orElse(null);
        List<BusinessView> page = handle.createQuery("SELECT " + COLUMNS + " FROM public.businesses " + where
                        + " ORDER BY created_at, id LIMIT :limit OFFSET :offset")
                .bind("userId", userId)
                .bind("status", label)
                .bind("search", pattern)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((row, context) -> view(row))
                .list();
        long total = handle.createQuery("SELECT count(*) FROM public.businesses " + where)
                .bind("userId", userId)
                .bind("status", label)
                .bind("search", pattern)
                .mapTo(long.class)
                .one();
        return new Page(page, total);
    }

    private static String pattern(String search) {
        return "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }

    /** A tenant's businesses with their totals; a business's totals may be missing. */
    static final String OVERVIEWS = """
            SELECT b.id, b.user_id, coalesce(b.name::text, '') AS name, b.category::text AS category,
                   coalesce(b.status::text, '') AS status, coalesce(b.is_verified, false) AS is_verified, b.created_at,
                   t.views_count, t.clicks_count, t.property_invites_count, t.declined_count, t.messages_count,
                   t.qfps_submitted_count
            FROM public.businesses b LEFT JOIN live.business_totals t ON t.business_id = b.id
            WHERE b.user_id = :userId""";

    static BusinessOverview overview(ResultSet row) throws SQLException {
        return new BusinessOverview(view(row), MetricsDao.counts(row));
    }

    static Optional<BusinessView> find(Handle handle, UUID userId, UUID id) {
        return one(handle, ONE, userId, id);
    }

    /** As it is, and as it stays until the transaction changes it. */
    static Optional<BusinessView> lockToChange(Handle handle, UUID userId, UUID id) {
        return one(handle, ONE + " FOR NO KEY UPDATE", userId, id);
    }

    /** As it is, and as it stays until the transaction deletes it. */
    static Optional<BusinessView> lockToDelete(Handle handle, UUID userId, UUID id) {
        return one(handle, ONE + " FOR UPDATE", userId, id);
    }

    private static Optional<BusinessView> one(Handle handle, String sql, UUID userId, UUID id) {
        return Statements.findOne(handle, sql, BusinessDao::view, id, userId);
    }

    static BusinessView insert(
            Handle handle, UUID userId, String name, @Nullable String category, BusinessStatus status) {
        return handle.createQuery("INSERT INTO public.businesses (user_id, name, category, status)"
                        + " VALUES (:userId, :name, :category, :status::public.business_status) RETURNING " + COLUMNS)
                .bind("userId", userId)
                .bind("name", name)
                .bind("category", category)
                .bind("status", status.label())
                .map((row, context) -> view(row))
                .one();
    }

    /** Changes what is present; empty if the tenant has no such business. */
    static Optional<BusinessView> update(Handle handle, UUID userId, UUID id, BusinessFields fields) {
        return Statements.findOne(
                handle,
                UPDATE,
                BusinessDao::view,
                fields.name().orElse(null),
                fields.clearCategory(),
                fields.category().orElse(null),
                fields.status().map(BusinessStatus::label).orElse(null),
                id,
                userId);
    }

    /** False if it was not deleted after all: a trigger of the platform's may keep it. */
    static boolean delete(Handle handle, UUID userId, UUID id) {
        return handle.createUpdate("DELETE FROM public.businesses WHERE id = :id AND user_id = :userId")
                        .bind("id", id)
                        .bind("userId", userId)
                        .execute()
                > 0;
    }

    private static BusinessView view(ResultSet row) throws SQLException {
        String name = row.getString("name");
        String category = row.getString("category");
        String status = row.getString("status");
        boolean isVerified = row.getBoolean("is_verified");
        return new BusinessView(
                row.getObject("id", UUID.class),
                row.getObject("user_id", UUID.class),
                name,
                category,
                status,
                isVerified,
                BusinessVersion.of(name, category, status, isVerified));
    }
}
