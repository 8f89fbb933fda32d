-- How far `db migrate` has come, so that it can go on where it was stopped.
CREATE TABLE live.installation (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    backfilled_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    backfilled    boolean NOT NULL DEFAULT false,
    complete      boolean NOT NULL DEFAULT false,
    -- The files of the last complete run, as a digest; the functions and views as they were made, live.code(); and what stood in this schema then, by its
    -- kind and name.
    version       text,
    code          text,
    objects       text[] NOT NULL DEFAULT '{}',
    -- The tables whose rows are in the rollups, by live.watched_table.attachment: what live.parts() said when all were counted.
    parts         jsonb NOT NULL DEFAULT '{}',
    -- Whether the publication could be made.
    publishes     boolean NOT NULL DEFAULT true,
    -- INSTALL_ALL_TABLES_PUBLISHED of the last `db migrate`.
    all_published boolean NOT NULL DEFAULT false,
    -- How many of live.failures are mended: all as of the last rebuild of everything, and what live.mend_unapplied mended since.
    failures      bigint NOT NULL DEFAULT 0
);

INSERT INTO live.installation DEFAULT VALUES;

-- What is used of the platform's tables, and the type that it is read as; of what is only shown or written, none. What our functions do not read, the
-- service does: then `fails` says what cannot be done without it, while counting goes on.
CREATE VIEW live.read_column AS
SELECT c.root, c.name, c.read_as, c.fails
FROM (VALUES
    ('businesses', 'id', 'uuid'::regtype, NULL), ('businesses', 'user_id', 'uuid', NULL), ('businesses', 'name', NULL, NULL),
    ('businesses', 'category', NULL, NULL), ('businesses', 'status', NULL, NULL), ('businesses', 'is_verified', 'boolean', NULL),
    ('businesses', 'created_at', 'timestamptz', 'dashboards do not open, and REST lists neither businesses nor trends'),
    ('businesses', 'updated_at', NULL, 'REST cannot change a business'),
    ('business_metrics', 'business_id', 'uuid', NULL), ('business_metrics', 'views_count', 'bigint', NULL),
    ('business_metrics', 'clicks_count', 'bigint', NULL), ('business_metrics', 'property_invites_count', 'bigint', NULL),
    ('business_metrics', 'declined_count', 'bigint', NULL), ('business_metrics', 'messages_count', 'bigint', NULL),
    ('business_metrics', 'qfps_submitted_count', 'bigint', NULL),
    ('business_metrics', 'metric_date', 'date', 'REST knows neither trends nor counts of a day'),
    ('business_metrics', 'id', NULL, 'REST cannot write counts of a day'),
    ('business_metrics', 'created_at', NULL, 'REST cannot write counts of a day'),
    ('business_metrics', 'updated_at', NULL, 'REST cannot write counts of a day')) AS c (root, name, read_as, fails);

-- Columns of types that we do not read: by a cast that somebody made they would run a function of theirs, with our rights. Of texts our functions make
-- what they need; the service does not.
CREATE VIEW live.unreadable_column AS
WITH RECURSIVE type AS (
    SELECT a.attrelid, a.attname, a.atttypid AS declared, n.read_as, n.fails, a.atttypid AS oid
    FROM live.read_column n
         JOIN pg_catalog.pg_attribute a ON a.attrelid = live.table_of(n.root) AND a.attname = n.name AND NOT a.attisdropped
    UNION ALL
    SELECT p.attrelid, p.attname, p.declared, p.read_as, p.fails, t.typbasetype
    FROM type p JOIN pg_catalog.pg_type t ON t.oid = p.oid WHERE t.typtype = 'd'
)
SELECT p.read_as, p.fails, format('column %s.%I is of type %s, and is read as %s', p.attrelid::regclass, p.attname, format_type(p.declared, NULL), p.read_as) AS said
FROM type p JOIN pg_catalog.pg_type t ON t.oid = p.oid JOIN pg_catalog.pg_type r ON r.oid = p.read_as
WHERE t.typtype <> 'd' AND (t.typcategory <> 'S' OR p.fails IS NOT NULL) AND t.oid <> r.oid
  AND NOT (r.oid = 'timestamptz'::regtype AND t.oid = 'timestamp'::regtype)
  AND NOT (r.oid = 'bigint'::regtype AND t.oid IN ('smallint'::regtype, 'integer'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype))
UNION ALL
SELECT 'text'::regtype, NULL, format('column %s.%I is of type %s, a domain of character, whose blanks nobody can tell from its own', p.attrelid::regclass,
                                     p.attname, format_type(p.declared, NULL))
FROM type p WHERE p.read_as IS NULL AND p.fails IS NULL AND p.oid = 'character'::regtype AND p.declared <> p.oid;

-- The platform's own two tables and their parts, as they are now; of temporary ones only their session sees the rows. `of` is 'metrics' or 'businesses'. `attachment` is another after a part
-- was detached and attached again, `triggers` after one of ours was disabled and enabled: what was written meanwhile none has noted. `bare` is a part that never had our triggers.
CREATE VIEW live.watched_table AS
WITH RECURSIVE part AS (
    SELECT live.table_of(r.root) AS relid, r.root, r.of, false AS is_part
    FROM (VALUES ('businesses', 'businesses'), ('business_metrics', 'metrics')) AS r (root, of)
    WHERE live.table_of(r.root) IS NOT NULL
    UNION
    SELECT i.inhrelid, p.root, p.of, true
    FROM part p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relid AND NOT i.inhdetachpending
         JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relpersistence <> 't'
)
SELECT p.relid, p.root, p.of, c.relkind AS kind,
       concat_ws(' ', p.relid, (SELECT string_agg(i.xmin::text, ' ' ORDER BY i.inhparent)
                                FROM pg_catalog.pg_inherits i WHERE i.inhrelid = p.relid)) AS attachment,
       t.triggers, p.is_part AND c.relkind IN ('r', 'p') AND t.triggers IS NULL AS bare
FROM part p JOIN pg_catalog.pg_class c ON c.oid = p.relid
CROSS JOIN LATERAL (SELECT string_agg(t.xmin::text, ' ' ORDER BY t.tgname) AS triggers FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = p.relid AND t.tgname IN ('live_inserted', 'live_updated', 'live_deleted', 'zzz_live_truncated')) t;

-- Parts that belong to another role than their table. Functions of a part's indexes, constraints and statistics run for whoever plans a query that reads
-- it. The owner of the two tables may do with their rows what he likes, and could do no more with our rights; another could.
CREATE VIEW live.strange_part AS
SELECT w.relid, format('part %s of %s belongs to role %I, whose functions would run with our rights when it is read', w.relid::regclass, r.oid::regclass,
                       pg_get_userbyid(c.relowner)) AS said,
       format('ALTER TABLE %s OWNER TO %I', w.relid::regclass, pg_get_userbyid(r.relowner)) AS cure
FROM live.watched_table w JOIN pg_catalog.pg_class c ON c.oid = w.relid JOIN pg_catalog.pg_class r ON r.oid = live.table_of(w.root)
WHERE NOT pg_has_role(c.relowner, r.relowner, 'MEMBER');

-- Those tables, for live.installation.parts.
CREATE FUNCTION live.parts() RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
    SET quote_all_identifiers = off
AS $$
    SELECT coalesce(jsonb_object_agg(w.attachment, jsonb_build_object('table', w.relid::regclass, 'triggers', w.triggers)), '{}')
    FROM live.watched_table w
$$;

-- The triggers that each of them needs, and whether they stand: defined as here, and enabled.
CREATE VIEW live.watched_trigger AS
SELECT w.relid, w.of, w.bare, n.tgname, n.event, n.function,
       EXISTS (
           SELECT FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
           JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
           WHERE t.tgrelid = w.relid AND t.tgname = n.tgname AND t.tgenabled IN ('O', 'A')
             AND s.nspname = 'live' AND p.proname = n.function
             AND t.tgqual IS NULL AND t.tgtype = n.tgtype) AS stands
FROM live.watched_table w
CROSS JOIN LATERAL (VALUES
    ('live_inserted', 'AFTER INSERT', 'note_' || w.of || '_insert', 4),
    ('live_updated', 'AFTER UPDATE', 'note_' || w.of || '_update', 16),
    ('live_deleted', 'AFTER DELETE', 'note_' || w.of || '_delete', 8),
    ('zzz_live_truncated', 'BEFORE TRUNCATE', 'note_truncate', 34)) AS n (tgname, event, function, tgtype)
WHERE w.kind IN ('r', 'p');

-- Gives a table its triggers, where they do not stand. The caller's rights count: it must own the table or hold TRIGGER on it.
-- Takes a lock that writers of the table wait for; set lock_timeout. Returns whether there was anything to do.
CREATE FUNCTION live.attach(watched regclass) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    t        record;
    attached boolean := false;
    ours     oid := (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'live');
    place    regnamespace := (SELECT c.relnamespace FROM pg_class c WHERE c.oid = watched);
BEGIN
    FOR t IN SELECT w.* FROM live.watched_trigger w WHERE w.relid = watched AND NOT w.stands ORDER BY w.tgname LOOP
        IF EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                   WHERE g.tgrelid = watched AND g.tgname = t.tgname AND p.pronamespace <> 'live'::regnamespace) THEN
            RAISE duplicate_object USING MESSAGE = format('trigger %I on %s is not ours, and has the name that ours must have', t.tgname, watched),
                HINT = format('ALTER TRIGGER %I ON %s RENAME TO ...', t.tgname, watched);
        END IF;
        EXECUTE format('CREATE OR REPLACE TRIGGER %I %s ON %s%s FOR EACH STATEMENT EXECUTE FUNCTION live.%I(%s)',
            t.tgname, t.event, watched,
            CASE t.event WHEN 'AFTER INSERT' THEN ' REFERENCING NEW TABLE AS new_rows'
                         WHEN 'AFTER UPDATE' THEN ' REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                         WHEN 'AFTER DELETE' THEN ' REFERENCING OLD TABLE AS old_rows' ELSE '' END,
            t.function, CASE WHEN t.event = 'BEFORE TRUNCATE' THEN quote_literal(t.of) ELSE '' END);
        IF EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = watched AND g.tgname = t.tgname AND g.tgenabled NOT IN ('O', 'A')) THEN
            EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', watched, t.tgname);
        END IF;
        attached := true;
    END LOOP;
    -- What TRUNCATE takes from a part is read from it; db migrate, and the guard of a service, make its triggers as our owner.
    -- Who does not own them may not grant it, and is told so by the guard.
    IF attached AND NOT (has_table_privilege(ours, watched, 'SELECT') AND has_table_privilege(ours, watched, 'TRIGGER'))
       AND pg_has_role((SELECT c.relowner FROM pg_class c WHERE c.oid = watched), 'USAGE') THEN
        EXECUTE format('GRANT SELECT, TRIGGER ON %s TO %I', watched, pg_get_userbyid(ours));
    END IF;
    IF attached AND NOT has_schema_privilege(ours, place, 'USAGE')
       AND pg_has_role((SELECT n.nspowner FROM pg_namespace n WHERE n.oid = place), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', place, pg_get_userbyid(ours));
    END IF;
    RETURN attached;
END
$$;

-- Whether the platform, or anyone else in this database, has deferrable constraints: then live.apply must come last at COMMIT.
CREATE FUNCTION live.others_defer() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE t.tgdeferrable AND n.nspname <> 'live' AND c.relpersistence <> 't')
$$;

-- Whether what was noted is applied at COMMIT.
CREATE FUNCTION live.applies() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'live.pending'::regclass AND t.tgname = 'live_apply'
                   AND t.tgenabled IN ('O', 'A') AND t.tgfoid = to_regproc('live.apply') AND t.tgdeferrable)
$$;

-- Makes live.apply come last at COMMIT, or not, as it must. Takes a lock on live.pending that writers wait for; set lock_timeout. As who calls it: an
-- event trigger of the platform's, which logs what is made, runs as who makes it, and knows who migrates.
CREATE FUNCTION live.order_apply() RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    IF live.applies() AND live.others_defer() = (SELECT t.tgnargs > 0 FROM pg_trigger t WHERE t.tgrelid = 'live.pending'::regclass AND t.tgname = 'live_apply') THEN
        RETURN false;
    END IF;
    DROP TRIGGER IF EXISTS live_apply ON live.pending;
    EXECUTE format('CREATE CONSTRAINT TRIGGER live_apply AFTER INSERT ON live.pending DEFERRABLE INITIALLY DEFERRED'
        ' FOR EACH ROW EXECUTE FUNCTION live.apply(%s)', CASE WHEN live.others_defer() THEN '''last''' ELSE '' END);
    ALTER TABLE live.pending ENABLE ALWAYS TRIGGER live_apply;
    RETURN true;
END
$$;

-- The functions below read the platform's tables. No view does: it would keep the platform from altering its columns.

-- First of all in each of them: from here to the end of the transaction the two tables are tables, and their columns of the types that we read. A
-- view in their place would run its functions with our rights, as a cast of somebody's making would. Their parts are locked too: a TRUNCATE
-- that came first has ended.
CREATE FUNCTION live.check_tables() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    unreadable text;
    of_another text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'call it in a transaction that is READ COMMITTED: another sees the tables of before';
    END IF;
    LOCK TABLE public.businesses, public.business_metrics IN ACCESS SHARE MODE;
    IF live.table_of('businesses') IS NULL OR live.table_of('business_metrics') IS NULL THEN
        RAISE wrong_object_type USING MESSAGE = 'public.businesses and public.business_metrics must be tables';
    END IF;
    SELECT u.said INTO unreadable FROM live.unreadable_column u WHERE u.fails IS NULL LIMIT 1;
    IF unreadable IS NOT NULL THEN
        RAISE datatype_mismatch USING MESSAGE = unreadable;
    END IF;
    SELECT s.said || ': ' || s.cure INTO of_another FROM live.strange_part s LIMIT 1;
    IF of_another IS NOT NULL THEN
        RAISE insufficient_privilege USING MESSAGE = of_another;
    END IF;
END
$$;

-- The rollups of the businesses of the next `tenants` tenants after one, by user_id, as long as no trigger stands: `db migrate`
-- fills them before it attaches the triggers. Writes no events: nobody watched before. Returns the last tenant, null at the end.
CREATE FUNCTION live.backfill(after uuid, tenants integer) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    last uuid;
BEGIN
    PERFORM live.check_tables();
    -- One step of an index a tenant, however many businesses it has.
    WITH RECURSIVE next (user_id, place) AS (
        (SELECT b.user_id::uuid, 1 FROM public.businesses b WHERE b.user_id::uuid > after ORDER BY b.user_id::uuid LIMIT 1)
        UNION ALL
        (SELECT (SELECT b.user_id::uuid FROM public.businesses b WHERE b.user_id::uuid > n.user_id
                 ORDER BY b.user_id::uuid LIMIT 1), n.place + 1
         FROM next n WHERE n.place < tenants AND n.user_id IS NOT NULL)
    )
    SELECT n.user_id INTO last FROM next n WHERE n.user_id IS NOT NULL ORDER BY n.place DESC LIMIT 1;
    IF last IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO live.business_totals (business_id, user_id, active, shown, views_count, clicks_count, property_invites_count,
                                      declined_count, messages_count, qfps_submitted_count)
    SELECT b.id::uuid, b.user_id::uuid, live.is_active(live.text_of(b.status)),
           live.shown(live.text_of(b.name), live.text_of(b.category), live.text_of(b.status), b.is_verified::boolean),
           r.views, r.clicks, r.invites, r.declined, r.messages, r.qfps
    FROM public.businesses b CROSS JOIN LATERAL live.recomputed(b.id::uuid) r
    WHERE b.user_id::uuid > after AND b.user_id::uuid <= last AND b.id IS NOT NULL
    ON CONFLICT (business_id) DO NOTHING;
    INSERT INTO live.tenant_kpis (user_id, active_businesses, landlord_views, messages_total, invites_total)
    SELECT t.user_id, count(*) FILTER (WHERE t.active), sum(t.views_count), sum(t.messages_count), sum(t.property_invites_count)
    FROM live.business_totals t WHERE t.user_id > after AND t.user_id <= last GROUP BY t.user_id
    ON CONFLICT (user_id) DO NOTHING;
    UPDATE live.installation SET backfilled_to = last;
    RETURN last;
END
$$;

-- A business's counts as the platform's rows have them.
CREATE FUNCTION live.recomputed(business uuid, OUT views bigint, OUT clicks bigint, OUT invites bigint, OUT declined bigint,
                                OUT messages bigint, OUT qfps bigint)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT coalesce(sum(live.count_of(m.views_count)), 0)::bigint, coalesce(sum(live.count_of(m.clicks_count)), 0)::bigint,
           coalesce(sum(live.count_of(m.property_invites_count)), 0)::bigint, coalesce(sum(live.count_of(m.declined_count)), 0)::bigint,
           coalesce(sum(live.count_of(m.messages_count)), 0)::bigint, coalesce(sum(live.count_of(m.qfps_submitted_count)), 0)::bigint
    FROM public.business_metrics m WHERE m.business_id::uuid = business
$$;

-- Brings what we hold of the businesses that this transaction has listed (kind i) to what the platform's rows say, and writes the events of
-- every difference. Holds the locks that live.apply takes, in the same order, so that no commit falls between reading and writing.
CREATE FUNCTION live.rebuild_listed(OUT businesses bigint, OUT metrics bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    me xid8 := pg_current_xact_id();
BEGIN
    INSERT INTO live.business_totals AS t (business_id)
    SELECT p.business_id FROM live.pending_change p WHERE p.xid = me AND p.kind = 'i' ORDER BY p.business_id
    ON CONFLICT (business_id) DO UPDATE SET user_id = t.user_id WHERE false;

    INSERT INTO live.pending_change (kind, sign, business_id, version)
    SELECT 'b', CASE WHEN b.id IS NULL THEN 0 ELSE 1 END, t.business_id,
           (b.user_id::uuid, live.text_of(b.name), live.text_of(b.category), live.text_of(b.status), b.is_verified::boolean)::live.business_version
    FROM live.pending_change p JOIN live.business_totals t USING (business_id)
         LEFT JOIN public.businesses b ON b.id::uuid = t.business_id
    WHERE p.xid = me AND p.kind = 'i'
      AND (t.user_id IS DISTINCT FROM b.user_id::uuid
           OR t.user_id IS NOT NULL
              AND (t.active, t.shown) IS DISTINCT FROM (live.is_active(live.text_of(b.status)),
                   live.shown(live.text_of(b.name), live.text_of(b.category), live.text_of(b.status), b.is_verified::boolean)));
    GET DIAGNOSTICS businesses = ROW_COUNT;

    INSERT INTO live.pending_change (kind, business_id, views_count, clicks_count, property_invites_count, declined_count,
                                     messages_count, qfps_submitted_count)
    SELECT 'm', t.business_id, r.views - t.views_count, r.clicks - t.clicks_count, r.invites - t.property_invites_count,
           r.declined - t.declined_count, r.messages - t.messages_count, r.qfps - t.qfps_submitted_count
    FROM live.pending_change p JOIN live.business_totals t USING (business_id) CROSS JOIN LATERAL live.recomputed(t.business_id) r
    WHERE p.xid = me AND p.kind = 'i'
      AND (r.views, r.clicks, r.invites, r.declined, r.messages, r.qfps)
       <> (t.views_count, t.clicks_count, t.property_invites_count, t.declined_count, t.messages_count, t.qfps_submitted_count);
    GET DIAGNOSTICS metrics = ROW_COUNT;
    PERFORM live.apply_noted();
END
$$;

-- The same, online, of a tenant's businesses. With null: the businesses that nobody owns, and counts of businesses that are not there. Call it
-- in a transaction of its own, READ COMMITTED.
CREATE FUNCTION live.rebuild(tenant uuid, OUT businesses bigint, OUT metrics bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
    SET jit = off
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM live.check_tables();
    IF tenant IS NOT NULL THEN
        INSERT INTO live.pending_change (kind, business_id)
        SELECT 'i', b.id::uuid FROM public.businesses b WHERE b.user_id::uuid = tenant AND b.id IS NOT NULL
        UNION
        SELECT 'i', t.business_id FROM live.business_totals t WHERE t.user_id = tenant;
    ELSE
        INSERT INTO live.pending_change (kind, business_id)
        SELECT 'i', t.business_id FROM live.business_totals t WHERE t.user_id IS NULL
        UNION
        SELECT DISTINCT 'i'::"char", m.business_id::uuid FROM public.business_metrics m
        WHERE m.business_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM public.businesses b WHERE b.id::uuid = m.business_id::uuid AND b.user_id IS NOT NULL);
    END IF;
    SELECT r.* INTO businesses, metrics FROM live.rebuild_listed() r;
END
$$;

-- Mends what transactions left unapplied: they were set read only after they wrote, or waited for a prepared one. What is applied is gone with the
-- commit of who noted it, so that nobody else ever sees it. No more than a thousand businesses, in a transaction of its own, READ COMMITTED.
-- Whose notes are mended is a failure no longer; after a TRUNCATE nobody can say whose counts are wrong, and it stays one. Returns whether there may be more.
CREATE FUNCTION live.mend_unapplied() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    most constant bigint := 1000;
    listed        bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM live.pending) AND NOT EXISTS (SELECT FROM live.pending_change) THEN
        RETURN false;
    END IF;
    PERFORM live.check_tables();
    WITH left_over AS MATERIALIZED (
        SELECT DISTINCT p.business_id FROM live.pending_metrics p ORDER BY p.business_id LIMIT most
    ), ring AS (
        DELETE FROM live.pending p USING left_over l WHERE p.business_id = l.business_id
    ), change AS (
        DELETE FROM live.pending_change c USING left_over l WHERE c.business_id = l.business_id
    )
    INSERT INTO live.pending_change (kind, business_id) SELECT 'i', l.business_id FROM left_over l;
    GET DIAGNOSTICS listed = ROW_COUNT;
    PERFORM live.rebuild_listed();
    IF listed = most THEN
        RETURN true;
    END IF;
    PERFORM live.count_failure('a transaction with a TRUNCATE was not applied') FROM live.pending_change c WHERE c.kind IN ('M', 'B');
    DELETE FROM live.pending_change c WHERE c.kind IN ('M', 'B');
    DELETE FROM live.pending p WHERE p.business_id IS NULL;
    WITH mended AS (
        DELETE FROM live.pending_change c
        WHERE c.kind = 'f' AND NOT EXISTS (SELECT FROM live.pending_metrics p WHERE p.xid = c.xid) RETURNING c.xid
    )
    UPDATE live.installation i SET failures = least(i.failures + m.count, (SELECT f.last_value + 1 FROM live.failures f))
    FROM (SELECT count(*) AS count FROM mended) m WHERE m.count > 0;
    RETURN false;
END
$$;

-- Brings a tenant's sums to those of its businesses, and writes a kpi:update if they were others. Call it after live.rebuild, in
-- a transaction of its own. Returns whether they were.
CREATE FUNCTION live.rebuild_kpis(tenant uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    k live.tenant_kpis;
BEGIN
    PERFORM FROM live.tenant_kpis t WHERE t.user_id = tenant FOR NO KEY UPDATE;
    UPDATE live.tenant_kpis t
    SET active_businesses = s.active, landlord_views = s.views, messages_total = s.messages, invites_total = s.invites,
        revision = t.revision + 1
    FROM (SELECT count(*) FILTER (WHERE b.active) AS active, coalesce(sum(b.views_count), 0) AS views,
                 coalesce(sum(b.messages_count), 0) AS messages, coalesce(sum(b.property_invites_count), 0) AS invites
          FROM live.business_totals b WHERE b.user_id = tenant) s
    WHERE t.user_id = tenant
      AND (t.active_businesses, t.landlord_views, t.messages_total, t.invites_total) <> (s.active, s.views, s.messages, s.invites)
    RETURNING t.* INTO k;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO live.dashboard_event (user_id, revision, type, sums)
    VALUES (k.user_id, k.revision, 'kpi:update', ARRAY[k.active_businesses, k.landlord_views, k.messages_total, k.invites_total]);
    RETURN true;
END
$$;

-- The next tenants after one, by user_id, of which the platform or we know.
CREATE FUNCTION live.tenants(after uuid, tenants integer) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM live.check_tables();
    RETURN QUERY
    WITH RECURSIVE next (user_id, place) AS (
        SELECT after, 0
        UNION ALL
        SELECT least((SELECT b.user_id::uuid FROM public.businesses b WHERE b.user_id::uuid > n.user_id ORDER BY b.user_id::uuid LIMIT 1),
                     (SELECT k.user_id FROM live.tenant_kpis k WHERE k.user_id > n.user_id ORDER BY k.user_id LIMIT 1)), n.place + 1
        FROM next n WHERE n.place < tenants AND n.user_id IS NOT NULL
    )
    SELECT n.user_id FROM next n WHERE n.place > 0 AND n.user_id IS NOT NULL ORDER BY n.place;
END
$$;

-- Whose rows a part has, of the platform's tables' parts: the tenants, null for rows of nobody; no more of them than `most`.
CREATE FUNCTION live.tenants_of(watched regclass, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
AS $$
#variable_conflict use_variable
DECLARE
    part live.watched_table;
BEGIN
    PERFORM live.check_tables();
    SELECT w.* INTO part FROM live.watched_table w WHERE w.relid = watched AND w.kind IN ('r', 'p');
    IF part.of = 'metrics' THEN
        -- A business is looked up by its index, once.
        RETURN QUERY EXECUTE format('SELECT DISTINCT (SELECT b.user_id::uuid FROM public.businesses b WHERE b.id::uuid = m.business_id)'
            ' FROM (SELECT DISTINCT r.business_id::uuid AS business_id FROM %s r) m LIMIT %s', watched, most);
    ELSIF part.of = 'businesses' THEN
        RETURN QUERY EXECUTE format('SELECT DISTINCT b.user_id::uuid FROM %s b LIMIT %s', watched, most);
    END IF;
END
$$;

-- Those of the next tenants after one of whom anything that we hold is not what the platform's rows say; how many tenants were looked
-- at, and the last of them. Locks nothing: one statement sees the rows of one moment, and what is equal then stays so while the
-- triggers stand, since a transaction changes both or neither.
CREATE FUNCTION live.compare(after uuid, tenants integer, OUT looked bigint, OUT last uuid, OUT wrong uuid[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM live.check_tables();
    WITH tenant AS MATERIALIZED (
        SELECT t AS user_id FROM live.tenants(after, tenants) t
    ), business AS MATERIALIZED (
        SELECT b.id::uuid AS business_id, b.user_id::uuid AS user_id, live.is_active(live.text_of(b.status)) AS active,
               live.shown(live.text_of(b.name), live.text_of(b.category), live.text_of(b.status), b.is_verified::boolean) AS shown
        FROM tenant t JOIN public.businesses b ON b.user_id::uuid = t.user_id WHERE b.id IS NOT NULL
    ), counted AS MATERIALIZED (
        SELECT b.business_id, sum(live.count_of(m.views_count))::bigint AS views, sum(live.count_of(m.clicks_count))::bigint AS clicks,
               sum(live.count_of(m.property_invites_count))::bigint AS invites, sum(live.count_of(m.declined_count))::bigint AS declined,
               sum(live.count_of(m.messages_count))::bigint AS messages, sum(live.count_of(m.qfps_submitted_count))::bigint AS qfps
        FROM business b JOIN public.business_metrics m ON m.business_id::uuid = b.business_id GROUP BY b.business_id
    ), held AS MATERIALIZED (
        SELECT h.* FROM tenant t JOIN live.business_totals h USING (user_id)
    ), wrong AS (
        SELECT coalesce(b.user_id, h.user_id) AS user_id
        FROM (business b LEFT JOIN counted c USING (business_id)) FULL JOIN held h ON h.business_id = b.business_id
        WHERE (b.user_id, b.active, b.shown, coalesce(c.views, 0), coalesce(c.clicks, 0), coalesce(c.invites, 0),
               coalesce(c.declined, 0), coalesce(c.messages, 0), coalesce(c.qfps, 0))
              IS DISTINCT FROM (h.user_id, h.active, h.shown, h.views_count, h.clicks_count, h.property_invites_count,
                                h.declined_count, h.messages_count, h.qfps_submitted_count)
        UNION
        SELECT t.user_id
        FROM tenant t LEFT JOIN live.tenant_kpis k USING (user_id)
             LEFT JOIN (SELECT h.user_id, count(*) FILTER (WHERE h.active) AS active, sum(h.views_count) AS views,
                               sum(h.messages_count) AS messages, sum(h.property_invites_count) AS invites
                        FROM held h GROUP BY h.user_id) s USING (user_id)
        WHERE (coalesce(k.active_businesses, 0), coalesce(k.landlord_views, 0), coalesce(k.messages_total, 0), coalesce(k.invites_total, 0))
           <> (coalesce(s.active, 0), coalesce(s.views, 0), coalesce(s.messages, 0), coalesce(s.invites, 0))
    )
    SELECT (SELECT count(*) FROM tenant), (SELECT t.user_id FROM tenant t ORDER BY t.user_id DESC LIMIT 1),
           (SELECT coalesce(array_agg(w.user_id ORDER BY w.user_id), '{}') FROM wrong w)
    INTO looked, last, wrong;
END
$$;

-- What functions and views stand here, as a digest: another after any of them was changed, and it may be after the server's next major version.
CREATE FUNCTION live.code() RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
    SET quote_all_identifiers = off
AS $$
    SELECT encode(sha256(convert_to(string_agg(p.proname || ' ' || pg_get_function_arguments(p.oid) || ' ' || p.prosecdef
        || coalesce(p.proconfig::text, '') || p.prosrc, E'\n' ORDER BY p.proname, pg_get_function_arguments(p.oid))
        || (SELECT string_agg(c.relname || pg_get_viewdef(c.oid), ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'v'), 'UTF8')), 'hex')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'live' GROUP BY n.oid
$$;

-- What is wrong with what we have put into this database, one row a fault: what, and what mends it. Empty if all is well. Cheap:
-- it looks at catalogs alone. `fault` is a short name for metrics.
CREATE FUNCTION live.guard() RETURNS TABLE (fault text, said text, cure text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, live, pg_temp
    SET jit = off
AS $$
BEGIN
    -- What else is missing follows from each of these.
    RETURN QUERY SELECT 'table', 'schema live has no data, as in a clone of schemas alone', 'run: db remove, then: db migrate'
    WHERE NOT EXISTS (SELECT FROM live.installation);
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT 'table', format('%s is gone', o.name), 'run: db remove, then: db migrate'
    FROM live.installation i CROSS JOIN unnest(i.objects) AS o (name) CROSS JOIN substring(o.name, '^(?:table|sequence|type|composite type) (.*)$') AS s (identity)
    WHERE s.identity IS NOT NULL AND num_nonnulls(to_regclass(s.identity), to_regtype(s.identity)) = 0;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT 'trigger', 'installation not finished', 'run: db migrate; or, if it was being removed, db remove again' FROM live.installation i WHERE NOT i.complete;
    IF FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT 'table', CASE WHEN c.oid IS NULL THEN format('table public.%s is gone', n.name)
                         ELSE format('public.%s is no table any more but %s', n.name, CASE c.relkind WHEN 'v' THEN 'a view'
                             WHEN 'm' THEN 'a materialized view' WHEN 'f' THEN 'a foreign table' ELSE 'something else' END) END,
           'bring it back; if it was written meanwhile, run: db rebuild'
    FROM (VALUES ('businesses'), ('business_metrics')) AS n (name)
         LEFT JOIN (pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = 'public') ON c.relname = n.name
    WHERE live.table_of(n.name) IS NULL;

    RETURN QUERY
    SELECT 'table', format('part %s of public.%s is a foreign table: Postgres refuses writes that reach it through a table with triggers like ours',
                           w.relid::regclass, w.root),
           'detach it, then run: db rebuild'
    FROM live.watched_table w WHERE w.kind NOT IN ('r', 'p');

    -- A statement's triggers are those of the table that it names.
    RETURN QUERY
    SELECT 'table', format('table %s is a part of %s too: what is written there no trigger sees', w.relid::regclass, i.inhparent::regclass),
           'take it out of there, then run: db rebuild'
    FROM live.watched_table w JOIN pg_inherits i ON i.inhrelid = w.relid
    WHERE i.inhparent NOT IN (SELECT o.relid FROM live.watched_table o);

    RETURN QUERY SELECT 'table', s.said, s.cure FROM live.strange_part s;

    -- Parts have their table's columns, of its types, and generated as there.
    RETURN QUERY
    SELECT CASE WHEN n.fails IS NULL THEN 'column' ELSE 'read' END, format('column public.%s.%s is gone', n.root, n.name) || coalesce(': ' || n.fails, ''),
           'bring it back' || CASE WHEN n.fails IS NULL THEN ', then run: db rebuild' ELSE '' END
    FROM live.read_column n
    WHERE live.table_of(n.root) IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = live.table_of(n.root) AND a.attname = n.name
                      AND NOT a.attisdropped);

    RETURN QUERY
    SELECT 'column', format('column %s.%s is generated when it is read: triggers do not see it', a.attrelid::regclass, a.attname),
           'make it STORED, then run: db rebuild'
    FROM live.read_column n JOIN pg_attribute a ON a.attrelid = live.table_of(n.root) AND a.attname = n.name
    WHERE n.fails IS NULL AND a.attgenerated = 'v' AND NOT a.attisdropped;

    RETURN QUERY
    SELECT CASE WHEN u.fails IS NULL THEN 'column' ELSE 'read' END, u.said || coalesce(': ' || u.fails, ''),
           format('give it the type %s', u.read_as) || CASE WHEN u.fails IS NULL THEN '; then run: db rebuild' ELSE '' END
    FROM live.unreadable_column u;

    -- Statement triggers, even ALWAYS, do not fire for what a subscription applies.
    RETURN QUERY
    SELECT 'subscription', format('table %s is written by subscription %I, whose changes no trigger sees', w.relid::regclass, s.subname),
           'drop the subscription, or take the table out of its publication and refresh it; then run: db rebuild'
    FROM live.watched_table w JOIN pg_subscription_rel r ON r.srrelid = w.relid JOIN pg_subscription s ON s.oid = r.srsubid;

    RETURN QUERY
    SELECT 'trigger', format('trigger %s on %s is missing, disabled or another''s', t.tgname, t.relid::regclass), 'run: db migrate'
    FROM live.watched_trigger t WHERE NOT t.stands AND NOT t.bare;

    RETURN QUERY
    SELECT 'trigger', format('part %s of public.%s has no triggers: rows that it brought along, and what is written straight into it,'
                             ' are not counted', w.relid::regclass, w.root),
           format('run db migrate as a superuser, or as a member of both %I, its owner, and %s',
                  pg_get_userbyid(c.relowner), (SELECT n.nspowner::regrole FROM pg_namespace n WHERE n.nspname = 'live'))
    FROM live.watched_table w JOIN pg_class c ON c.oid = w.relid WHERE w.bare;

    -- What TRUNCATE takes from a table is read from it.
    RETURN QUERY
    SELECT 'right', format('role %s, as which our functions run, lacks %s', o.role, l.lack), format('GRANT %s TO %s', l.lack, o.role)
    FROM (SELECT n.nspowner::regrole AS role FROM pg_namespace n WHERE n.nspname = 'live') o
    CROSS JOIN LATERAL (
        SELECT DISTINCT format('USAGE ON SCHEMA %I', s.nspname)
        FROM live.watched_table w JOIN pg_class c ON c.oid = w.relid JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE NOT w.bare AND NOT has_schema_privilege(o.role, s.oid, 'USAGE')
        UNION ALL
        SELECT format('SELECT, TRIGGER ON %s', w.relid::regclass) FROM live.watched_table w
        WHERE NOT w.bare AND NOT (has_table_privilege(o.role, w.relid, 'SELECT') AND has_table_privilege(o.role, w.relid, 'TRIGGER'))) AS l (lack);

    -- What it hides they would take for deleted.
    RETURN QUERY
    SELECT 'right', format('row security of %s hides rows from role %I, as which our functions run', w.relid::regclass, o.rolname),
           format('as a superuser: ALTER ROLE %I BYPASSRLS', o.rolname)
    FROM live.watched_table w JOIN pg_class c ON c.oid = w.relid
         JOIN pg_namespace n ON n.nspname = 'live' JOIN pg_roles o ON o.oid = n.nspowner
    WHERE c.relrowsecurity AND NOT (o.rolsuper OR o.rolbypassrls OR NOT c.relforcerowsecurity AND pg_has_role(o.oid, c.relowner, 'USAGE'));

    RETURN QUERY
    SELECT 'part', format('rows of %s were counted, and it is none of the platform''s tables or their parts any more: it was dropped,'
                          ' detached or replaced', coalesce(c.oid::regclass::text, p.value ->> 'table')), 'run: db rebuild'
    FROM live.installation i CROSS JOIN jsonb_each(i.parts) p LEFT JOIN pg_class c ON c.oid::text = split_part(p.key, ' ', 1)
    WHERE NOT EXISTS (SELECT FROM live.watched_table w WHERE w.attachment = p.key);

    RETURN QUERY
    SELECT 'part', format('rows of %s were not counted: it is new, or was attached again', w.relid::regclass), 'run: db rebuild'
    FROM live.watched_table w CROSS JOIN live.installation i
    WHERE NOT w.bare AND NOT i.parts ? w.attachment;

    RETURN QUERY
    SELECT 'part', format('our triggers on %s were disabled for a while, or altered: what was written meanwhile was not counted', w.relid::regclass),
           'run: db rebuild'
    FROM live.watched_table w CROSS JOIN live.installation i
    WHERE i.parts -> w.attachment ->> 'triggers' <> w.triggers
      AND NOT EXISTS (SELECT FROM live.watched_trigger t WHERE t.relid = w.relid AND NOT t.stands);

    RETURN QUERY
    SELECT 'trigger', 'trigger live_apply on live.pending is missing or disabled', 'run: db migrate, then: db rebuild'
    WHERE NOT live.applies();

    RETURN QUERY
    SELECT 'deferrable', 'there are deferrable constraints now, which live.apply must come after', 'run: db migrate'
    WHERE live.others_defer()
      AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'live.pending'::regclass AND t.tgname = 'live_apply' AND t.tgnargs = 0);

    RETURN QUERY
    SELECT 'publication', 'publication tenantlist_live does not publish inserts into live.dashboard_event', 'run: db migrate'
    WHERE (SELECT i.publishes FROM live.installation i) AND NOT EXISTS (
        SELECT FROM pg_publication p JOIN pg_publication_tables t ON t.pubname = p.pubname
        WHERE p.pubname = 'tenantlist_live' AND p.pubinsert AND p.pubviaroot
          AND t.schemaname = 'live' AND t.tablename = 'dashboard_event');

    RETURN QUERY
    SELECT 'published', format('publication %I is FOR ALL TABLES: its subscriptions stop unless their databases have schema live too', p.pubname),
           'publish by table or by schema, or run with INSTALL_ALL_TABLES_PUBLISHED=true: db migrate'
    FROM pg_publication p, live.installation i WHERE p.puballtables AND (p.pubname = 'tenantlist_live' OR NOT i.all_published);

    RETURN QUERY
    SELECT 'function', 'functions or views in schema live are not those that db migrate made', 'run: db migrate'
    FROM live.installation i WHERE i.code IS DISTINCT FROM live.code();

    RETURN QUERY
    SELECT 'failure', format('%s changes could not be noted or applied; the server''s log names the first', f.last_value + 1 - i.failures),
           'mend what it names, then run: db rebuild'
    FROM live.failures f, live.installation i WHERE f.is_called AND f.last_value + 1 > i.failures;
END
$$;
