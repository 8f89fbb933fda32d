-- The platform's two tables, created only where they are missing: on the platform's own database they stand already,
-- with rows, and stay as they are.

DO $$
BEGIN
    IF to_regtype('public.business_status') IS NULL THEN
        CREATE TYPE public.business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS public.businesses (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id              uuid NOT NULL,
    name                 varchar(255) NOT NULL,
    logo_url             varchar(500),
    category             varchar(100),
    status               business_status NOT NULL DEFAULT 'pending_verification',
    is_verified          boolean NOT NULL DEFAULT false,
    stealth_mode_enabled boolean NOT NULL DEFAULT false,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.business_metrics (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    business_id            uuid NOT NULL REFERENCES public.businesses (id) ON DELETE CASCADE,
    demand_listing_id      uuid,
    metric_date            date NOT NULL,
    views_count            integer NOT NULL DEFAULT 0,
    clicks_count           integer NOT NULL DEFAULT 0,
    property_invites_count integer NOT NULL DEFAULT 0,
    declined_count         integer NOT NULL DEFAULT 0,
    messages_count         integer NOT NULL DEFAULT 0,
    qfps_submitted_count   integer NOT NULL DEFAULT 0,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS businesses_user_id_idx ON public.businesses (user_id, created_at, id);
CREATE INDEX IF NOT EXISTS business_metrics_business_id_date_idx ON public.business_metrics (business_id, metric_date);
