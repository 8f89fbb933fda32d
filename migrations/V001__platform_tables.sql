-- The platform's two tables, created only where they are missing: on the platform's own database they stand already, with
-- rows, and stay as they are. Indexes are made where none serves, by `db migrate`, concurrently.

DO $$
BEGIN
    IF to_regclass('public.businesses') IS NULL AND to_regtype('public.business_status') IS NULL THEN
        CREATE TYPE public.business_status AS ENUM ('active', 'pending_verification', 'stealth_mode');
    END IF;
    IF to_regclass('public.businesses') IS NULL THEN
        CREATE TABLE public.businesses (
            id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            user_id              uuid NOT NULL,
            name                 varchar(255) NOT NULL,
            logo_url             varchar(500),
            category             varchar(100),
            status               public.business_status NOT NULL DEFAULT 'pending_verification',
            is_verified          boolean NOT NULL DEFAULT false,
            stealth_mode_enabled boolean NOT NULL DEFAULT false,
            created_at           timestamptz NOT NULL DEFAULT now(),
            updated_at           timestamptz NOT NULL DEFAULT now()
        );
    END IF;
    IF to_regclass('public.business_metrics') IS NULL THEN
        CREATE TABLE public.business_metrics (
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
    END IF;
END
$$;
