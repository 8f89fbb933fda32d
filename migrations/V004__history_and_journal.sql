-- What tells one history of the database from another, as a text: the cluster, its timeline (a failover to a replica starts a
-- new one), the database, the value that an operator renews, and how often the server has crashed. A host that refuses a part of it leaves that
-- part out. The text after a crash is the same before and after live.remember_crash.
CREATE FUNCTION live.history() RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    cluster  text := '';
    timeline text := '';
    crashed  boolean := false;
BEGIN
    BEGIN
        SELECT c.system_identifier::text INTO cluster FROM pg_control_system() c;
    EXCEPTION
        WHEN insufficient_privilege OR feature_not_supported OR undefined_function THEN NULL;
    END;
    BEGIN
        IF NOT pg_is_in_recovery() THEN
            timeline := left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
        END IF;
    EXCEPTION
        WHEN insufficient_privilege OR feature_not_supported OR undefined_function OR object_not_in_prerequisite_state THEN NULL;
    END;
    IF NOT pg_is_in_recovery() THEN
        crashed := NOT EXISTS (SELECT FROM live.crash_marker);
    END IF;
    RETURN cluster || '.' || timeline || '.' || current_database() || '.'
           || (SELECT e.value || '.' || e.crashes + crashed::int FROM live.epoch e);
END
$$;

-- Counts a crash of the server since which nobody has called this; whoever finds that live.crash_marker is empty does, at once: of two crashes without a call
-- between them one is counted, and what was told between them may be told again. On disk before it returns: the next crash finds it.
CREATE FUNCTION live.remember_crash() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'local', true);
    PERFORM FROM live.epoch e FOR UPDATE;
    INSERT INTO live.crash_marker DEFAULT VALUES ON CONFLICT DO NOTHING;
    IF FOUND THEN
        UPDATE live.epoch e SET crashes = e.crashes + 1;
    END IF;
END
$$;

-- Whether a transaction that has left its id in a row, or a part of one (what a block with EXCEPTION does has an id of its own, which
-- no snapshot names), is under way. Null of null.
CREATE FUNCTION live.is_in_progress(id xid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, live, pg_temp
AS $$
    SELECT CASE WHEN id::text::bigint > 2 THEN coalesce(pg_xact_status(nearest.id::text::xid8) = 'in progress', false)
                WHEN id IS NOT NULL THEN false END
    FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) s
    -- The 64-bit id with these lower 32 bits that is nearest to the next one.
    CROSS JOIN LATERAL (SELECT CASE WHEN c.id - s.next > 2147483648 THEN c.id - 4294967296
                                    WHEN s.next - c.id > 2147483648 THEN c.id + 4294967296 ELSE c.id END AS id
                        FROM (SELECT (s.next >> 32 << 32) + id::text::bigint AS id) c) nearest
$$;

-- Begins the next part of the journal when the one that is written has lasted an eighth of the age that is to be kept; the
-- part is emptied first. So what is younger than that age is there, and what is older by an eighth is not. Waits for readers
-- of the part for as long as lock_timeout says, and for no writer. Returns whether it began one.
-- Its COMMIT waits for no standby, which may be away: all writers would wait for the new part until it is back.
CREATE FUNCTION live.rotate_journal(max_age interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, live, pg_temp
AS $$
DECLARE
    next_part bigint;
BEGIN
    PERFORM FROM live.journal_rotation r WHERE r.since <= clock_timestamp() - max_age / 8 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM set_config('synchronous_commit', 'local', true);
    next_part := (live.written_part() + 1) % 10;
    EXECUTE format('TRUNCATE live.dashboard_event_%s', next_part);
    UPDATE live.journal_rotation r SET since = clock_timestamp();
    -- Last: a sequence is not set back with its transaction.
    PERFORM setval('live.journal_part', next_part);
    RETURN true;
END
$$;
