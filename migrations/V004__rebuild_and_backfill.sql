-- Mends what bypassed the triggers (session_replication_role = replica, a restored dump), and fills the rollups from
-- the rows that stood before the triggers did.

-- The rollups recomputed from the base tables.
CREATE VIEW public.live_recomputed_totals AS
SELECT b.id AS business_id, b.user_id, b.status = 'active' AS active,
       live_shown(b.name, b.category, b.status, b.is_verified) AS shown,
       coalesce(sum(m.views_count), 0)::bigint AS views_count,
       coalesce(sum(m.clicks_count), 0)::bigint AS clicks_count,
       coalesce(sum(m.property_invites_count), 0)::bigint AS property_invites_count,
       coalesce(sum(m.declined_count), 0)::bigint AS declined_count,
       coalesce(sum(m.messages_count), 0)::bigint AS messages_count,
       coalesce(sum(m.qfps_submitted_count), 0)::bigint AS qfps_submitted_count
FROM public.businesses b LEFT JOIN public.business_metrics m ON m.business_id = b.id
GROUP BY b.id;

CREATE VIEW public.live_recomputed_kpis AS
SELECT user_id, count(*) FILTER (WHERE active) AS active_businesses, sum(views_count)::bigint AS landlord_views,
       sum(messages_count)::bigint AS messages_total, sum(property_invites_count)::bigint AS invites_total
FROM public.business_totals
GROUP BY user_id;

-- Brings both rollups to what the base tables say and writes the events of every difference, so that open dashboards
-- follow. Waits for open writers and holds new ones off until the transaction ends. Returns what it changed.
CREATE FUNCTION public.live_rebuild()
    RETURNS TABLE (businesses_corrected bigint, metrics_corrected bigint, tenants_corrected bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    changes live_business_change[];
    deltas  live_metrics_delta[];
BEGIN
    LOCK TABLE businesses, business_metrics IN SHARE ROW EXCLUSIVE MODE;

    SELECT array_agg(ROW (coalesce(b.id, t.business_id), t.user_id, b.user_id, b.status = 'active',
                          live_shown(b.name, b.category, b.status, b.is_verified),
                          live_business_json(b.id, b.user_id, b.name, b.category, b.status, b.is_verified)
                     )::live_business_change)
    INTO changes
    FROM businesses b FULL JOIN business_totals t ON t.business_id = b.id
    WHERE b.id IS NULL OR t.business_id IS NULL OR (t.user_id, t.active, t.shown)
        <> (b.user_id, b.status = 'active', live_shown(b.name, b.category, b.status, b.is_verified));
    IF changes IS NOT NULL THEN
        PERFORM live_apply_businesses(changes);
    END IF;

    SELECT array_agg(ROW (d.*)::live_metrics_delta) INTO deltas FROM (
        SELECT r.business_id, r.views_count - t.views_count AS views, r.clicks_count - t.clicks_count AS clicks,
               r.property_invites_count - t.property_invites_count AS invites,
               r.declined_count - t.declined_count AS declined, r.messages_count - t.messages_count AS messages,
               r.qfps_submitted_count - t.qfps_submitted_count AS qfps
        FROM live_recomputed_totals r JOIN business_totals t USING (business_id)
    ) d WHERE (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0);
    IF deltas IS NOT NULL THEN
        PERFORM live_apply_metrics(deltas);
    END IF;

    businesses_corrected := coalesce(cardinality(changes), 0);
    metrics_corrected := coalesce(cardinality(deltas), 0);

    INSERT INTO tenant_kpis (user_id) SELECT user_id FROM live_recomputed_kpis ORDER BY user_id ON CONFLICT DO NOTHING;
    PERFORM 1 FROM tenant_kpis ORDER BY user_id FOR NO KEY UPDATE;
    WITH tenant AS (
        UPDATE tenant_kpis k
        SET active_businesses = coalesce(r.active_businesses, 0), landlord_views = coalesce(r.landlord_views, 0),
            messages_total = coalesce(r.messages_total, 0), invites_total = coalesce(r.invites_total, 0),
            revision = k.revision + 1, updated_at = clock_timestamp()
        FROM tenant_kpis stands LEFT JOIN live_recomputed_kpis r USING (user_id)
        WHERE k.user_id = stands.user_id
          AND (k.active_businesses, k.landlord_views, k.messages_total, k.invites_total)
           <> (coalesce(r.active_businesses, 0), coalesce(r.landlord_views, 0), coalesce(r.messages_total, 0),
               coalesce(r.invites_total, 0))
        RETURNING k.*
    )
    INSERT INTO dashboard_event (user_id, revision, type, payload,
                                 active_businesses, landlord_views, messages_total, invites_total)
    SELECT user_id, revision, 'kpi:update', '{}', active_businesses, landlord_views, messages_total, invites_total
    FROM tenant;
    GET DIAGNOSTICS tenants_corrected = ROW_COUNT;
    RETURN NEXT;
END
$$;

REVOKE EXECUTE ON FUNCTION public.live_rebuild() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION public.live_apply_metrics(public.live_metrics_delta[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION public.live_apply_businesses(public.live_business_change[]) FROM PUBLIC;

-- The backfill writes no events: nobody watched before. Rows changed since the triggers stand are counted once,
-- because the same lock is held.
LOCK TABLE public.businesses, public.business_metrics IN SHARE ROW EXCLUSIVE MODE;
TRUNCATE public.business_totals, public.tenant_kpis, public.dashboard_event;
INSERT INTO public.business_totals SELECT * FROM public.live_recomputed_totals;
INSERT INTO public.tenant_kpis (user_id, active_businesses, landlord_views, messages_total, invites_total)
SELECT * FROM public.live_recomputed_kpis;
