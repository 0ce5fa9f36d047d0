-- SPDX-License-Identifier: MIT
--
-- What a launch moves: its Idempotency-Key, the lanes that it uses, the
-- campaign's start, the answer kept for a replay. The rows themselves are inserted by the program's own statements,
-- under row-level security (sql/queries/launch_*.sql).

------------------------------------------------------------------------------
-- Idempotency
------------------------------------------------------------------------------

-- Whether a launch with this key may go on. One row:
--   new          go on; the key is this transaction's until it ends
--   in_progress  another holds it, or stored no answer yet; ask again in
--                retry_after_s
--   conflict     the key was used with another body
--   replay       "answer" is what to say again
--   unanswered   committed more than deadline_s ago, and the program died
--                before it stored an answer: make it from the rows of
--                campaign_id, launched at created_at
-- Volatile: the look comes after the lock, with a snapshot of its own, so the
-- launch that held the lock before is seen. Runs as its caller, whom
-- row-level security keeps to the tenant.
CREATE OR REPLACE FUNCTION disparalead.launch_begin(tenant_id uuid,
	idempotency_key text, request_hash text, deadline_s integer)
RETURNS TABLE (result text, campaign_id uuid, answer jsonb,
	created_at timestamptz, retry_after_s integer)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c record;
	age_s integer;
BEGIN
	IF NOT pg_try_advisory_xact_lock(
		hashtextextended($1::text || ' ' || $2, 0)) THEN
		RETURN QUERY SELECT 'in_progress', NULL::uuid, NULL::jsonb,
			NULL::timestamptz, 2;
		RETURN;
	END IF;
	SELECT r.id, r.request_hash, r.launch_answer, r.created_at INTO c
	FROM public.campaigns_dispara_lead_saas_02 r
	WHERE r.tenant_id = $1 AND r.idempotency_key = $2;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'new', NULL::uuid, NULL::jsonb,
			NULL::timestamptz, NULL::integer;
		RETURN;
	END IF;
	age_s := extract(epoch FROM clock_timestamp() - c.created_at);
	RETURN QUERY SELECT
		CASE WHEN c.request_hash IS DISTINCT FROM $3 THEN 'conflict'
		     WHEN c.launch_answer IS NOT NULL THEN 'replay'
		     WHEN age_s < $4 THEN 'in_progress'
		     ELSE 'unanswered' END,
		c.id, c.launch_answer, c.created_at,
		greatest(1, $4 - age_s);
END
$$;

-- Keeps the answer of a launch; the first one stays. Returns the one that is
-- kept, NULL where the campaign is not ours.
CREATE OR REPLACE FUNCTION disparalead.launch_store_answer(tenant_id uuid,
	campaign_id uuid, answer jsonb)
RETURNS jsonb
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET launch_answer = coalesce(c.launch_answer, $3),
	    updated_at = CASE WHEN c.launch_answer IS NULL
			      THEN clock_timestamp() ELSE c.updated_at END,
	    version = c.version + (c.launch_answer IS NULL)::integer
	WHERE c.tenant_id = $1 AND c.id = $2 AND c.engine = 1
	RETURNING c.launch_answer
$$;

------------------------------------------------------------------------------
-- Instances and lanes
------------------------------------------------------------------------------

-- Those of names that are not the tenant's alone: unknown, another tenant's,
-- or of several. No row where all are. A lane keeps the tenant that it was
-- made for, so a name can't change hands while rows of it are under way.
CREATE OR REPLACE FUNCTION disparalead.launch_foreign_instances(
	tenant_id uuid, names text[])
RETURNS TABLE (instance_name text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT n.name
	FROM unnest($2) AS n(name)
	WHERE NOT EXISTS (
		SELECT FROM public.instances_dispara_lead_saas_02 i
		WHERE i.instance_name = n.name AND i.tenant_id = $1)
	   OR EXISTS (
		SELECT FROM public.instances_dispara_lead_saas_02 i
		WHERE i.instance_name = n.name AND i.tenant_id <> $1)
	   OR EXISTS (
		SELECT FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.instance_name = n.name AND l.tenant_id <> $1)
$$;

-- The last step of a launch's transaction: makes the lanes of the campaign's
-- instances where they are absent, locks them by name, raises gap_seconds to
-- delay_min, and ends the campaign where every row of it is suppressed.
-- Returns a row for each lane: whether its messages may be published now, and
-- why not. Raises 23514 where a lane is another tenant's by now.
--
-- The lanes are locked last, not first: what the transaction wrote before is
-- visible to nobody, so nobody who holds a lane can be waiting for it, and
-- claims on these numbers wait for a commit, not for 300,000 inserts.
CREATE OR REPLACE FUNCTION disparalead.launch_seal(tenant_id uuid,
	campaign_id uuid)
RETURNS TABLE (instance_name text, state text, is_open boolean,
	gap_seconds integer, status text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c record;
BEGIN
	SELECT r.instances, r.delay_min INTO STRICT c
	FROM public.campaigns_dispara_lead_saas_02 r
	WHERE r.tenant_id = $1 AND r.id = $2 AND r.engine = 1;
	INSERT INTO public.lanes_dispara_lead_saas_02
		(instance_name, tenant_id, gap_seconds)
	SELECT DISTINCT n.name, $1, c.delay_min
	FROM unnest(c.instances) AS n(name)
	ORDER BY n.name
	ON CONFLICT (instance_name) DO NOTHING;
	PERFORM disparalead.lock_lanes(c.instances);
	IF EXISTS (SELECT FROM public.lanes_dispara_lead_saas_02 l
		   WHERE l.instance_name = ANY (c.instances)
		     AND l.tenant_id <> $1) THEN
		RAISE EXCEPTION 'a lane belongs to another tenant'
			USING ERRCODE = 'check_violation';
	END IF;
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET gap_seconds = c.delay_min, updated_at = clock_timestamp()
	WHERE l.instance_name = ANY (c.instances)
	  AND l.gap_seconds < c.delay_min;
	PERFORM disparalead.finish_campaign_if_done($2);
	RETURN QUERY
	SELECT l.instance_name, l.state,
	       coalesce(l.state, 'open') = 'open'
	       AND coalesce(l.parked_until <= clock_timestamp(), true),
	       l.gap_seconds, r.status
	FROM public.lanes_dispara_lead_saas_02 l
	JOIN public.campaigns_dispara_lead_saas_02 r ON r.id = $2
	WHERE l.instance_name = ANY (c.instances)
	ORDER BY l.instance_name;
END
$$;

------------------------------------------------------------------------------
-- The start
------------------------------------------------------------------------------

-- Pending campaigns that have no pending row any more become processing: their
-- last message is queued. Locks the campaigns, by id. Returns the status of
-- each that is ours, after that.
CREATE OR REPLACE FUNCTION disparalead.start_queued_campaigns(ids uuid[])
RETURNS TABLE (campaign_id uuid, status text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM disparalead.lock_campaigns($1);
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET status = 'processing',
	    started_at = coalesce(c.started_at, clock_timestamp()),
	    updated_at = clock_timestamp(),
	    version = c.version + 1
	WHERE c.id = ANY ($1) AND c.engine = 1 AND c.status = 'pending'
	  AND NOT EXISTS (
		SELECT FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status = 'pending');
	RETURN QUERY
	SELECT c.id, c.status
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = ANY ($1) AND c.engine = 1;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
