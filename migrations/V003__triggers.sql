-- Statement-level triggers with transition tables: a bulk statement costs one update a tenant, not one a row.
--
-- Lock order, the same in every function: base rows (taken by the statement itself), then business_totals by
-- business_id, then tenant_kpis by user_id. Two bulk statements over the same tenants cannot deadlock on our rows,
-- whatever order they read theirs in.
--
-- SECURITY DEFINER, because the writer may be any role that may write the platform's tables.

-- One business's change of counts; a statement's net effect on it.
CREATE TYPE public.live_metrics_delta AS (
    business_id            uuid,
    views_count            bigint,
    clicks_count           bigint,
    property_invites_count bigint,
    declined_count         bigint,
    messages_count         bigint,
    qfps_submitted_count   bigint
);

-- One business before and after a statement. No old owner: created. No new owner: deleted. Two owners: moved.
CREATE TYPE public.live_business_change AS (
    business_id uuid,
    old_user_id uuid,
    new_user_id uuid,
    active      boolean,
    shown       uuid,
    business    jsonb
);

-- What a dashboard shows of a business: the payload of business:created and business:updated.
CREATE FUNCTION public.live_business_json(id uuid, user_id uuid, name text, category text,
                                          status public.business_status, is_verified boolean) RETURNS jsonb
    LANGUAGE sql STABLE AS
$$
    SELECT jsonb_build_object('id', id, 'user_id', user_id, 'name', name, 'category', category,
                              'status', status, 'is_verified', coalesce(is_verified, false))
$$;

-- A digest of the same columns.
CREATE FUNCTION public.live_shown(name text, category text, status public.business_status, is_verified boolean)
    RETURNS uuid
    LANGUAGE sql STABLE AS
$$
    SELECT md5(ROW (name, category, status, coalesce(is_verified, false))::text)::uuid
$$;

-- The payload of metrics:updated.
CREATE FUNCTION public.live_metrics_json(business_id uuid, views bigint, clicks bigint, invites bigint,
                                         declined bigint, messages bigint, qfps bigint) RETURNS jsonb
    LANGUAGE sql STABLE AS
$$
    SELECT jsonb_build_object('businessId', business_id, 'metrics', jsonb_build_object(
        'views_count', views, 'clicks_count', clicks, 'property_invites_count', invites,
        'declined_count', declined, 'messages_count', messages, 'qfps_submitted_count', qfps))
$$;

CREATE FUNCTION public.live_apply_metrics(deltas public.live_metrics_delta[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    -- Always in a statement of its own, before the one that writes: if this waits for a change of owner, the new owner's
    -- row of tenant_kpis may be younger than the snapshot this began with, and must be seen by what follows.
    PERFORM 1 FROM business_totals
    WHERE business_id IN (SELECT d.business_id FROM unnest(deltas) d)
    ORDER BY business_id FOR NO KEY UPDATE;
    -- With one business there is one tenant, which the statement below locks by itself.
    IF cardinality(deltas) > 1 THEN
        PERFORM 1 FROM tenant_kpis
        WHERE user_id IN (SELECT t.user_id FROM unnest(deltas) d JOIN business_totals t USING (business_id))
        ORDER BY user_id FOR NO KEY UPDATE;
    END IF;

    WITH business AS (
        UPDATE business_totals t
        SET views_count            = t.views_count + d.views_count,
            clicks_count           = t.clicks_count + d.clicks_count,
            property_invites_count = t.property_invites_count + d.property_invites_count,
            declined_count         = t.declined_count + d.declined_count,
            messages_count         = t.messages_count + d.messages_count,
            qfps_submitted_count   = t.qfps_submitted_count + d.qfps_submitted_count
        FROM unnest(deltas) d
        WHERE t.business_id = d.business_id
        RETURNING t.*, d.views_count AS more_views, d.messages_count AS more_messages,
            d.property_invites_count AS more_invites
    ), effect AS (
        SELECT user_id, sum(more_views) AS views, sum(more_messages) AS messages, sum(more_invites) AS invites,
               count(*) AS events
        FROM business
        GROUP BY user_id
    ), tenant AS (
        UPDATE tenant_kpis k
        SET landlord_views = k.landlord_views + e.views,
            messages_total = k.messages_total + e.messages,
            invites_total  = k.invites_total + e.invites,
            revision       = k.revision + e.events,
            updated_at     = clock_timestamp()
        FROM effect e
        WHERE k.user_id = e.user_id
        RETURNING k.*, e.events
    )
    INSERT INTO dashboard_event (user_id, revision, type, business_id, payload,
                                 active_businesses, landlord_views, messages_total, invites_total)
    SELECT k.user_id,
           k.revision - k.events + row_number() OVER (PARTITION BY k.user_id ORDER BY b.business_id),
           'metrics:updated', b.business_id, live_metrics_json(b.business_id, b.views_count, b.clicks_count,
               b.property_invites_count, b.declined_count, b.messages_count, b.qfps_submitted_count),
           k.active_businesses, k.landlord_views, k.messages_total, k.invites_total
    FROM business b JOIN tenant k USING (user_id);
END
$$;

CREATE FUNCTION public.live_apply_businesses(changes public.live_business_change[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    PERFORM 1 FROM business_totals
    WHERE business_id IN (SELECT c.business_id FROM unnest(changes) c)
    ORDER BY business_id FOR UPDATE;

    INSERT INTO tenant_kpis (user_id)
    SELECT DISTINCT c.new_user_id FROM unnest(changes) c
    WHERE c.new_user_id IS NOT NULL AND NOT EXISTS (SELECT FROM tenant_kpis k WHERE k.user_id = c.new_user_id)
    ORDER BY c.new_user_id
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM tenant_kpis
    WHERE user_id IN (SELECT c.old_user_id FROM unnest(changes) c UNION SELECT c.new_user_id FROM unnest(changes) c)
    ORDER BY user_id FOR NO KEY UPDATE;

    WITH change AS MATERIALIZED (
        SELECT c.*, c.old_user_id IS DISTINCT FROM c.new_user_id AS moved,
               coalesce(t.active, false)::int AS was_active,
               coalesce(t.views_count, 0) AS views, coalesce(t.clicks_count, 0) AS clicks,
               coalesce(t.property_invites_count, 0) AS invites, coalesce(t.declined_count, 0) AS declined,
               coalesce(t.messages_count, 0) AS messages, coalesce(t.qfps_submitted_count, 0) AS qfps
        FROM unnest(changes) c LEFT JOIN business_totals t USING (business_id)
    ), event AS MATERIALIZED (
        SELECT old_user_id AS user_id, business_id, 1 AS place, 'business:deleted' AS type,
               jsonb_build_object('businessId', business_id) AS payload,
               -was_active AS active, -views AS views, -messages AS messages, -invites AS invites
        FROM change WHERE moved AND old_user_id IS NOT NULL
        UNION ALL
        SELECT new_user_id, business_id, 2, 'business:created', jsonb_build_object('business', business),
               active::int, views, messages, invites
        FROM change WHERE moved AND new_user_id IS NOT NULL
        UNION ALL
        SELECT new_user_id, business_id, 3, 'metrics:updated',
               live_metrics_json(business_id, views, clicks, invites, declined, messages, qfps), 0, 0, 0, 0
        FROM change
        WHERE moved AND new_user_id IS NOT NULL
          AND (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0)
        UNION ALL
        SELECT new_user_id, business_id, 4, 'business:updated', jsonb_build_object('business', business),
               active::int - was_active, 0, 0, 0
        FROM change WHERE NOT moved
    ), deleted AS (
        DELETE FROM business_totals t USING change c
        WHERE t.business_id = c.business_id AND c.new_user_id IS NULL
    ), written AS (
        INSERT INTO business_totals (business_id, user_id, active, shown)
        SELECT business_id, new_user_id, active, shown FROM change WHERE new_user_id IS NOT NULL
        ON CONFLICT (business_id) DO UPDATE
        SET user_id = excluded.user_id, active = excluded.active, shown = excluded.shown
    ), effect AS (
        SELECT user_id, sum(active) AS active, sum(views) AS views, sum(messages) AS messages,
               sum(invites) AS invites, count(*) AS events
        FROM event
        GROUP BY user_id
    ), tenant AS (
        UPDATE tenant_kpis k
        SET active_businesses = k.active_businesses + e.active,
            landlord_views    = k.landlord_views + e.views,
            messages_total    = k.messages_total + e.messages,
            invites_total     = k.invites_total + e.invites,
            revision          = k.revision + e.events,
            updated_at        = clock_timestamp()
        FROM effect e
        WHERE k.user_id = e.user_id
        RETURNING k.*, e.events
    )
    INSERT INTO dashboard_event (user_id, revision, type, business_id, payload,
                                 active_businesses, landlord_views, messages_total, invites_total)
    SELECT k.user_id,
           k.revision - k.events + row_number() OVER (PARTITION BY k.user_id ORDER BY e.business_id, e.place),
           e.type, e.business_id, e.payload,
           k.active_businesses, k.landlord_views, k.messages_total, k.invites_total
    FROM event e JOIN tenant k USING (user_id);
END
$$;

CREATE FUNCTION public.live_metrics_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    deltas live_metrics_delta[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(ROW (d.*)::live_metrics_delta) INTO deltas FROM (
            SELECT business_id, sum(views_count) AS views, sum(clicks_count) AS clicks,
                   sum(property_invites_count) AS invites, sum(declined_count) AS declined,
                   sum(messages_count) AS messages, sum(qfps_submitted_count) AS qfps
            FROM new_rows
            GROUP BY business_id
        ) d WHERE (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0);
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(ROW (d.*)::live_metrics_delta) INTO deltas FROM (
            SELECT business_id, sum(sign * views_count) AS views, sum(sign * clicks_count) AS clicks,
                   sum(sign * property_invites_count) AS invites, sum(sign * declined_count) AS declined,
                   sum(sign * messages_count) AS messages, sum(sign * qfps_submitted_count) AS qfps
            FROM (SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 FROM old_rows) rows
            GROUP BY business_id
        ) d WHERE (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0);
    ELSIF TG_OP = 'DELETE' THEN
        -- A cascade's rows come here after the trigger on businesses took their totals away: nothing is left to change.
        SELECT array_agg(ROW (d.*)::live_metrics_delta) INTO deltas FROM (
            SELECT business_id, -sum(views_count) AS views, -sum(clicks_count) AS clicks,
                   -sum(property_invites_count) AS invites, -sum(declined_count) AS declined,
                   -sum(messages_count) AS messages, -sum(qfps_submitted_count) AS qfps
            FROM old_rows
            GROUP BY business_id
        ) d WHERE (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0);
    ELSE -- TRUNCATE
        SELECT array_agg(ROW (d.*)::live_metrics_delta) INTO deltas FROM (
            SELECT business_id, -views_count AS views, -clicks_count AS clicks, -property_invites_count AS invites,
                   -declined_count AS declined, -messages_count AS messages, -qfps_submitted_count AS qfps
            FROM business_totals
        ) d WHERE (views, clicks, invites, declined, messages, qfps) <> (0, 0, 0, 0, 0, 0)
              AND EXISTS (SELECT FROM businesses b WHERE b.id = d.business_id);
    END IF;
    IF deltas IS NOT NULL THEN
        PERFORM live_apply_metrics(deltas);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.live_businesses_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    changes live_business_change[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(ROW (id, NULL, user_id, status = 'active',
                              live_shown(name, category, status, is_verified),
                              live_business_json(id, user_id, name, category, status, is_verified)
                         )::live_business_change)
        INTO changes FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(ROW (coalesce(n.id, o.id), o.user_id, n.user_id, n.status = 'active',
                              live_shown(n.name, n.category, n.status, n.is_verified),
                              live_business_json(n.id, n.user_id, n.name, n.category, n.status, n.is_verified)
                         )::live_business_change)
        INTO changes
        FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
        WHERE (o.user_id, o.name, o.category, o.status, coalesce(o.is_verified, false))
            IS DISTINCT FROM (n.user_id, n.name, n.category, n.status, coalesce(n.is_verified, false));
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(ROW (id, user_id, NULL, NULL, NULL, NULL)::live_business_change)
        INTO changes FROM old_rows;
    ELSE -- TRUNCATE
        SELECT array_agg(ROW (business_id, user_id, NULL, NULL, NULL, NULL)::live_business_change)
        INTO changes FROM business_totals;
    END IF;
    IF changes IS NOT NULL THEN
        PERFORM live_apply_businesses(changes);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER live_inserted AFTER INSERT ON public.businesses
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_businesses_changed();
CREATE TRIGGER live_updated AFTER UPDATE ON public.businesses
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_businesses_changed();
CREATE TRIGGER live_deleted AFTER DELETE ON public.businesses
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_businesses_changed();
CREATE TRIGGER live_truncated AFTER TRUNCATE ON public.businesses
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_businesses_changed();

CREATE TRIGGER live_inserted AFTER INSERT ON public.business_metrics
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_metrics_changed();
CREATE TRIGGER live_updated AFTER UPDATE ON public.business_metrics
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_metrics_changed();
CREATE TRIGGER live_deleted AFTER DELETE ON public.business_metrics
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_metrics_changed();
CREATE TRIGGER live_truncated AFTER TRUNCATE ON public.business_metrics
    FOR EACH STATEMENT EXECUTE FUNCTION public.live_metrics_changed();
