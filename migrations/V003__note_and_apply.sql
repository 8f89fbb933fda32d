-- Note, then apply at COMMIT. A statement trigger on the platform's tables only notes what the statement did, in rows that
-- no one else touches. At COMMIT live.apply nets what the transaction noted and writes rollups and journal.
--
-- Locks on rows of ours are taken at COMMIT alone, each once: business_totals by business_id, then tenant_kpis by user_id.
-- So two transactions cannot deadlock on our rows, whatever the order of their statements, and an open transaction holds none.
--
-- No write of the platform fails because of us, but for one at REPEATABLE READ or SERIALIZABLE, and where the server's disk is
-- full or broken: the next write would fail too, and sums would be wrong. What cannot be noted (a column that we need is gone,
-- a value that is no number) or applied is counted by live.failures, and live.guard says so. Notes are read in blocks that write
-- nothing: a subtransaction without writes takes no transaction id, so that thousands of statements in a transaction cost
-- nobody anything.
--
-- A cast may be one that the owner of a column's type has made, and would run with our rights. coalesce(x, NULL::uuid) reads what is a uuid, and
-- of a type of another category (typcategory: uuid, number) it cannot be parsed, whatever casts there are: types that anyone but a
-- superuser can make are composites, enums and ranges, of categories of their own, and domains, whose casts Postgres ignores. Of another type
-- we read what its output function says, as of all that need not be fast.
--
-- SECURITY DEFINER, because the writer may be any role that may write the platform's tables. Everything is named with its
-- schema or an alias: the platform's tables may have columns of any name.

-- The platform's table of that name; null if there is none. Asked of the catalogs, which needs no right to anything.
CREATE FUNCTION live.table_of(name text) RETURNS oid
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = name AND c.relkind IN ('r', 'p')
$$;

-- Whether a trigger of ours may serve a table: the platform's own, or a part of it.
CREATE FUNCTION live.serves(fired oid, root text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    WITH RECURSIVE ancestor AS (
        SELECT fired AS relid
        UNION
        SELECT i.inhparent FROM ancestor a JOIN pg_inherits i ON i.inhrelid = a.relid AND NOT i.inhdetachpending)
    SELECT coalesce(live.table_of(root) IN (SELECT a.relid FROM ancestor a), false)
$$;

-- What a value's output function says, without the blanks that a type character(n) adds; null of null. A function of one expression, which
-- Postgres puts in its caller's place: nothing is called for it.
CREATE FUNCTION live.text_of(value anyelement) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN value IS NULL THEN NULL
                WHEN pg_typeof(value) = 'character'::regtype THEN rtrim(format('%s', value)) ELSE format('%s', value) END
$$;

-- A count, rounded as Postgres rounds it if it is no whole number; null of null. Of Postgres's own numbers, and domains of them, by the cast of that type, as where a
-- statement's rows are summed; what is none, as a text, by what it says: `3.00` and `1e6` are numbers. In its caller's place, as live.text_of.
CREATE FUNCTION live.count_of(value smallint) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value::bigint $$;
CREATE FUNCTION live.count_of(value integer) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value::bigint $$;
CREATE FUNCTION live.count_of(value bigint) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value $$;
CREATE FUNCTION live.count_of(value numeric) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value::bigint $$;
CREATE FUNCTION live.count_of(value real) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value::bigint $$;
CREATE FUNCTION live.count_of(value double precision) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT value::bigint $$;
CREATE FUNCTION live.count_of(value anyelement) RETURNS bigint
    LANGUAGE sql STABLE
AS $$ SELECT CASE WHEN value IS NOT NULL THEN format('%s', value)::numeric::bigint END $$;

-- Says, to this transaction alone, that it has made a note, or one more: live.apply asks whether it made one alone. A savepoint that is rolled back to takes
-- its word back with its note. Who writes may say otherwise, or RESET ALL after a write: then notes are applied one by one, and not in the order that keeps
-- from deadlocks; nothing is lost. No sequence, which lastval() would tell of; no look at the notes by an index, which serializable transactions would meet
-- each other at. In its caller's place, as live.text_of.
CREATE FUNCTION live.said_that_it_noted() RETURNS text
    LANGUAGE sql VOLATILE
AS $$
    SELECT set_config('tenantlist_live.notes',
                      CASE WHEN current_setting('tenantlist_live.notes', true) IN ('one', 'many') THEN 'many' ELSE 'one' END, true)
$$;

-- Counts what could not be noted or applied. A line of the log brings its statement along, and a column that is gone fails every one: of the
-- failures since the last rebuild the log gets the first, the second, the fourth and so on, and each ten-thousandth.
CREATE FUNCTION live.count_failure(said text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    number bigint := nextval('live.failures') + 1 - coalesce((SELECT i.failures FROM live.installation i), 0);
BEGIN
    IF number & (number - 1) = 0 OR number % 10000 = 0 THEN
        RAISE LOG 'tenantlist_live: % (failure %)', said, number;
    END IF;
END
$$;

-- A statement's effect could not be noted.
CREATE FUNCTION live.note_failed(relation oid, message text, state text) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, live, pg_temp
AS $$ SELECT live.count_failure(format('a statement on %s was not noted: %s (%s)', relation::regclass, message, state)) $$;

-- Whether a statement on a table is none of ours. One whose rows we count, and that is the platform's no more (another has its name, or it
-- was detached), may become so again, and nobody would see what was written meanwhile: that counts as not noted.
CREATE FUNCTION live.passes_by(fired oid, root text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    IF live.serves(fired, root) THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM live.installation i, jsonb_object_keys(i.parts) p WHERE split_part(p, ' ', 1) = fired::text) THEN
        PERFORM live.note_failed(fired, 'it is not public.' || root || ' any more, nor a part of it', '42809');
    END IF;
    RETURN true;
END
$$;

-- live.note_metrics_insert, _update and _delete: a note a business of which the statement changed a count.
DO $outer$
DECLARE
    -- Of one row, of integers and not null: twenty casts take a tenth of what a commit pays for us. Postgres leaves out what is not true when it
    -- plans, and refuses when it parses: what is no number, and by the operator #, which only integers have, what is no integer.
    count_of  text := 'CASE WHEN true THEN %1$s.%2$s ELSE 0::smallint END';
    one_came  text;
    one_went  text;
    pair      text;
    came      text;
    went      text;
    text_came text;
    text_went text;
    op        record;
BEGIN
    SELECT 'SELECT coalesce(n.business_id, NULL::uuid) AS b, '
           || string_agg(format('CASE WHEN true THEN %1$s ELSE %1$s # 0::smallint END AS %2$s', n.count, c.short), ', ') || ' FROM new_rows n',
           'SELECT coalesce(o.business_id, NULL::uuid) AS b, '
           || string_agg(format('CASE WHEN true THEN -%1$s ELSE %1$s # 0::smallint END AS %2$s', o.count, c.short), ', ') || ' FROM old_rows o',
           'SELECT CASE WHEN coalesce(n.business_id, NULL::uuid) = coalesce(o.business_id, NULL::uuid) THEN n.business_id::uuid END AS b, '
           || string_agg(format('CASE WHEN true THEN %1$s - %2$s ELSE %1$s # 0::smallint END AS %3$s', n.count, o.count, c.short), ', ')
           || ' FROM new_rows n CROSS JOIN old_rows o',
           'SELECT coalesce(n.business_id, NULL::uuid) AS b, ' || string_agg(format('coalesce(n.%s, 0::bigint)::bigint AS %s', c.name, c.short), ', ')
           || ' FROM new_rows n',
           'SELECT coalesce(o.business_id, NULL::uuid) AS b, ' || string_agg(format('-coalesce(o.%s, 0::bigint)::bigint AS %s', c.name, c.short), ', ')
           || ' FROM old_rows o',
           'SELECT live.text_of(n.business_id)::uuid AS b, '
           || string_agg(format('coalesce(live.count_of(n.%s), 0) AS %s', c.name, c.short), ', ') || ' FROM new_rows n',
           'SELECT live.text_of(o.business_id)::uuid AS b, '
           || string_agg(format('-coalesce(live.count_of(o.%s), 0) AS %s', c.name, c.short), ', ') || ' FROM old_rows o'
    INTO one_came, one_went, pair, came, went, text_came, text_went
    FROM (VALUES ('views_count', 'v'), ('clicks_count', 'c'), ('property_invites_count', 'i'), ('declined_count', 'd'),
                 ('messages_count', 'm'), ('qfps_submitted_count', 'q')) AS c (name, short),
         format(count_of, 'n', c.name) AS n (count), format(count_of, 'o', c.name) AS o (count);
    FOR op IN SELECT * FROM (VALUES
        ('insert', one_came, came, text_came),
        ('update', pair, came || ' UNION ALL ' || went, text_came || ' UNION ALL ' || text_went),
        ('delete', one_went, went, text_went)) AS ops (name, one, many, by_text)
    LOOP
        EXECUTE format($template$
CREATE FUNCTION live.note_metrics_%1$s() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $body$
DECLARE
    the_business uuid;
    the_views    bigint;
    the_clicks   bigint;
    the_invites  bigint;
    the_declined bigint;
    the_messages bigint;
    the_qfps     bigint;
    all_counts   numeric;
    by_text      boolean := false;
    notes        text;
BEGIN
    IF NOT (TG_TABLE_NAME = 'business_metrics' AND TG_TABLE_SCHEMA = 'public')
       AND live.passes_by(TG_RELID, 'business_metrics') THEN
        RETURN NULL;
    END IF;
    BEGIN
        -- One row, as most statements have.
        SELECT r.b, r.v, r.c, r.i, r.d, r.m, r.q
        INTO STRICT the_business, the_views, the_clicks, the_invites, the_declined, the_messages, the_qfps
        FROM (%2$s) r;
    EXCEPTION
        WHEN no_data_found OR too_many_rows OR datatype_mismatch OR undefined_function OR numeric_value_out_of_range THEN
            NULL;
        WHEN disk_full OR io_error THEN
            RAISE;
        WHEN OTHERS THEN
            PERFORM live.note_failed(TG_RELID, SQLERRM, SQLSTATE);
            RETURN NULL;
    END;
    IF num_nulls(the_business, the_views, the_clicks, the_invites, the_declined, the_messages, the_qfps) = 0 THEN
        -- An array is compared by one function, six counts by six.
        IF ARRAY[the_views, the_clicks, the_invites, the_declined, the_messages, the_qfps] <> '{0, 0, 0, 0, 0, 0}' THEN
            INSERT INTO live.pending (business_id, views_count, clicks_count, property_invites_count, declined_count, messages_count,
                                      qfps_submitted_count)
            VALUES (the_business, the_views, the_clicks, the_invites, the_declined, the_messages, the_qfps);
            notes := live.said_that_it_noted();
        END IF;
        RETURN NULL;
    END IF;
    BEGIN
        -- Whatever fails is to fail here.
        SELECT sum(abs(r.v)) + sum(abs(r.c)) + sum(abs(r.i)) + sum(abs(r.d)) + sum(abs(r.m)) + sum(abs(r.q))
        INTO all_counts FROM (%3$s) r;
        IF all_counts >= 2::numeric ^ 63 THEN
            RAISE numeric_value_out_of_range USING MESSAGE = 'counts add up to ' || all_counts;
        END IF;
    EXCEPTION
        WHEN datatype_mismatch THEN
            by_text := true;
        WHEN disk_full OR io_error THEN
            RAISE;
        WHEN OTHERS THEN
            PERFORM live.note_failed(TG_RELID, SQLERRM, SQLSTATE);
            RETURN NULL;
    END;
    IF by_text THEN
        BEGIN
            INSERT INTO live.pending_change (kind, business_id, views_count, clicks_count, property_invites_count,
                                             declined_count, messages_count, qfps_submitted_count)
            SELECT 'm', r.b, sum(r.v)::bigint, sum(r.c)::bigint, sum(r.i)::bigint, sum(r.d)::bigint,
                   sum(r.m)::bigint, sum(r.q)::bigint
            FROM (%4$s) r WHERE r.b IS NOT NULL GROUP BY r.b;
        EXCEPTION
            WHEN disk_full OR io_error THEN
                RAISE;
            WHEN OTHERS THEN
                PERFORM live.note_failed(TG_RELID, SQLERRM, SQLSTATE);
                RETURN NULL;
        END;
    ELSIF all_counts > 0 THEN
        INSERT INTO live.pending_change (kind, business_id, views_count, clicks_count, property_invites_count,
                                         declined_count, messages_count, qfps_submitted_count)
        SELECT 'm', g.b, g.v, g.c, g.i, g.d, g.m, g.q
        FROM (SELECT r.b, sum(r.v)::bigint AS v, sum(r.c)::bigint AS c, sum(r.i)::bigint AS i,
                     sum(r.d)::bigint AS d, sum(r.m)::bigint AS m, sum(r.q)::bigint AS q
              FROM (%3$s) r WHERE r.b IS NOT NULL GROUP BY r.b) g
        WHERE g.v <> 0 OR g.c <> 0 OR g.i <> 0 OR g.d <> 0 OR g.m <> 0 OR g.q <> 0;
    ELSE
        RETURN NULL;
    END IF;
    IF FOUND THEN
        INSERT INTO live.pending DEFAULT VALUES;
        notes := live.said_that_it_noted();
    END IF;
    RETURN NULL;
END
$body$ $template$, op.name, op.one, op.many, op.by_text);
    END LOOP;
END
$outer$;

-- live.note_businesses_insert, _update and _delete: a note a version of a business that came or went. All by what the types' output
-- functions say: no cast is called.
DO $outer$
DECLARE
    version text := 'SELECT %1$s AS s, live.text_of(r.id)::uuid AS b, ROW (live.text_of(r.user_id)::uuid, live.text_of(r.name), live.text_of(r.category),'
                    ' live.text_of(r.status), live.text_of(r.is_verified)::boolean)::live.business_version AS v FROM %2$s r';
    came text := format(version, 1, 'new_rows');
    went text := format(version, -1, 'old_rows');
    op   record;
BEGIN
    FOR op IN SELECT * FROM (VALUES
        ('insert', came), ('update', came || ' UNION ALL ' || went), ('delete', went)) AS ops (name, versions)
    LOOP
        EXECUTE format($template$
CREATE FUNCTION live.note_businesses_%1$s() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $body$
DECLARE
    notes text;
BEGIN
    IF NOT (TG_TABLE_NAME = 'businesses' AND TG_TABLE_SCHEMA = 'public')
       AND live.passes_by(TG_RELID, 'businesses') THEN
        RETURN NULL;
    END IF;
    BEGIN
        -- Whatever fails is to fail here.
        PERFORM count(r.b), count(r.v) FROM (%2$s) r;
    EXCEPTION
        WHEN disk_full OR io_error THEN
            RAISE;
        WHEN OTHERS THEN
            PERFORM live.note_failed(TG_RELID, SQLERRM, SQLSTATE);
            RETURN NULL;
    END;
    INSERT INTO live.pending_change (kind, sign, business_id, version)
    SELECT 'b', g.s, g.b, g.v
    FROM (SELECT sum(r.s) AS s, r.b, r.v FROM (%2$s) r WHERE r.b IS NOT NULL GROUP BY r.b, r.v) g
    WHERE g.s <> 0;
    IF FOUND THEN
        INSERT INTO live.pending DEFAULT VALUES;
        notes := live.said_that_it_noted();
    END IF;
    RETURN NULL;
END
$body$ $template$, op.name, op.versions);
    END LOOP;
END
$outer$;

-- Before a table is truncated, and after the platform's triggers of that time, by its name: they may delete the rows one by one. Of a table
-- that is alone all is gone, which needs no look at it, and with it what this transaction noted of its rows before; the rows of a part are read.
-- A partitioned table has none of its own: the triggers of its parts fire too.
CREATE FUNCTION live.note_truncate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET row_security = off
    SET enable_seqscan = off
AS $$
DECLARE
    me         xid8 := pg_current_xact_id();
    of_metrics boolean := TG_ARGV[0] = 'metrics';
    root       text := CASE WHEN of_metrics THEN 'business_metrics' ELSE 'businesses' END;
    is_alone   boolean;
    of_another text;
    notes      text;
BEGIN
    IF live.passes_by(TG_RELID, root) OR (SELECT c.relkind FROM pg_class c WHERE c.oid = TG_RELID) = 'p' THEN
        RETURN NULL;
    END IF;
    -- Rows that came after the transaction's snapshot go too, and it cannot see them: nobody can say what went.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        PERFORM live.count_failure(format('TRUNCATE of %s in a transaction that is %s', TG_RELID::regclass,
                                          current_setting('transaction_isolation')));
    END IF;
    is_alone := TG_RELID = live.table_of(root) AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = TG_RELID);
    IF is_alone THEN
        IF of_metrics THEN
            DELETE FROM live.pending p WHERE p.xid = me AND p.business_id IS NOT NULL;
            DELETE FROM live.pending_change c WHERE c.xid = me AND c.kind IN ('m', 'M');
            INSERT INTO live.pending_change (kind) VALUES ('M');
        ELSE
            DELETE FROM live.pending_change c WHERE c.xid = me AND c.kind IN ('b', 'B');
            INSERT INTO live.pending_change (kind) VALUES ('B');
        END IF;
        INSERT INTO live.pending DEFAULT VALUES;
        notes := live.said_that_it_noted();
        RETURN NULL;
    END IF;
    SELECT s.said INTO of_another FROM live.strange_part s WHERE s.relid = TG_RELID;
    IF of_another IS NOT NULL THEN
        PERFORM live.note_failed(TG_RELID, of_another, '42501');
        RETURN NULL;
    END IF;
    BEGIN
        IF of_metrics THEN
            EXECUTE format($sql$
                INSERT INTO live.pending_change (kind, business_id, views_count, clicks_count, property_invites_count,
                                                 declined_count, messages_count, qfps_submitted_count)
                SELECT 'm', live.text_of(r.business_id)::uuid,
                       -coalesce(sum(live.count_of(r.views_count)), 0)::bigint, -coalesce(sum(live.count_of(r.clicks_count)), 0)::bigint,
                       -coalesce(sum(live.count_of(r.property_invites_count)), 0)::bigint, -coalesce(sum(live.count_of(r.declined_count)), 0)::bigint,
                       -coalesce(sum(live.count_of(r.messages_count)), 0)::bigint, -coalesce(sum(live.count_of(r.qfps_submitted_count)), 0)::bigint
                FROM ONLY %s r WHERE r.business_id IS NOT NULL GROUP BY r.business_id$sql$, TG_RELID::regclass);
        ELSE
            EXECUTE format($sql$
                INSERT INTO live.pending_change (kind, sign, business_id, version)
                SELECT 'b', -1, live.text_of(r.id)::uuid,
                       (live.text_of(r.user_id)::uuid, live.text_of(r.name), live.text_of(r.category), live.text_of(r.status),
                        live.text_of(r.is_verified)::boolean)::live.business_version
                FROM ONLY %s r WHERE r.id IS NOT NULL$sql$, TG_RELID::regclass);
        END IF;
        INSERT INTO live.pending DEFAULT VALUES;
        notes := live.said_that_it_noted();
    EXCEPTION
        WHEN disk_full OR io_error THEN
            RAISE;
        WHEN OTHERS THEN
            PERFORM live.note_failed(TG_RELID, SQLERRM, SQLSTATE);
    END;
    RETURN NULL;
END
$$;

-- Whether a business counts as active, byte by byte: its column's collation may hold other words equal.
CREATE FUNCTION live.is_active(status text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
AS $$ SELECT coalesce(status COLLATE "C" = 'active', false) $$;

-- What a dashboard shows of a business, digested. In its caller's place, as live.text_of.
CREATE FUNCTION live.shown(name text, category text, status text, is_verified boolean) RETURNS bytea
    LANGUAGE sql STABLE
AS $$ SELECT sha256(convert_to(ROW (name, category, status, coalesce(is_verified, false))::text, getdatabaseencoding())) $$;

-- Nets what a transaction has noted into rollups and journal: any number of businesses and tenants, as sets, in one statement. Nothing
-- in it has an index but what ON CONFLICT looks at: no nested loops.
CREATE FUNCTION live.write_noted(me xid8) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
    SET enable_nestloop = off
AS $$
DECLARE
    -- Events of a tenant in one transaction, at most; more become one state:reset.
    max_events constant bigint := 10000;
BEGIN
    WITH standing AS MATERIALIZED (
        SELECT * FROM live.noted_businesses(me)
    ), net AS MATERIALIZED (
        SELECT n.*, s.business_id IS NOT NULL AS versions, s.user_id, s.name, s.category, s.status, s.is_verified FROM (
            SELECT p.business_id,
                   coalesce(sum(p.views_count), 0)::bigint AS views, coalesce(sum(p.clicks_count), 0)::bigint AS clicks,
                   coalesce(sum(p.property_invites_count), 0)::bigint AS invites,
                   coalesce(sum(p.declined_count), 0)::bigint AS declined,
                   coalesce(sum(p.messages_count), 0)::bigint AS messages,
                   coalesce(sum(p.qfps_submitted_count), 0)::bigint AS qfps
            FROM live.pending_metrics p WHERE p.xid = me
            GROUP BY p.business_id
        ) n LEFT JOIN standing s USING (business_id)
        WHERE s.business_id IS NOT NULL OR (n.views, n.clicks, n.invites, n.declined, n.messages, n.qfps) <> (0, 0, 0, 0, 0, 0)
    ), total AS (
        -- Locks each business, or makes it, in one order.
        INSERT INTO live.business_totals AS t (business_id, views_count, clicks_count, property_invites_count,
                                               declined_count, messages_count, qfps_submitted_count)
        SELECT n.business_id, n.views, n.clicks, n.invites, n.declined, n.messages, n.qfps
        FROM net n ORDER BY n.business_id
        ON CONFLICT (business_id) DO UPDATE
        SET views_count            = t.views_count + excluded.views_count,
            clicks_count           = t.clicks_count + excluded.clicks_count,
            property_invites_count = t.property_invites_count + excluded.property_invites_count,
            declined_count         = t.declined_count + excluded.declined_count,
            messages_count         = t.messages_count + excluded.messages_count,
            qfps_submitted_count   = t.qfps_submitted_count + excluded.qfps_submitted_count
        RETURNING t.*
    ), change AS MATERIALIZED (
        SELECT t.*, n.versions, n.views, n.clicks, n.invites, n.declined, n.messages, n.qfps,
               n.name, n.category, n.status, n.is_verified,
               CASE WHEN n.versions THEN n.user_id ELSE t.user_id END AS new_user_id,
               live.is_active(n.status)::int AS new_active, t.active::int AS old_active,
               n.versions AND live.shown(n.name, n.category, n.status, n.is_verified) IS DISTINCT FROM t.shown AS changed
        FROM total t JOIN net n USING (business_id)
    ), event AS MATERIALIZED (
        SELECT c.user_id, c.business_id, 1 AS place, 'business:deleted' AS type, -c.old_active AS active,
               c.views - c.views_count AS views, c.messages - c.messages_count AS messages,
               c.invites - c.property_invites_count AS invites
        FROM change c WHERE c.user_id IS NOT NULL AND c.user_id IS DISTINCT FROM c.new_user_id
        UNION ALL
        SELECT c.new_user_id, c.business_id, 2, 'business:created', c.new_active,
               c.views_count, c.messages_count, c.property_invites_count
        FROM change c WHERE c.new_user_id IS NOT NULL AND c.new_user_id IS DISTINCT FROM c.user_id
        UNION ALL
        SELECT c.user_id, c.business_id, 2, 'business:updated', c.new_active - c.old_active, 0, 0, 0
        FROM change c WHERE c.new_user_id = c.user_id AND c.changed
        UNION ALL
        SELECT c.new_user_id, c.business_id, 3, 'metrics:updated', 0,
               CASE WHEN c.new_user_id = c.user_id THEN c.views ELSE 0 END,
               CASE WHEN c.new_user_id = c.user_id THEN c.messages ELSE 0 END,
               CASE WHEN c.new_user_id = c.user_id THEN c.invites ELSE 0 END
        FROM change c
        WHERE c.new_user_id IS NOT NULL
          AND CASE WHEN c.new_user_id = c.user_id
                   THEN (c.views, c.clicks, c.invites, c.declined, c.messages, c.qfps) <> (0, 0, 0, 0, 0, 0)
                   ELSE (c.views_count, c.clicks_count, c.property_invites_count, c.declined_count, c.messages_count,
                         c.qfps_submitted_count) <> (0, 0, 0, 0, 0, 0) END
    ), effect AS MATERIALIZED (
        SELECT e.user_id, sum(e.active) AS active, sum(e.views) AS views, sum(e.messages) AS messages,
               sum(e.invites) AS invites, CASE WHEN count(*) > max_events THEN 1 ELSE count(*) END AS events,
               count(*) > max_events AS resets
        FROM event e GROUP BY e.user_id
    ), tenant AS MATERIALIZED (
        INSERT INTO live.tenant_kpis AS k (user_id, active_businesses, landlord_views, messages_total, invites_total, revision)
        SELECT e.user_id, e.active, e.views, e.messages, e.invites, e.events FROM effect e ORDER BY e.user_id
        ON CONFLICT (user_id) DO UPDATE
        SET active_businesses = k.active_businesses + excluded.active_businesses,
            landlord_views    = k.landlord_views + excluded.landlord_views,
            messages_total    = k.messages_total + excluded.messages_total,
            invites_total     = k.invites_total + excluded.invites_total,
            revision          = k.revision + excluded.revision
        RETURNING k.*
    )
    INSERT INTO live.dashboard_event (user_id, revision, type, business_id, name, category, status, is_verified, counts, sums)
    SELECT k.user_id, k.revision - f.events + row_number() OVER (PARTITION BY k.user_id ORDER BY e.business_id, e.place),
           e.type, e.business_id,
           CASE WHEN e.place = 2 THEN c.name END, CASE WHEN e.place = 2 THEN c.category END,
           CASE WHEN e.place = 2 THEN c.status END, CASE WHEN e.place = 2 THEN coalesce(c.is_verified, false) END,
           CASE WHEN e.place = 3 THEN ARRAY[c.views_count, c.clicks_count, c.property_invites_count, c.declined_count, c.messages_count,
                                            c.qfps_submitted_count] END,
           ARRAY[k.active_businesses, k.landlord_views, k.messages_total, k.invites_total]
    FROM event e JOIN effect f USING (user_id) JOIN tenant k USING (user_id) JOIN change c ON c.business_id = e.business_id
    WHERE NOT f.resets
    UNION ALL
    SELECT k.user_id, k.revision, 'state:reset', NULL, NULL, NULL, NULL, NULL, NULL,
           ARRAY[k.active_businesses, k.landlord_views, k.messages_total, k.invites_total]
    FROM effect f JOIN tenant k USING (user_id)
    WHERE f.resets;
END
$$;

-- In PL/pgSQL, which plans a statement once a session.
CREATE FUNCTION live.forget_noted(transaction xid8) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    DELETE FROM live.pending p WHERE p.xid = transaction;
    DELETE FROM live.pending_change c WHERE c.xid = transaction;
END
$$;

-- Applies what this transaction has noted.
CREATE FUNCTION live.apply_noted() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    me        xid8 := pg_current_xact_id();
    truncated boolean;
    removed   boolean;
    versions  boolean;
    few       uuid[];
BEGIN
    SELECT bool_or(c.kind = 'M'), bool_or(c.kind = 'B'), bool_or(c.kind IN ('b', 'B'))
    INTO truncated, removed, versions
    FROM live.pending_change c WHERE c.xid = me;
    -- Who truncates a table has it alone until the end: no one else changes what follows from it.
    IF truncated THEN
        INSERT INTO live.pending_change (kind, business_id, views_count, clicks_count, property_invites_count,
                                         declined_count, messages_count, qfps_submitted_count)
        SELECT 'm', t.business_id, -t.views_count, -t.clicks_count, -t.property_invites_count,
               -t.declined_count, -t.messages_count, -t.qfps_submitted_count
        FROM live.business_totals t;
    END IF;
    IF removed THEN
        INSERT INTO live.pending_change (kind, sign, business_id)
        SELECT 'b', 0, t.business_id FROM live.business_totals t WHERE t.user_id IS NOT NULL;
    END IF;

    PERFORM live.write_noted(me);

    IF versions THEN
        INSERT INTO live.business_totals AS t (business_id, user_id, active, shown)
        SELECT s.business_id, s.user_id, live.is_active(s.status),
               CASE WHEN s.user_id IS NOT NULL THEN live.shown(s.name, s.category, s.status, s.is_verified) END
        FROM live.noted_businesses(me) s
        ON CONFLICT (business_id) DO UPDATE
        SET user_id = excluded.user_id, active = excluded.active, shown = excluded.shown;
    END IF;
    -- What is nobody's and counts nothing goes. The planner takes a transaction for one with few notes, whatever it was told: by a join it would
    -- look at all of them for each. So a thousand at a time are looked up, and not by the index of owners, of which none may have many.
    FOR few IN
        SELECT array_agg(b.business_id)
        FROM (SELECT d.business_id, row_number() OVER () / 1000 AS slice
              FROM (SELECT DISTINCT p.business_id FROM live.pending_metrics p WHERE p.xid = me) d) b
        GROUP BY b.slice
    LOOP
        DELETE FROM live.business_totals t
        WHERE t.business_id = ANY (few) AND num_nulls(t.user_id) = 1
          AND (t.views_count, t.clicks_count, t.property_invites_count, t.declined_count, t.messages_count,
               t.qfps_submitted_count) = (0, 0, 0, 0, 0, 0);
    END LOOP;
    PERFORM live.forget_noted(me);
END
$$;

-- How the businesses stand that a transaction has changed: one row a business, with nothing but its id if it is gone. One
-- whose every version went as often as it came is as it was before, and has no row. Of two rows with one id, of which a primary key keeps
-- them, one is taken. In its caller's place, as live.text_of.
CREATE FUNCTION live.noted_businesses(transaction xid8)
    RETURNS TABLE (business_id uuid, user_id uuid, name text, category text, status text, is_verified boolean)
    LANGUAGE sql STABLE
AS $$
    SELECT n.business_id, (n.version).*
    FROM (SELECT DISTINCT ON (v.business_id) v.business_id, CASE WHEN v.stands THEN v.version END AS version
          FROM (SELECT p.business_id, p.version, sum(p.sign) > 0 AS stands
                FROM live.pending_change p WHERE p.xid = transaction AND p.kind = 'b'
                GROUP BY p.business_id, p.version
                HAVING sum(p.sign) <> 0 OR bool_or(p.sign = 0)) v
          ORDER BY v.business_id, v.stands DESC, v.version DESC) n
$$;

-- Whether a prepared transaction of this database, which may stay so for ever, has locked anything of ours.
CREATE FUNCTION live.is_prepared() RETURNS boolean
    LANGUAGE sql
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                   WHERE l.pid IS NULL AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                     AND c.relnamespace = 'live'::regnamespace)
$$;

-- Puts the counts of a note where those of statements of many rows are.
CREATE FUNCTION live.set_aside(note live.pending) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    INSERT INTO live.pending_change (xid, kind, business_id, views_count, clicks_count, property_invites_count, declined_count,
                                     messages_count, qfps_submitted_count)
    SELECT note.xid, 'm', note.business_id, note.views_count, note.clicks_count, note.property_invites_count, note.declined_count,
           note.messages_count, note.qfps_submitted_count
    WHERE note.business_id IS NOT NULL;
END
$$;

-- The same with all of a transaction's: no other of its firings finds its note any more.
CREATE FUNCTION live.set_all_aside(transaction xid8) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    WITH ring AS (
        DELETE FROM live.pending p WHERE p.xid = transaction RETURNING p.*
    )
    INSERT INTO live.pending_change (xid, kind, business_id, views_count, clicks_count, property_invites_count, declined_count,
                                     messages_count, qfps_submitted_count)
    SELECT r.xid, 'm', r.business_id, r.views_count, r.clicks_count, r.property_invites_count, r.declined_count,
           r.messages_count, r.qfps_submitted_count
    FROM ring r WHERE r.business_id IS NOT NULL;
END
$$;

-- Leaves what a transaction noted to live.mend_unapplied.
CREATE FUNCTION live.leave_noted(transaction xid8) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    PERFORM live.count_failure('a transaction was not applied yet: it waited for a prepared one');
    INSERT INTO live.pending_change (xid, kind) VALUES (transaction, 'f');
    PERFORM live.set_all_aside(transaction);
END
$$;

-- At COMMIT, and only there. Fires for the first note of each statement; the first firing applies all. Called earlier, because constraints
-- are set immediate, a firing puts itself off until COMMIT: a transaction that went on with locks of ours could deadlock with others.
-- Who put itself off at a SET CONSTRAINTS is not called again by the same command, at COMMIT it is, at once. So one time more in a message of
-- the client than this says CONSTRAINTS is COMMIT, and nothing that anybody writes into a command can keep it from that: after ten times enough is
-- enough. Called from below (a function that sets constraints, a procedure that commits) the message may do both, many times: there the
-- stack says COMMIT, in whichever language, or a hundred times are enough. Each time the message is read, which may be a long one: so the first of many
-- takes the others along. What these knew of it is forgotten: a deferred trigger that notes and sets constraints, again and again, is read once more each time.
-- With the argument 'last' the platform has deferrable constraints of its own. What they check at COMMIT may wait for others'
-- rows, and must not do so while we hold locks: then each firing puts itself behind all that is due. A deferred trigger may write a row, whose
-- deferred check is due behind that: so three times.
CREATE FUNCTION live.apply() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
    SET enable_seqscan = off
    SET jit = off
    -- Of ours, a wait is for a commit that is under way, however long it takes (a synchronous standby may be away): the writer's lock_timeout is
    -- for locks of its own. A prepared transaction may be under way for ever: this often is looked whether there is one, and then the
    -- write goes on without us.
    SET lock_timeout = '10s'
AS $$
DECLARE
    the_user     uuid;
    the_counts   bigint[];
    the_sums     bigint[];
    the_revision bigint;
    the_stack    text;
    the_time     timestamptz;
    is_only      boolean;
    the_times    integer;
    max_called   constant integer := 100;
    max_said     constant integer := 10;
    last_put_off constant integer := 3;
BEGIN
    LOOP
        BEGIN
            -- Of all firings of a transaction but the first that applies, this is all.
            DELETE FROM live.pending p WHERE p.ctid = NEW.ctid;
            IF NOT FOUND THEN
                RETURN NULL;
            END IF;
            GET DIAGNOSTICS the_stack = PG_CONTEXT;
            is_only := current_setting('tenantlist_live.notes', true) IS NOT DISTINCT FROM 'one';
            -- What is cheap to ask tells nearly every commit apart.
            IF TG_ARGV IS NOT NULL OR the_stack LIKE E'%\n%' OR current_query() COLLATE "C" ILIKE '%constraints%' THEN
                the_time := statement_timestamp();
                the_times := CASE WHEN (NEW.put_off).message = the_time THEN (NEW.put_off).times ELSE 0 END;
                IF the_times < (CASE
                    WHEN the_stack LIKE E'%\n%' AND split_part(the_stack, E'\n', 2) !~ E'\\mCOMMIT\\M' THEN max_called
                    ELSE greatest(CASE WHEN TG_ARGV IS NULL THEN 1 ELSE last_put_off END,
                                  least(coalesce(array_length(string_to_array(upper(current_query() COLLATE "C"), 'CONSTRAINTS'), 1) - 1, 0),
                                        max_said)) END) THEN
                    SET CONSTRAINTS live.live_apply DEFERRED;
                    IF NOT is_only THEN
                        PERFORM live.set_all_aside(NEW.xid);
                        PERFORM live.set_aside(NEW);
                        NEW.business_id := NULL;
                    END IF;
                    -- Without the cast PL/pgSQL would write it as a text and read that.
                    NEW.put_off := (the_time, the_times + 1)::live.put_off;
                    INSERT INTO live.pending SELECT NEW.*;
                    RETURN NULL;
                END IF;
            END IF;
            IF is_only AND NEW.business_id IS NOT NULL THEN
                -- The transaction counted for one business, as most do.
                UPDATE live.business_totals t
                SET views_count            = t.views_count + NEW.views_count,
                    clicks_count           = t.clicks_count + NEW.clicks_count,
                    property_invites_count = t.property_invites_count + NEW.property_invites_count,
                    declined_count         = t.declined_count + NEW.declined_count,
                    messages_count         = t.messages_count + NEW.messages_count,
                    qfps_submitted_count   = t.qfps_submitted_count + NEW.qfps_submitted_count
                WHERE t.business_id = NEW.business_id AND t.user_id IS NOT NULL
                RETURNING t.user_id, ARRAY[t.views_count, t.clicks_count, t.property_invites_count, t.declined_count, t.messages_count,
                                           t.qfps_submitted_count]
                INTO the_user, the_counts;
                IF FOUND THEN
                    UPDATE live.tenant_kpis k
                    SET landlord_views = k.landlord_views + NEW.views_count,
                        messages_total = k.messages_total + NEW.messages_count,
                        invites_total  = k.invites_total + NEW.property_invites_count,
                        revision       = k.revision + 1
                    WHERE k.user_id = the_user
                    RETURNING k.revision, ARRAY[k.active_businesses, k.landlord_views, k.messages_total, k.invites_total]
                    INTO the_revision, the_sums;
                    INSERT INTO live.dashboard_event (user_id, revision, type, business_id, counts, sums, part)
                    VALUES (the_user, the_revision, 'metrics:updated', NEW.business_id, the_counts, the_sums, live.written_part());
                    RETURN NULL;
                END IF;
            END IF;
            -- Of several businesses, or of one that is not there, or nobody's.
            PERFORM live.set_aside(NEW);
            PERFORM live.apply_noted();
        EXCEPTION
            WHEN lock_not_available THEN
                CONTINUE WHEN NOT live.is_prepared();
                PERFORM live.leave_noted(NEW.xid);
            WHEN serialization_failure OR deadlock_detected OR disk_full OR io_error THEN
                RAISE;
            WHEN OTHERS THEN
                -- One that was set read only after it wrote lets us write nothing, not even this; live.mend_unapplied finds it.
                IF current_setting('transaction_read_only') = 'off' THEN
                    PERFORM live.count_failure(format('a transaction was not applied: %s (%s)', SQLERRM, SQLSTATE));
                    PERFORM live.forget_noted(NEW.xid);
                END IF;
        END;
        RETURN NULL;
    END LOOP;
END
$$;

CREATE CONSTRAINT TRIGGER live_apply AFTER INSERT ON live.pending
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION live.apply();

-- Also for a session that has become a replica since its note.
ALTER TABLE live.pending ENABLE ALWAYS TRIGGER live_apply;
