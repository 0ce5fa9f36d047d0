-- SPDX-License-Identifier: MIT
--
-- Functions that every state function of the later migrations uses: who a
-- user is, the ordered locks, counters, the end of a campaign, and what
-- ledger_differences finds. None of them moves a message row.
--
-- SECURITY DEFINER functions run as the tables' owner, whom row-level security
-- does not hold: each takes the tenant from the row. Their search_path is
-- empty of anything that a caller could put in front, so every name of ours is
-- qualified.

-- The tenants that users act for: a row for each of the n-th user, with the
-- tenant that his request names (NULL: none) and the campaign that it asks for
-- (NULL, also for all of them: none). item is n, from 1.
--   ok               tenant_id and role (owner, admin, member)
--   not_a_member     unknown user, none, or not the requested one
--   tenant_required  several, and none was requested
-- version is the campaign's where that tenant has it, else NULL: what is asked
-- for at every read of /status costs less in here than as a statement of its
-- own. The function's owner reads past row-level security: the comparison with
-- the tenant is what keeps other tenants' campaigns out.
-- Memberships decide: only the active ones count. A user without any row there
-- (the existing product came late to that table) has one tenant, his own.
-- PL/pgSQL keeps its plan, SQL with a search_path of its own would be planned at
-- each call; that plan is generic, since one for the two at hand always looks
-- cheaper than one for any number.
CREATE OR REPLACE FUNCTION disparalead.resolve_user_tenants(user_ids uuid[],
	requested uuid[], campaign_ids uuid[])
RETURNS TABLE (item bigint, result text, tenant_id uuid, role text,
	version bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
	RETURN QUERY
	SELECT u.item,
	       CASE WHEN cardinality(a.tenants) > 1 THEN 'tenant_required'
		    WHEN w.tenant_id IS NULL THEN 'not_a_member'
		    ELSE 'ok' END,
	       w.tenant_id, CASE WHEN w.tenant_id IS NOT NULL
			THEN coalesce(a.roles[1], own.role) END,
	       (SELECT c.version
		FROM public.campaigns_dispara_lead_saas_02 c
		WHERE c.id = u.campaign_id AND c.engine = 1
		  AND c.tenant_id = w.tenant_id)
	FROM unnest($1, $2, $3) WITH ORDINALITY
		AS u(user_id, requested, campaign_id, item)
	CROSS JOIN LATERAL (
		SELECT array_agg(m.tenant_id) AS tenants,
		       array_agg(m.role) AS roles
		FROM public.user_tenant_memberships_dispara_lead_saas_02 m
		WHERE m.user_id = u.user_id AND m.status = 'active'
		  AND (u.requested IS NULL OR m.tenant_id = u.requested)) a
	LEFT JOIN LATERAL (
		SELECT t.id, CASE WHEN h.role IN ('owner', 'admin') THEN h.role
				  ELSE 'member' END AS role
		FROM public.users_dispara_lead_saas_02 h
		JOIN public.tenants_dispara_lead_saas_02 t
		  ON t.id = coalesce(h.current_tenant_id, h.tenant_id)
		WHERE a.tenants IS NULL AND h.id = u.user_id
		  AND (u.requested IS NULL OR t.id = u.requested)
		  AND NOT EXISTS (SELECT FROM
			public.user_tenant_memberships_dispara_lead_saas_02 m
			WHERE m.user_id = h.id)) own
	  ON true
	CROSS JOIN LATERAL (
		SELECT CASE WHEN a.tenants IS NULL THEN own.id
			    WHEN cardinality(a.tenants) = 1 THEN a.tenants[1]
			    END AS tenant_id) w;
END
$$;

------------------------------------------------------------------------------
-- Locks, in the one order: lanes by name, campaigns by id, rows by id
------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION disparalead.lock_lanes(names text[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.instance_name = ANY (names)
	ORDER BY l.instance_name
	FOR NO KEY UPDATE;
END
$$;

-- Only our own campaigns (engine = 1) are locked.
CREATE OR REPLACE FUNCTION disparalead.lock_campaigns(ids uuid[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = ANY (ids) AND c.engine = 1
	ORDER BY c.id
	FOR NO KEY UPDATE;
END
$$;

------------------------------------------------------------------------------
-- Counters
------------------------------------------------------------------------------

-- {"code": n} and {"code": m} added up; codes that come to 0 are left out.
CREATE OR REPLACE FUNCTION disparalead.add_error_counts(counts jsonb,
	deltas jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(jsonb_object_agg(s.code, s.total), '{}')
	FROM (SELECT e.key AS code, sum(e.value::bigint) AS total
	      FROM (SELECT * FROM jsonb_each_text(counts)
		    UNION ALL
		    SELECT * FROM jsonb_each_text(deltas)) e
	      GROUP BY e.key
	      HAVING sum(e.value::bigint) <> 0) s
$$;

-- The one place that moves campaigns' counters: adds the deltas (they may be
-- negative), moves updated_at and version. Called once a campaign in the
-- transaction that moves the rows, by the number of rows really changed; the
-- caller holds the campaigns' locks (lock_campaigns). The arrays run beside
-- campaign_ids, in which each campaign stands once; one that is NULL or
-- shorter means no delta. "errors" holds the deltas of error_counts,
-- {"<error_code>": n}. With is_outcome a pending campaign becomes processing:
-- its first outcome came before launch was done.
-- Returns a line for each campaign that is ours, with its status afterwards;
-- others are left alone.
CREATE OR REPLACE FUNCTION disparalead.move_counters_of(campaign_ids uuid[],
	sent integer[] DEFAULT NULL, failed integer[] DEFAULT NULL,
	cancelled integer[] DEFAULT NULL, suppressed integer[] DEFAULT NULL,
	expired integer[] DEFAULT NULL, errors jsonb[] DEFAULT NULL,
	delivered integer[] DEFAULT NULL, has_read integer[] DEFAULT NULL,
	is_outcome boolean[] DEFAULT NULL)
RETURNS TABLE (campaign_id uuid, status text)
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET sent_count = c.sent_count + coalesce(d.sent, 0),
	    failed_count = c.failed_count + coalesce(d.failed, 0),
	    cancelled_count = c.cancelled_count + coalesce(d.cancelled, 0),
	    suppressed_count = c.suppressed_count + coalesce(d.suppressed, 0),
	    expired_count = c.expired_count + coalesce(d.expired, 0),
	    error_counts = CASE WHEN coalesce(d.errors, '{}') = '{}'
		THEN c.error_counts
		ELSE disparalead.add_error_counts(c.error_counts, d.errors) END,
	    delivered_count = c.delivered_count + coalesce(d.delivered, 0),
	    read_count = c.read_count + coalesce(d.has_read, 0),
	    status = CASE WHEN d.is_outcome AND c.status = 'pending'
			  THEN 'processing' ELSE c.status END,
	    started_at = CASE WHEN d.is_outcome AND c.status = 'pending'
			      THEN coalesce(c.started_at, clock_timestamp())
			      ELSE c.started_at END,
	    updated_at = clock_timestamp(),
	    version = c.version + 1
	FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		AS d(id, sent, failed, cancelled, suppressed, expired, errors,
		     delivered, has_read, is_outcome)
	WHERE c.id = d.id AND c.engine = 1
	RETURNING c.id, c.status
$$;

-- The same for one campaign: returns its status afterwards, or NULL where it
-- is not ours and nothing was done.
CREATE OR REPLACE FUNCTION disparalead.move_counters(campaign_id uuid,
	sent integer DEFAULT 0, failed integer DEFAULT 0,
	cancelled integer DEFAULT 0, suppressed integer DEFAULT 0,
	expired integer DEFAULT 0, errors jsonb DEFAULT '{}',
	delivered integer DEFAULT 0, has_read integer DEFAULT 0,
	is_outcome boolean DEFAULT false)
RETURNS text
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT m.status
	FROM disparalead.move_counters_of(ARRAY[$1], ARRAY[$2], ARRAY[$3],
		ARRAY[$4], ARRAY[$5], ARRAY[$6], ARRAY[$7], ARRAY[$8],
		ARRAY[$9], ARRAY[$10]) m
$$;

-- The contract's named RPC functions: add exactly 1 to the campaign's counter.
-- Whoever calls them without moving a row breaks the ledger, which
-- ledger_differences reports; our own state functions move counters by move_counters_of.
CREATE OR REPLACE FUNCTION public.increment_campaign_sent_count(
	campaign_id uuid)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET sent_count = coalesce(c.sent_count, 0) + 1, updated_at = now(),
	    version = c.version + 1
	WHERE c.id = $1
$$;

CREATE OR REPLACE FUNCTION public.increment_campaign_failed_count(
	campaign_id uuid)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET failed_count = coalesce(c.failed_count, 0) + 1, updated_at = now(),
	    version = c.version + 1
	WHERE c.id = $1
$$;

-- Supabase grants every new function of "public" to the roles of its HTTP API.
REVOKE ALL ON FUNCTION public.increment_campaign_sent_count(uuid),
	public.increment_campaign_failed_count(uuid) FROM PUBLIC;
DO $$
DECLARE
	api_role text;
BEGIN
	FOR api_role IN SELECT rolname FROM pg_catalog.pg_roles
			WHERE rolname IN ('anon', 'authenticated')
	LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION '
			'public.increment_campaign_sent_count(uuid), '
			'public.increment_campaign_failed_count(uuid) '
			'FROM %I', api_role);
	END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION public.increment_campaign_sent_count(uuid),
	public.increment_campaign_failed_count(uuid) TO service_role;

------------------------------------------------------------------------------
-- The campaign's end
------------------------------------------------------------------------------

-- Ends a live campaign that has no row in pending, queued, sending, uncertain:
-- completed, or failed when nothing was sent and something failed. Called in
-- the transaction that may have ended the last row, after move_counters; the
-- caller holds the campaign's lock, so of two last rows one ends it. Keeps the
-- first completed_at, and announces the first end only (outbox; campaigns of
-- kind system never). Returns whether it ended now.
-- The counters are asked first, so that an outcome in the middle of a campaign
-- costs no look at the rows; from outside they can only be raised, and then
-- the rows decide. The sweeper asks the rows at once (trust_counters false).
CREATE OR REPLACE FUNCTION disparalead.finish_campaign_if_done(
	campaign_id uuid, trust_counters boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c public.campaigns_dispara_lead_saas_02;
	ending text;
BEGIN
	SELECT * INTO c FROM public.campaigns_dispara_lead_saas_02 r
	WHERE r.id = $1 AND r.engine = 1
	  AND r.status IN ('pending', 'processing');
	IF NOT FOUND OR (trust_counters AND c.total_messages >
	   c.sent_count + c.failed_count + c.cancelled_count
	   + c.suppressed_count + c.expired_count) THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM public.message_logs_dispara_lead_saas_02 m
		   WHERE m.campaign_id = $1 AND m.generation IS NOT NULL
		     AND m.status IN ('pending', 'queued', 'sending',
				      'uncertain')) THEN
		RETURN false;
	END IF;

	ending := CASE WHEN c.sent_count = 0 AND c.failed_count > 0
		       THEN 'failed' ELSE 'completed' END;
	UPDATE public.campaigns_dispara_lead_saas_02 r
	SET status = ending,
	    status_reason = NULL,
	    completed_at = coalesce(r.completed_at, clock_timestamp()),
	    updated_at = clock_timestamp(),
	    version = r.version + 1
	WHERE r.id = $1;
	IF c.kind = 'campaign' THEN
		INSERT INTO public.outbox_dispara_lead_saas_02
			(tenant_id, campaign_id, kind, payload)
		VALUES (c.tenant_id, c.id, 'announce',
			jsonb_build_object('status', ending))
		ON CONFLICT (campaign_id) WHERE kind = 'announce' DO NOTHING;
	END IF;
	RETURN true;
END
$$;

-- Parking or opening a lane shows in the status of the live campaigns on it:
-- their version moves. The caller holds the lanes' locks; this takes the
-- campaigns'. Returns how many moved.
CREATE OR REPLACE FUNCTION disparalead.touch_live_campaigns(lanes text[])
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ids uuid[];
	moved integer;
BEGIN
	SELECT array_agg(c.id) INTO ids
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.engine = 1 AND c.status IN ('pending', 'processing')
	  AND c.instances && lanes;
	PERFORM disparalead.lock_campaigns(ids);
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET updated_at = clock_timestamp(), version = c.version + 1
	WHERE c.id = ANY (ids)
	  AND c.status IN ('pending', 'processing');
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

------------------------------------------------------------------------------
-- What does not add up
------------------------------------------------------------------------------

-- The differences between what stands and what must hold, for one campaign or
-- (NULL) all of ours; no row where all is well. "invariant" is its number:
--   1  counters, total and error_counts against the rows
--   3  a campaign that is not paused is final iff no row is in a non-final
--      state, or was cancelled and only sending/uncertain rows are finishing
--   6  a row's tenant is its campaign's and its instance's
-- Reads every message row of the campaigns in question.
CREATE OR REPLACE FUNCTION disparalead.ledger_differences(
	only_campaign uuid DEFAULT NULL)
RETURNS TABLE (invariant integer, campaign_id uuid, what text,
	recorded text, counted text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	WITH ours AS (
		SELECT * FROM public.campaigns_dispara_lead_saas_02 c
		WHERE c.engine = 1 AND ($1 IS NULL OR c.id = $1)
	), tally AS (
		SELECT m.campaign_id, m.status, m.error_code,
		       count(*) AS messages
		FROM public.message_logs_dispara_lead_saas_02 m
		JOIN ours o ON o.id = m.campaign_id
		WHERE m.generation IS NOT NULL
		GROUP BY m.campaign_id, m.status, m.error_code
	), counted AS (
		SELECT o.id,
		       coalesce(sum(t.messages), 0) AS total,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status = 'sent'), 0) AS sent,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status = 'failed'), 0) AS failed,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status = 'cancelled'), 0) AS cancelled,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status = 'suppressed'), 0) AS suppressed,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status = 'expired'), 0) AS expired,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status IN ('pending', 'queued')), 0)
				AS waiting,
		       coalesce(sum(t.messages) FILTER (
				WHERE t.status IN ('sending', 'uncertain')), 0)
				AS going
		FROM ours o
		LEFT JOIN tally t ON t.campaign_id = o.id
		GROUP BY o.id
	), error_tally AS (
		SELECT s.campaign_id,
		       jsonb_object_agg(s.error_code, s.messages) AS errors
		FROM (SELECT t.campaign_id, t.error_code,
			     sum(t.messages) AS messages
		      FROM tally t
		      WHERE t.status = 'failed' AND t.error_code IS NOT NULL
		      GROUP BY t.campaign_id, t.error_code) s
		GROUP BY s.campaign_id
	)
	SELECT 1, o.id, v.what, v.recorded::text, v.counted::text
	FROM ours o
	JOIN counted n ON n.id = o.id
	CROSS JOIN LATERAL (VALUES
		('total_messages', o.total_messages, n.total),
		('sent_count', o.sent_count, n.sent),
		('failed_count', o.failed_count, n.failed),
		('cancelled_count', o.cancelled_count, n.cancelled),
		('suppressed_count', o.suppressed_count, n.suppressed),
		('expired_count', o.expired_count, n.expired)
	) AS v(what, recorded, counted)
	WHERE v.recorded IS DISTINCT FROM v.counted
	UNION ALL
	SELECT 1, o.id, 'error_counts', o.error_counts::text,
	       coalesce(e.errors, '{}')::text
	FROM ours o
	LEFT JOIN error_tally e ON e.campaign_id = o.id
	WHERE o.error_counts <> coalesce(e.errors, '{}')
	UNION ALL
	SELECT 3, o.id, 'status', o.status,
	       format('waiting %s, going %s', n.waiting, n.going)
	FROM ours o
	JOIN counted n ON n.id = o.id
	WHERE CASE o.status
	      WHEN 'paused' THEN false
	      WHEN 'cancelled' THEN n.waiting > 0
	      WHEN 'completed' THEN n.waiting + n.going > 0
	      WHEN 'failed' THEN n.waiting + n.going > 0
	      ELSE n.waiting + n.going = 0 END
	UNION ALL
	SELECT 6, o.id, 'tenant of message ' || m.id, m.tenant_id::text,
	       o.tenant_id::text
	FROM ours o
	JOIN public.message_logs_dispara_lead_saas_02 m
	  ON m.campaign_id = o.id AND m.generation IS NOT NULL
	WHERE m.tenant_id IS DISTINCT FROM o.tenant_id
	UNION ALL
	SELECT 6, u.campaign_id, 'tenant of instance ' || u.instance_name,
	       u.tenant_id::text, coalesce(l.tenant_id, i.tenant_id)::text
	FROM (SELECT DISTINCT m.campaign_id, m.instance_name, m.tenant_id
	      FROM public.message_logs_dispara_lead_saas_02 m
	      JOIN ours o ON o.id = m.campaign_id
	      WHERE m.generation IS NOT NULL
		AND m.instance_name IS NOT NULL) u
	LEFT JOIN public.lanes_dispara_lead_saas_02 l
	  ON l.instance_name = u.instance_name
	LEFT JOIN LATERAL (
		SELECT x.tenant_id
		FROM public.instances_dispara_lead_saas_02 x
		WHERE x.instance_name = u.instance_name
		ORDER BY (x.tenant_id = u.tenant_id) DESC NULLS LAST
		LIMIT 1) i ON true
	WHERE l.tenant_id <> u.tenant_id OR i.tenant_id <> u.tenant_id
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
