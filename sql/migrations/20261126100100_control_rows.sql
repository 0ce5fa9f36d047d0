-- SPDX-License-Identifier: MIT
--
-- The rest of what control-campaign moves: failed rows tried again, unknown
-- outcomes resolved, new schedules, new texts. The shape of an action and its
-- locks are the former migration's.

------------------------------------------------------------------------------
-- Retries and resolutions
------------------------------------------------------------------------------

-- Locks the next failed rows that may be tried again, by id behind "after":
-- of one error_code, or (NULL) all. Those of unknown outcome may have gone out
-- and are control_unknown's. Columns as control_waiting.
CREATE OR REPLACE FUNCTION disparalead.control_failed(tenant uuid,
	campaign uuid, after uuid, max_rows integer, code text)
RETURNS TABLE (id uuid, instance_name text, place integer)
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
	SELECT m.id, m.instance_name, disparalead.phone_place(m.phone_number)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1 AND m.campaign_id = $2
	  AND m.generation IS NOT NULL AND m.status = 'failed'
	  AND m.error_code IS DISTINCT FROM 'outcome_unknown'
	  AND ($5 IS NULL OR m.error_code = $5)
	  AND m.id > coalesce($3, '00000000-0000-0000-0000-000000000000')
	ORDER BY m.id
	LIMIT $4
	FOR NO KEY UPDATE
$$;

-- Locks the next rows of unknown outcome, by id behind "after": those of
-- "ids", or (NULL) all. Columns as control_waiting.
CREATE OR REPLACE FUNCTION disparalead.control_unknown(tenant uuid,
	campaign uuid, after uuid, max_rows integer, ids uuid[])
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
	  AND (m.status = 'uncertain'
	       OR m.status = 'failed' AND m.error_code = 'outcome_unknown')
	  AND ($5 IS NULL OR m.id = ANY ($5))
	  AND m.id > coalesce($3, '00000000-0000-0000-0000-000000000000')
	ORDER BY m.id
	LIMIT $4
	FOR NO KEY UPDATE
$$;

-- Moves the campaign's counters by rows that left failed or uncertain:
-- "before" and "codes" are what they were, side by side. The caller holds the
-- campaign's lock. target: where they went.
CREATE OR REPLACE FUNCTION disparalead.control_count(campaign uuid,
	before text[], codes text[], target text, code text)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	WITH was AS (
		SELECT * FROM unnest(before, codes) AS u(status, code)
	), kinds AS (
		SELECT w.code, -count(*) AS n
		FROM was w
		WHERE w.status = 'failed' AND w.code IS NOT NULL
		GROUP BY w.code
		UNION ALL
		SELECT $5, cardinality(before)
		WHERE target = 'failed' AND cardinality(before) > 0
	)
	SELECT disparalead.move_counters(campaign,
		sent => CASE WHEN target = 'sent' THEN cardinality(before)
			ELSE 0 END,
		failed => CASE WHEN target = 'failed' THEN cardinality(before)
			ELSE 0 END - (SELECT count(*) FROM was w
				WHERE w.status = 'failed')::integer,
		errors => (SELECT coalesce(jsonb_object_agg(s.code, s.n), '{}')
			FROM (SELECT k.code, sum(k.n) AS n FROM kinds k
			      GROUP BY k.code) s),
		is_outcome => target = 'sent')
$$;

-- Rows that failed or whose outcome is unknown, locked by the caller, wait
-- again: pending of a new generation with the slots beside their ids, all
-- their attempts before them. The lanes' gaps, locked too, are raised: the
-- campaign may have been over. Returns how many moved. Rows are found as by
-- control_lay.
CREATE OR REPLACE FUNCTION disparalead.control_requeue(tenant uuid,
	campaign uuid, ids uuid[], slots bigint[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	before text[];
	codes text[];
	at CONSTANT timestamptz := clock_timestamp();
BEGIN
	WITH was AS (
		SELECT m.id, m.status, m.error_code
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.id = ANY ($3)
	), moved AS (
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET status = 'pending', generation = m.generation + 1,
		    retry_count = 0, publish_count = 0,
		    scheduled_for = to_timestamp(u.slot), published_at = at,
		    error_code = NULL, error_message = NULL, sent_at = NULL,
		    updated_at = at
		FROM unnest($3, $4) AS u(id, slot)
		JOIN was w ON w.id = u.id
		WHERE m.id = u.id
		  AND coalesce(m.tenant_id = $1 AND m.campaign_id = $2
			AND m.generation IS NOT NULL
			AND m.status IN ('failed', 'uncertain'), false)
		RETURNING w.status, w.error_code
	)
	SELECT coalesce(array_agg(v.status), '{}'), array_agg(v.error_code)
	INTO before, codes
	FROM moved v;
	PERFORM disparalead.control_count($2, before, codes, 'pending', NULL);
	PERFORM disparalead.control_raise_gaps($2);
	RETURN cardinality(before);
END
$$;

-- Closes rows of unknown outcome ("ids", or NULL: all) as an operator says:
-- sent, or failed with closed_as_failed. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.control_close_rows(tenant uuid,
	campaign uuid, ids uuid[], target text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before text[];
	codes text[];
	code CONSTANT text := CASE target WHEN 'failed'
		THEN 'closed_as_failed' END;
	at timestamptz;
BEGIN
	IF target NOT IN ('sent', 'failed') THEN
		RAISE EXCEPTION 'rows are closed as sent or failed'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM FROM disparalead.control_campaign($1, $2);
	PERFORM FROM disparalead.control_unknown($1, $2, NULL, NULL, $3);
	at := clock_timestamp();
	WITH was AS (
		SELECT m.id, m.status, m.error_code
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1 AND m.campaign_id = $2
		  AND m.generation IS NOT NULL
		  AND (m.status = 'uncertain' OR m.status = 'failed'
		       AND m.error_code = 'outcome_unknown')
		  AND ($3 IS NULL OR m.id = ANY ($3))
	), moved AS (
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET status = target, error_code = code, error_message = NULL,
		    sent_at = CASE target WHEN 'sent'
			THEN coalesce(m.claimed_at, at) ELSE at END,
		    updated_at = at
		FROM was w
		WHERE m.id = w.id
		RETURNING w.status, w.error_code
	)
	SELECT coalesce(array_agg(v.status), '{}'), array_agg(v.error_code)
	INTO before, codes
	FROM moved v;
	PERFORM disparalead.control_count($2, before, codes, target, code);
	RETURN cardinality(before);
END
$$;

------------------------------------------------------------------------------
-- Another schedule
------------------------------------------------------------------------------

-- The campaign's schedule, all of it; its gaps are raised, for which the
-- caller has locked the lanes. Returns whether anything differs from before.
CREATE OR REPLACE FUNCTION disparalead.control_reschedule(tenant uuid,
	campaign uuid, starts_at timestamptz, least_delay integer,
	largest_delay integer, campaign_window jsonb, ends_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET scheduled_for = $3, is_scheduled = $3 IS NOT NULL, delay_min = $4,
	    delay_max = $5, send_window = $6, expires_at = $7
	WHERE c.tenant_id = $1 AND c.id = $2 AND c.engine = 1
	  AND (c.scheduled_for, c.delay_min, c.delay_max, c.send_window,
	       c.expires_at) IS DISTINCT FROM ($3, $4, $5, $6, $7);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM disparalead.control_raise_gaps($2);
	RETURN true;
END
$$;

------------------------------------------------------------------------------
-- Another text
------------------------------------------------------------------------------

-- Sets a template's text and media. Returns whether anything differs.
CREATE OR REPLACE FUNCTION disparalead.control_edit_template(tenant uuid,
	campaign uuid, position_no integer, new_text text, new_url text,
	new_name text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	UPDATE public.campaign_templates_dispara_lead_saas_02 t
	SET text = $4, media_url = $5, file_name = $6
	WHERE t.tenant_id = $1 AND t.campaign_id = $2
	  AND t.template_index = $3
	  AND (t.text, t.media_url, t.file_name)
		IS DISTINCT FROM ($4, $5, $6);
	RETURN FOUND;
END
$$;

-- Locks the next rows that an edit of a template touches, by id behind
-- "after": all that wait (they get another generation), and those of the
-- template that failed and may be tried again. contact: of rows of that
-- template, whose text is written anew; NULL for the others.
CREATE OR REPLACE FUNCTION disparalead.control_editable(tenant uuid,
	campaign uuid, after uuid, max_rows integer, position_no integer)
RETURNS TABLE (id uuid, contact jsonb)
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
	SELECT m.id, CASE WHEN m.template_index = $5
		THEN coalesce(m.contact, '{}') END
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1 AND m.campaign_id = $2
	  AND m.generation IS NOT NULL
	  AND (m.status IN ('pending', 'queued')
	       OR m.status = 'failed' AND m.template_index = $5
		  AND m.error_code IS DISTINCT FROM 'outcome_unknown')
	  AND m.id > coalesce($3, '00000000-0000-0000-0000-000000000000')
	ORDER BY m.id
	LIMIT $4
	FOR NO KEY UPDATE
$$;

-- Writes rows that control_editable locked: those that wait become pending of
-- a new generation and keep their slot; where a content stands beside the id,
-- the row gets it, and its template's media. Returns how many wait. Rows are
-- found as by control_lay.
CREATE OR REPLACE FUNCTION disparalead.control_rewrite(tenant uuid,
	campaign uuid, ids uuid[], contents text[], position_no integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	waiting integer;
	at CONSTANT timestamptz := clock_timestamp();
BEGIN
	WITH moved AS (
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET status = CASE m.status WHEN 'failed' THEN 'failed'
			     ELSE 'pending' END,
		    generation = m.generation
			+ (m.status <> 'failed')::integer,
		    publish_count = 0, published_at = at, updated_at = at,
		    message_content = coalesce(u.content, m.message_content),
		    media_url = CASE WHEN u.content IS NULL THEN m.media_url
				     ELSE t.media_url END,
		    file_name = CASE WHEN u.content IS NULL THEN m.file_name
				     ELSE t.file_name END
		FROM unnest($3, $4) AS u(id, content)
		JOIN public.campaign_templates_dispara_lead_saas_02 t
		  ON t.tenant_id = $1 AND t.campaign_id = $2
		 AND t.template_index = $5
		WHERE m.id = u.id
		  AND coalesce(m.tenant_id = $1 AND m.campaign_id = $2
			AND m.generation IS NOT NULL
			AND m.status IN ('pending', 'queued', 'failed'), false)
		RETURNING m.status
	)
	SELECT count(*) FILTER (WHERE v.status = 'pending') INTO waiting
	FROM moved v;
	RETURN waiting;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
