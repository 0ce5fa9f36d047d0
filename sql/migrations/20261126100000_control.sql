-- SPDX-License-Identifier: MIT
--
-- What control-campaign moves. An action is one transaction of the program's:
--   control_open    locks (lanes by name where the action may raise a gap,
--                   then the campaign) and tells how things stand
--   control_waiting, control_failed, control_unknown, control_editable
--                   lock the next rows, by id, and return them
--   control_lay, control_requeue, control_rewrite, control_close_rows
--                   move those rows
--   control_seal    last: the campaign's state, the run, the queue's
--                   clean-up, the journal
-- control_pause and control_cancel need nothing of the program in between and
-- are one call each. Rows are locked a chunk at a time with rising ids, which
-- is the one order as well. Nothing is visible before the commit, so the
-- campaign goes live with its last row.
--
-- Whoever moves rows holds the campaign's lock for the whole transaction:
-- outcomes, receipts and the sweeper's ends wait for it and then find the
-- action done; a claim waits for its row and finds another generation.

CALL disparalead.add_column('public.campaigns_dispara_lead_saas_02',
	'label_from', 'integer', '0', true,
	'the oldest run of which the queue may hold messages');
CALL disparalead.add_column('public.campaign_journal_dispara_lead_saas_02',
	'action_id', 'uuid', NULL, false,
	'made by control-campaign for one request: whether its transaction '
	'was committed, where the answer to COMMIT was lost');

------------------------------------------------------------------------------
-- What all actions share
------------------------------------------------------------------------------

-- An address as PostgreSQL reads it; NULL for what is none (the client of a
-- unix socket).
CREATE OR REPLACE FUNCTION disparalead.address_of(address text)
RETURNS inet
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN address::inet;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END
$$;

-- Our campaign of that tenant, locked; no row where there is none.
CREATE OR REPLACE FUNCTION disparalead.control_campaign(tenant uuid,
	campaign uuid)
RETURNS SETOF public.campaigns_dispara_lead_saas_02
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT * FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.tenant_id = $1 AND c.id = $2 AND c.engine = 1
	FOR NO KEY UPDATE
$$;

-- Begins an action: one row, none where the tenant has no such campaign.
--   is_done       this very request was committed before (action_id)
--   last_slot_ms  the last slot that still waits; NULL: none does
-- with_lanes: the action may raise the gap of the campaign's lanes, or make a
-- campaign live that the sweeper did not count; they are locked first then.
CREATE OR REPLACE FUNCTION disparalead.control_open(tenant uuid,
	campaign uuid, action_id uuid, with_lanes boolean)
RETURNS TABLE (status text, run integer, is_done boolean,
	failed_count integer, delay_min integer, delay_max integer,
	pacing text, send_window jsonb, scheduled_for timestamptz,
	expires_at timestamptz, on_missing_variable text, placeholders text,
	last_slot timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF with_lanes THEN
		PERFORM disparalead.lock_lanes((
			SELECT c.instances
			FROM public.campaigns_dispara_lead_saas_02 c
			WHERE c.tenant_id = $1 AND c.id = $2
			  AND c.engine = 1));
	END IF;
	PERFORM FROM disparalead.control_campaign($1, $2);
	-- A statement of its own: the one before may have waited.
	RETURN QUERY
	SELECT c.status, c.run, EXISTS (
			SELECT
			FROM public.campaign_journal_dispara_lead_saas_02 j
			WHERE j.campaign_id = c.id AND j.action_id = $3),
	       c.failed_count, c.delay_min, c.delay_max, c.pacing,
	       c.send_window, c.scheduled_for, c.expires_at,
	       c.on_missing_variable, c.placeholders,
	       greatest((SELECT max(m.scheduled_for)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status = 'pending'),
	       (SELECT max(m.scheduled_for)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status = 'queued'))
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.tenant_id = $1 AND c.id = $2 AND c.engine = 1;
END
$$;

-- Raises the gaps of the campaign's lanes, which the caller has locked, to its
-- delay_min. The sweeper lowers them once no campaign needs them.
CREATE OR REPLACE FUNCTION disparalead.control_raise_gaps(campaign uuid)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET gap_seconds = c.delay_min, updated_at = clock_timestamp()
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = $1 AND l.instance_name = ANY (c.instances)
	  AND l.gap_seconds < c.delay_min
$$;

-- The queue is to be cleaned of every run up to the present one; whoever acts
-- does it at once, and the sweeper a minute later where that one died.
CREATE OR REPLACE FUNCTION disparalead.control_clean_labels(campaign uuid)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO public.outbox_dispara_lead_saas_02
		(tenant_id, campaign_id, kind, payload, available_at)
	SELECT c.tenant_id, c.id, 'cancel_label', jsonb_build_object('label',
			format('camp-%s-r%s', c.id, r.run)),
	       clock_timestamp() + interval '1 min'
	FROM public.campaigns_dispara_lead_saas_02 c
	CROSS JOIN generate_series(c.label_from, c.run) AS r(run)
	WHERE c.id = $1
$$;

-- Labels of a campaign still to be cleaned, for whoever wrote them just now.
CREATE OR REPLACE FUNCTION disparalead.control_labels(tenant uuid,
	campaign uuid)
RETURNS TABLE (id bigint, label text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT o.id, o.payload ->> 'label'
	FROM public.outbox_dispara_lead_saas_02 o
	WHERE o.tenant_id = $1 AND o.campaign_id = $2
	  AND o.kind = 'cancel_label' AND o.done_at IS NULL
	ORDER BY o.id
	LIMIT 20
$$;

-- What an action makes of a campaign's status; NULL where it is not to be.
--   moved   rows that wait again because of it
CREATE OR REPLACE FUNCTION disparalead.control_target(action text,
	status text, has_started boolean, moved integer)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN action = 'pause' AND status IN ('pending', 'processing')
		THEN 'paused'
	WHEN action = 'resume' AND status = 'paused'
		THEN CASE WHEN has_started THEN 'processing' ELSE 'pending' END
	WHEN action = 'cancel' AND status IN ('pending', 'processing', 'paused')
		THEN 'cancelled'
	WHEN action = 'reschedule'
	     AND status IN ('pending', 'processing', 'paused') THEN status
	WHEN action = 'edit' AND status <> 'cancelled' THEN status
	WHEN action = 'retry_failed' AND status <> 'cancelled'
	     OR action = 'resolve_uncertain'
		AND (status <> 'cancelled' OR moved = 0)
		THEN CASE WHEN moved > 0 AND status IN ('completed', 'failed')
			  THEN 'processing' ELSE status END
	END
$$;

-- Ends an action whose rows are moved, the campaign's lock held: its status
-- (control_target), another run, the labels of the run that ended, the end of
-- the campaign where nothing is left of it, the journal. Returns how it stands
-- then. Retries and resolutions end no run: what is queued stays so. Raises
-- 55000 where the action is not to be; the caller has asked before.
--   moved   rows that wait again because of it
--   facts   what came of it, for the journal: counts, no text and no phone
CREATE OR REPLACE FUNCTION disparalead.control_seal(tenant uuid,
	campaign uuid, action text, moved integer, facts jsonb, actor uuid,
	action_id uuid, request_id text, address text)
RETURNS TABLE (status text, run integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c public.campaigns_dispara_lead_saas_02;
	target text;
	ends_run boolean;
	at CONSTANT timestamptz := clock_timestamp();
BEGIN
	SELECT * INTO c FROM disparalead.control_campaign($1, $2);
	target := disparalead.control_target($3, c.status,
		c.started_at IS NOT NULL, $4);
	IF target IS NULL THEN
		RAISE EXCEPTION '% of a campaign that is %', $3, c.status
			USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	ends_run := $3 NOT IN ('retry_failed', 'resolve_uncertain');
	IF ends_run AND c.status IN ('pending', 'processing') THEN
		PERFORM disparalead.control_clean_labels(c.id);
	END IF;
	UPDATE public.campaigns_dispara_lead_saas_02 x
	SET status = target,
	    status_reason = CASE WHEN target = x.status THEN x.status_reason
		END,
	    run = x.run + 1,
	    label_from = CASE WHEN ends_run THEN x.run + 1
			      ELSE x.label_from END,
	    started_at = CASE WHEN target = 'processing'
			      THEN coalesce(x.started_at, at)
			      ELSE x.started_at END,
	    completed_at = CASE WHEN target = 'cancelled'
				THEN coalesce(x.completed_at, at)
				ELSE x.completed_at END,
	    updated_at = at, version = x.version + 1
	WHERE x.id = c.id;
	PERFORM disparalead.finish_campaign_if_done(c.id, false);
	INSERT INTO public.campaign_journal_dispara_lead_saas_02
		(tenant_id, campaign_id, actor_user_id, action, action_id,
		 request_id, ip, result)
	SELECT x.tenant_id, x.id, $6, $3, $7, $8, disparalead.address_of($9),
	       $5 || jsonb_build_object('from', c.status, 'to', x.status,
			'run', x.run)
	FROM public.campaigns_dispara_lead_saas_02 x
	WHERE x.id = c.id;
	RETURN QUERY
	SELECT x.status, x.run
	FROM public.campaigns_dispara_lead_saas_02 x
	WHERE x.id = c.id;
END
$$;

------------------------------------------------------------------------------
-- Pause and cancel
------------------------------------------------------------------------------

-- Stops a campaign, whose lock the caller holds: its waiting rows go to
-- "target", pending of a new generation or cancelled. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.control_stop_rows(campaign uuid,
	target text)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	moved integer;
	at timestamptz;
BEGIN
	PERFORM FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = campaign AND m.generation IS NOT NULL
	  AND m.status IN ('pending', 'queued')
	ORDER BY m.id
	FOR NO KEY UPDATE;
	at := clock_timestamp();
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = target,
	    generation = m.generation + (target = 'pending')::integer,
	    publish_count = 0, published_at = NULL, updated_at = at
	WHERE m.campaign_id = campaign AND m.generation IS NOT NULL
	  AND m.status IN ('pending', 'queued');
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

-- Pauses a live campaign: one row.
--   done       its waiting rows are pending of a new generation; "moved"
--   unchanged  it is paused already
--   refused    it is final
--   not_found  the tenant has no such campaign
-- status and run are those afterwards. What is sending or uncertain finishes
-- by itself; every way back of it is pending then.
CREATE OR REPLACE FUNCTION disparalead.control_pause(tenant uuid,
	campaign uuid, actor uuid, action_id uuid, request_id text,
	address text)
RETURNS TABLE (result text, status text, run integer, moved integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c public.campaigns_dispara_lead_saas_02;
BEGIN
	SELECT * INTO c FROM disparalead.control_campaign($1, $2);
	status := c.status;
	run := c.run;
	moved := 0;
	result := CASE WHEN c.id IS NULL THEN 'not_found'
		WHEN c.status = 'paused' THEN 'unchanged'
		WHEN c.status NOT IN ('pending', 'processing') THEN 'refused'
		ELSE 'done' END;
	IF result = 'done' THEN
		moved := disparalead.control_stop_rows(c.id, 'pending');
		SELECT s.status, s.run INTO status, run
		FROM disparalead.control_seal($1, $2, 'pause', 0,
			jsonb_build_object('returned', moved), $3, $4, $5,
			$6) s;
	END IF;
	RETURN NEXT;
END
$$;

-- Cancels a campaign that is not final: one row, as control_pause; unchanged:
-- it is cancelled already. What is sending or uncertain finishes by itself;
-- every way back of it is cancelled then. The end is announced.
CREATE OR REPLACE FUNCTION disparalead.control_cancel(tenant uuid,
	campaign uuid, actor uuid, action_id uuid, request_id text,
	address text)
RETURNS TABLE (result text, status text, run integer, moved integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c public.campaigns_dispara_lead_saas_02;
BEGIN
	SELECT * INTO c FROM disparalead.control_campaign($1, $2);
	status := c.status;
	run := c.run;
	moved := 0;
	result := CASE WHEN c.id IS NULL THEN 'not_found'
		WHEN c.status = 'cancelled' THEN 'unchanged'
		WHEN c.status IN ('completed', 'failed') THEN 'refused'
		ELSE 'done' END;
	IF result = 'done' THEN
		moved := disparalead.control_stop_rows(c.id, 'cancelled');
		PERFORM disparalead.move_counters(c.id, cancelled => moved);
		SELECT s.status, s.run INTO status, run
		FROM disparalead.control_seal($1, $2, 'cancel', 0,
			jsonb_build_object('cancelled', moved), $3, $4, $5,
			$6) s;
		INSERT INTO public.outbox_dispara_lead_saas_02
			(tenant_id, campaign_id, kind, payload)
		SELECT c.tenant_id, c.id, 'announce',
		       jsonb_build_object('status', status)
		WHERE c.kind = 'campaign'
		ON CONFLICT (campaign_id) WHERE kind = 'announce' DO NOTHING;
	END IF;
	RETURN NEXT;
END
$$;

------------------------------------------------------------------------------
-- New slots
------------------------------------------------------------------------------

-- Locks the next rows that wait, by id behind "after" (NULL: from the first).
-- place: where the recipient is (phone_place). The two settings leave the
-- planner the index that has the order; see message_page.
CREATE OR REPLACE FUNCTION disparalead.control_waiting(tenant uuid,
	campaign uuid, after uuid, max_rows integer)
RETURNS TABLE (id uuid, instance_name text, place integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
	SELECT m.id, m.instance_name, disparalead.phone_place(m.phone_number)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1 AND m.campaign_id = $2
	  AND m.generation IS NOT NULL
	  AND m.status IN ('pending', 'queued')
	  AND m.id > coalesce($3, '00000000-0000-0000-0000-000000000000')
	ORDER BY m.id
	LIMIT $4
	FOR NO KEY UPDATE
$$;

-- Rows that wait, and that the caller has locked, become pending of a new
-- generation with the slots (unix seconds) beside their ids. They count as
-- just published, so that the sweeper leaves them to whoever acts for a while.
-- Returns how many moved. The rows are found by their ids, by a plan for few of
-- them, and what they must be is judged behind that (hence the coalesce): else
-- each chunk would read all rows of the campaign, 300,000 of them 60 times.
CREATE OR REPLACE FUNCTION disparalead.control_lay(tenant uuid,
	campaign uuid, ids uuid[], slots bigint[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	moved integer;
	at CONSTANT timestamptz := clock_timestamp();
BEGIN
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'pending', generation = m.generation + 1,
	    publish_count = 0, scheduled_for = to_timestamp(u.slot),
	    published_at = at, updated_at = at
	FROM unnest($3, $4) AS u(id, slot)
	WHERE m.id = u.id
	  AND coalesce(m.tenant_id = $1 AND m.campaign_id = $2
		AND m.generation IS NOT NULL
		AND m.status IN ('pending', 'queued'), false);
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
