-- All that is ours lies in schema `live`. PUBLIC may neither use it, nor execute or write anything in it.
-- Only the functions of V003 and V004 write the rollups and the journal.

REVOKE ALL ON SCHEMA live FROM PUBLIC;

-- One row a tenant. Its row lock, taken at COMMIT, orders the tenant's revisions.
CREATE TABLE live.tenant_kpis (
    user_id           uuid PRIMARY KEY,
    active_businesses bigint NOT NULL DEFAULT 0,
    landlord_views    bigint NOT NULL DEFAULT 0,
    messages_total    bigint NOT NULL DEFAULT 0,
    invites_total     bigint NOT NULL DEFAULT 0,
    revision          bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.2);

-- One row a business: whose it is, what was last shown of it, and what it counts. Without an owner it is not there (or
-- belongs to nobody): its counts wait for it. `shown` is a digest of the columns that a dashboard shows.
CREATE TABLE live.business_totals (
    business_id            uuid PRIMARY KEY,
    user_id                uuid,
    active                 boolean NOT NULL DEFAULT false,
    shown                  bytea,
    views_count            bigint NOT NULL DEFAULT 0,
    clicks_count           bigint NOT NULL DEFAULT 0,
    property_invites_count bigint NOT NULL DEFAULT 0,
    declined_count         bigint NOT NULL DEFAULT 0,
    messages_count         bigint NOT NULL DEFAULT 0,
    qfps_submitted_count   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.2);

CREATE INDEX business_totals_user_id_idx ON live.business_totals (user_id);

-- The journal: a tenant's revisions 1, 2, 3 ... without a gap, in commit order. An event carries what its payload is made of
-- (the service makes it), and the tenant's sums after the transaction that wrote it. A column costs every commit what it takes to build
-- one more expression, some 2,000 instructions: numbers that go together are one.
--   business:created, business:updated   name, category, status, is_verified
--   business:deleted                     nothing but the id
--   metrics:updated                      counts
--   kpi:update                           live.rebuild corrected the tenant's sums
--   state:reset                          a transaction changed more than the journal keeps: take full state
-- It is a ring of parts: one is written, the one after it is empty. live.rotate_journal empties the oldest with TRUNCATE,
-- which waits for nobody but readers of that part.
CREATE TABLE live.dashboard_event (
    user_id     uuid NOT NULL,
    revision    bigint NOT NULL,
    type        text NOT NULL,
    business_id uuid,
    name        text,
    category    text,
    status      text,
    is_verified boolean,
    -- The business's: views, clicks, property invites, declined, messages, QFPs submitted.
    counts      bigint[],
    -- The tenant's: active businesses, landlord views, messages, invites.
    sums        bigint[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    part        bigint NOT NULL
) PARTITION BY LIST (part);

DO $$
BEGIN
    FOR part IN 0..9 LOOP
        EXECUTE format('CREATE TABLE live.dashboard_event_%1$s PARTITION OF live.dashboard_event FOR VALUES IN (%1$s)', part);
    END LOOP;
END
$$;

CREATE INDEX dashboard_event_user_id_revision_idx ON live.dashboard_event (user_id, revision);

-- Which part of the journal is written: the last value of a sequence, since every commit asks for it, and to read a row costs a tenth of all that a
-- commit pays for us.
CREATE SEQUENCE live.journal_part MINVALUE 0 MAXVALUE 9 START 0 CYCLE;

-- By setval alone: nextval writes ahead, and a crash would begin with a part of its own choice.
SELECT setval('live.journal_part', 0);

-- Since when.
CREATE TABLE live.journal_rotation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    since     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

INSERT INTO live.journal_rotation DEFAULT VALUES;

-- Without a search path of its own, so that Postgres puts it in its caller's place.
CREATE FUNCTION live.written_part() RETURNS bigint
    LANGUAGE sql VOLATILE
AS $$ SELECT pg_catalog.pg_sequence_last_value('live.journal_part'::pg_catalog.regclass) $$;

ALTER TABLE live.dashboard_event ALTER COLUMN part SET DEFAULT live.written_part();

-- What open transactions have noted, by transaction; at COMMIT live.apply takes a transaction's notes away. Unlogged: what
-- a crash ends is never applied. Nothing here takes a number from a sequence: lastval() is the writer's.

-- Compared byte by byte, whatever the database's collation holds equal.
CREATE TYPE live.business_version AS (
    user_id     uuid,
    name        text COLLATE "C",
    category    text COLLATE "C",
    status      text COLLATE "C",
    is_verified boolean
);

-- In which message of the client live.apply last put itself off, and how often in that.
CREATE TYPE live.put_off AS (message timestamptz, times integer);

-- A row a statement: its insert rings live.apply. By how much one row of metrics changed a business's counts it says itself, as most do;
-- what else a statement did is in live.pending_change, written before it.
CREATE UNLOGGED TABLE live.pending (
    xid                    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    business_id            uuid,
    views_count            bigint,
    clicks_count           bigint,
    property_invites_count bigint,
    declined_count         bigint,
    messages_count         bigint,
    qfps_submitted_count   bigint,
    put_off                live.put_off
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0,
        vacuum_truncate = false);

CREATE INDEX pending_xid_idx ON live.pending (xid);

-- Kinds:
--   m  metrics of a business changed by these counts
--   b  a version of a business that came (sign 1) or went (sign -1); what is left after adding up is how it stands
--   M  all metrics were truncated; B all businesses were: what was noted before is gone, what is held counts for nothing
--   i  a business that live.rebuild looks at; says nothing of it
--   f  the transaction was left unapplied, and is counted by live.failures until live.mend_unapplied has mended it
CREATE UNLOGGED TABLE live.pending_change (
    xid                    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind                   "char" NOT NULL,
    business_id            uuid,
    views_count            bigint,
    clicks_count           bigint,
    property_invites_count bigint,
    declined_count         bigint,
    messages_count         bigint,
    qfps_submitted_count   bigint,
    sign                   smallint,
    version                live.business_version
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0,
        vacuum_truncate = false, toast.vacuum_truncate = false);

CREATE INDEX pending_change_xid_idx ON live.pending_change (xid);

-- By how much transactions changed counts, whichever way it was noted.
CREATE VIEW live.pending_metrics AS
    SELECT p.xid, p.business_id, p.views_count, p.clicks_count, p.property_invites_count, p.declined_count, p.messages_count,
           p.qfps_submitted_count
    FROM live.pending p WHERE p.business_id IS NOT NULL
    UNION ALL
    SELECT c.xid, c.business_id, c.views_count, c.clicks_count, c.property_invites_count, c.declined_count, c.messages_count,
           c.qfps_submitted_count
    FROM live.pending_change c WHERE c.business_id IS NOT NULL;

-- Counts, outside of all transactions, statements whose effect could not be noted, and transactions whose notes could not
-- be applied: the platform's write went on. live.guard speaks of those that live.installation.failures does not count yet.
CREATE SEQUENCE live.failures MINVALUE 0 START 0;

-- Revisions are comparable only within one history of the database. An operator who restores a backup renews this:
--   UPDATE live.epoch SET value = gen_random_uuid();
CREATE TABLE live.epoch (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    value     uuid NOT NULL DEFAULT gen_random_uuid(),
    -- Of the server, as far as live.remember_crash knows.
    crashes   bigint NOT NULL DEFAULT 0
);

INSERT INTO live.epoch DEFAULT VALUES;

-- A row until the server crashes: then Postgres empties a table that is not logged, as on a standby and in a base backup, and a clean restart does not. What was committed with synchronous_commit = off may have
-- been shown by then and be gone, and its revision come again for something else: another history.
CREATE UNLOGGED TABLE live.crash_marker (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton)
);

INSERT INTO live.crash_marker DEFAULT VALUES;

-- What ends sessions before their tokens do. Every node reads this table twice a second; a row may be inserted by hand.
--   token     subject is a token's jti: that token is refused, and its sessions end
--   user      subject is a user: tokens issued up to created_at are refused, and their sessions end
--   sessions  subject is a user: the sessions open at this moment end, tokens stay valid
CREATE TABLE live.revocation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('token', 'user', 'sessions')),
    subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255
                                    AND (kind = 'token' OR subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '90 days'
);

CREATE INDEX revocation_created_at_idx ON live.revocation (created_at);

-- Answers to writes by REST that named an Idempotency-Key, each written in the transaction of its write. `request` is a digest of what was asked;
-- the rest is the answer, null while the transaction is under way.
CREATE TABLE live.idempotency (
    user_id    uuid NOT NULL,
    key        text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request    bytea NOT NULL,
    status     smallint,
    body       text,
    tag        text,
    location   text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_created_at_idx ON live.idempotency (created_at);
