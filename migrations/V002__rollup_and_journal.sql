-- What the service keeps beside the platform's tables: two rollups, the journal, the epoch, and the publication that
-- rings the bell. Only the triggers of V003 and live_rebuild() write the rollups and the journal.

-- One row a tenant. Its row lock orders the tenant's revisions.
CREATE TABLE public.tenant_kpis (
    user_id           uuid PRIMARY KEY,
    active_businesses bigint NOT NULL DEFAULT 0,
    landlord_views    bigint NOT NULL DEFAULT 0,
    messages_total    bigint NOT NULL DEFAULT 0,
    invites_total     bigint NOT NULL DEFAULT 0,
    revision          bigint NOT NULL DEFAULT 0,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- One row a business: whose it is and what it counts. A cascade reaches business_metrics after the business row is
-- gone, so the owner must be known from here. `shown` is a digest of the columns a dashboard shows: it tells
-- live_rebuild() of changes that bypassed the triggers.
CREATE TABLE public.business_totals (
    business_id            uuid PRIMARY KEY,
    user_id                uuid NOT NULL,
    active                 boolean NOT NULL,
    shown                  uuid NOT NULL,
    views_count            bigint NOT NULL DEFAULT 0,
    clicks_count           bigint NOT NULL DEFAULT 0,
    property_invites_count bigint NOT NULL DEFAULT 0,
    declined_count         bigint NOT NULL DEFAULT 0,
    messages_count         bigint NOT NULL DEFAULT 0,
    qfps_submitted_count   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE INDEX business_totals_user_id_idx ON public.business_totals (user_id);

-- The journal: a tenant's revisions 1, 2, 3 … without a gap, in commit order. Each event carries the tenant's sums as
-- they are after the statement that wrote it. A `kpi:update` event has no business: live_rebuild() corrected the sums.
CREATE TABLE public.dashboard_event (
    user_id           uuid NOT NULL,
    revision          bigint NOT NULL,
    type              text NOT NULL CHECK (type IN ('business:created', 'business:updated', 'business:deleted',
                                                    'metrics:updated', 'kpi:update')),
    business_id       uuid,
    payload           jsonb NOT NULL,
    active_businesses bigint NOT NULL,
    landlord_views    bigint NOT NULL,
    messages_total    bigint NOT NULL,
    invites_total     bigint NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, revision)
);

-- Revisions are comparable only within one history of the database. An operator who restores a backup renews this:
--   UPDATE live_epoch SET value = gen_random_uuid();
CREATE TABLE public.live_epoch (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    value     uuid NOT NULL DEFAULT gen_random_uuid()
);

INSERT INTO public.live_epoch DEFAULT VALUES;

CREATE PUBLICATION tenantlist_live FOR TABLE public.dashboard_event WITH (publish = 'insert');
