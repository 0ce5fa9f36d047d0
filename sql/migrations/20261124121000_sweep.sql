-- SPDX-License-Identifier: MIT
--
-- The sweeper's state functions: what time alone must bring about. Each does
-- a bounded piece of work, may run many times and many at once, and acts only
-- where campaigns.engine = 1 and message_logs.generation IS NOT NULL: rows of
-- the existing product are never published, moved or counted.
--
-- Where counters move the locks are taken in the common order; where only rows
-- move, rows that somebody holds are skipped and come up again.

-- sending, the lease ran out -> uncertain: it is never claimed again. Returns
-- how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_expired_leases(max_rows integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	moved integer;
BEGIN
	WITH due AS (
		SELECT m.id
		FROM public.message_logs_dispara_lead_saas_02 m
		JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = m.campaign_id AND c.engine = 1
		WHERE m.generation IS NOT NULL AND m.status = 'sending'
		  AND m.lease_expires_at < clock_timestamp()
		ORDER BY m.lease_expires_at
		LIMIT max_rows
		FOR NO KEY UPDATE OF m SKIP LOCKED
	)
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'uncertain', updated_at = clock_timestamp()
	FROM due d
	WHERE m.id = d.id;
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

-- Moves rows to a final state that was not reached by sending, with counters
-- and the campaign's end: those of "ids" that are still in one of "sources".
-- Returns how many.
CREATE OR REPLACE FUNCTION disparalead.end_messages(ids uuid[],
	sources text[], target text, code text)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	campaigns uuid[];
	deltas integer[];
	errors jsonb[];
	total integer;
BEGIN
	SELECT array_agg(DISTINCT m.campaign_id) INTO campaigns
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.id = ANY ($1) AND m.generation IS NOT NULL;
	PERFORM disparalead.lock_campaigns(campaigns);
	PERFORM disparalead.lock_messages($1);
	WITH ended AS (
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET status = target,
		    error_code = coalesce(code, m.error_code),
		    sent_at = CASE target WHEN 'failed'
			THEN clock_timestamp() ELSE m.sent_at END,
		    updated_at = clock_timestamp()
		FROM public.campaigns_dispara_lead_saas_02 c
		WHERE m.id = ANY ($1) AND m.generation IS NOT NULL
		  AND m.status = ANY (sources)
		  AND c.id = m.campaign_id AND c.engine = 1
		RETURNING m.campaign_id
	), tally AS (
		SELECT e.campaign_id, count(*)::integer AS n
		FROM ended e
		GROUP BY e.campaign_id
	), kinds AS (
		SELECT k.kind, k.position
		FROM unnest(ARRAY['sent', 'failed', 'cancelled', 'suppressed',
			'expired']) WITH ORDINALITY AS k(kind, position)
	)
	SELECT (SELECT array_agg(t.campaign_id ORDER BY t.campaign_id)
		FROM tally t),
	       (SELECT array_agg(CASE WHEN k.kind = target THEN t.n ELSE 0 END
				 ORDER BY t.campaign_id, k.position)
		FROM tally t CROSS JOIN kinds k),
	       (SELECT array_agg(CASE WHEN target = 'failed'
				 THEN jsonb_build_object(code, t.n)
				 ELSE '{}' END ORDER BY t.campaign_id)
		FROM tally t),
	       (SELECT coalesce(sum(t.n), 0)::integer FROM tally t)
	INTO campaigns, deltas, errors, total;
	PERFORM disparalead.settle_campaigns(campaigns, deltas, errors,
		array_fill(true, ARRAY[coalesce(cardinality(campaigns), 0)]));
	RETURN total;
END
$$;

-- uncertain for deadline_s since its claim -> failed with outcome_unknown: it
-- may have gone out, so it is not sent again. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_uncertain_deadline(
	deadline_s integer, max_rows integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT disparalead.end_messages(array_agg(d.id), ARRAY['uncertain'],
		'failed', 'outcome_unknown')
	FROM (SELECT m.id
	      FROM public.message_logs_dispara_lead_saas_02 m
	      JOIN public.campaigns_dispara_lead_saas_02 c
		ON c.id = m.campaign_id AND c.engine = 1
	      WHERE m.generation IS NOT NULL AND m.status = 'uncertain'
		AND m.claimed_at < clock_timestamp()
			- make_interval(secs => deadline_s)
	      ORDER BY m.claimed_at
	      LIMIT max_rows) d
$$;

-- Waiting rows whose campaign's expires_at has passed -> expired; those of
-- persons who opted out in the last day -> suppressed (older opt-outs are
-- found by the launch or at the claim). Returns how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_unsent_ends(max_rows integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(sum(disparalead.end_messages(k.ids,
		ARRAY['pending', 'queued'], k.target, NULL)), 0)::integer
	FROM (
		SELECT 'expired' AS target, array_agg(d.id) AS ids
		FROM (SELECT m.id
		      FROM public.campaigns_dispara_lead_saas_02 c
		      JOIN public.message_logs_dispara_lead_saas_02 m
			ON m.campaign_id = c.id
		      WHERE c.engine = 1 AND c.expires_at <= clock_timestamp()
			AND c.status IN ('pending', 'processing', 'paused')
			AND m.generation IS NOT NULL
			AND m.status IN ('pending', 'queued')
		      LIMIT max_rows) d
		UNION ALL
		SELECT 'suppressed', array_agg(d.id)
		FROM (SELECT m.id
		      FROM public.suppressions_dispara_lead_saas_02 s
		      JOIN public.message_logs_dispara_lead_saas_02 m
			ON m.tenant_id = s.tenant_id
		       AND m.phone_key = s.phone_key
		      JOIN public.campaigns_dispara_lead_saas_02 c
			ON c.id = m.campaign_id AND c.engine = 1
		      WHERE s.created_at > clock_timestamp() - interval '1 day'
			AND m.generation IS NOT NULL
			AND m.status IN ('pending', 'queued')
			AND s.confirmation_campaign_id
				IS DISTINCT FROM m.campaign_id
		      LIMIT max_rows) d
	) k
$$;

-- How long a pending row waits for (another) publication, seconds. It was
-- published publish_count times without a claim between; "returned": it came
-- back to pending and nobody else is about to publish it.
CREATE OR REPLACE FUNCTION disparalead.publish_wait_s(publish_count integer,
	returned boolean, stale_s integer)
RETURNS integer
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN publish_count <= 0 THEN
			CASE WHEN returned THEN least(5, stale_s)
			     ELSE stale_s END
		    WHEN publish_count = 1 THEN 60
		    WHEN publish_count = 2 THEN 300
		    WHEN publish_count = 3 THEN 1800
		    ELSE 7200 END
$$;

-- Rows of live campaigns that are to be published now, the next slot first,
-- each as the queue needs it. They are marked (published_at), so that another
-- sweeper leaves them alone for a while; the queue's acceptance is told by
-- mark_published. Left out: parked lanes, slots beyond what the queue holds, rows
-- that launch or control is about to publish itself (stale_s), rows published
-- five times in vain (sweep_not_delivering).
CREATE OR REPLACE FUNCTION disparalead.sweep_stale_pending(stale_s integer,
	max_delay_s integer, max_rows integer)
RETURNS TABLE (id uuid, campaign_id uuid, run integer, generation integer,
	instance_name text, phone_number text, message_content text,
	message_type text, gap_seconds integer, not_before bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH due AS (
		SELECT m.id, c.run, l.gap_seconds
		FROM public.campaigns_dispara_lead_saas_02 c
		JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.campaign_id = c.id
		JOIN public.lanes_dispara_lead_saas_02 l
		  ON l.instance_name = m.instance_name
		WHERE c.engine = 1 AND c.status IN ('pending', 'processing')
		  AND m.generation IS NOT NULL AND m.status = 'pending'
		  AND m.scheduled_for < clock_timestamp()
			+ make_interval(secs => $2 - 300)
		  AND m.publish_count < 5
		  AND coalesce(l.parked_until, '-infinity')
			<= clock_timestamp()
		  AND coalesce(m.published_at, m.updated_at)
			+ make_interval(secs => disparalead.publish_wait_s(
				m.publish_count, m.generation > 1
				AND m.published_at IS NULL, $1))
			<= clock_timestamp()
		ORDER BY m.scheduled_for
		LIMIT max_rows
		FOR NO KEY UPDATE OF m SKIP LOCKED
	)
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET published_at = clock_timestamp(), updated_at = clock_timestamp()
	FROM due d
	WHERE m.id = d.id
	RETURNING m.id, m.campaign_id, d.run, m.generation, m.instance_name,
		m.phone_number, m.message_content, m.message_type,
		d.gap_seconds,
		ceil(extract(epoch FROM m.scheduled_for))::bigint;
END
$$;

-- Queued rows of live campaigns whose slot passed grace_s ago: the queue is to
-- be asked for them. Each comes up again after as long, at most five minutes.
CREATE OR REPLACE FUNCTION disparalead.sweep_overdue_queued(grace_s integer,
	max_rows integer)
RETURNS TABLE (id uuid, generation integer, qstash_message_id text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH due AS (
		SELECT m.id
		FROM public.message_logs_dispara_lead_saas_02 m
		JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = m.campaign_id AND c.engine = 1
		WHERE m.generation IS NOT NULL AND m.status = 'queued'
		  AND c.status IN ('pending', 'processing')
		  AND m.scheduled_for < clock_timestamp()
			- make_interval(secs => $1)
		  AND m.updated_at < clock_timestamp()
			- make_interval(secs => $1)
		  AND coalesce(m.published_at, '-infinity') < clock_timestamp()
			- make_interval(secs => least($1, 300))
		ORDER BY m.scheduled_for
		LIMIT max_rows
		FOR NO KEY UPDATE OF m SKIP LOCKED
	)
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET published_at = clock_timestamp()
	FROM due d
	WHERE m.id = d.id
	RETURNING m.id, m.generation, m.qstash_message_id;
END
$$;

-- The queue does not know these (any more): queued -> pending of a new
-- generation, for another publication. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_return_lost(ids uuid[],
	generations integer[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	moved integer;
BEGIN
	PERFORM disparalead.lock_messages($1);
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'pending', generation = m.generation + 1,
	    updated_at = clock_timestamp()
	FROM unnest($1, $2) AS u(id, generation)
	WHERE m.id = u.id AND m.generation = u.generation
	  AND m.status = 'queued';
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END
$$;

-- Campaigns with a row that was published five times without being claimed:
-- the queue takes messages and does not deliver them. Each is paused with the
-- reason queue_not_delivering; nothing is failed. Returns how many.
CREATE OR REPLACE FUNCTION disparalead.sweep_not_delivering(
	max_campaigns integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	c record;
	paused integer := 0;
BEGIN
	FOR c IN
		SELECT x.id, x.tenant_id, x.run
		FROM public.campaigns_dispara_lead_saas_02 x
		WHERE x.engine = 1 AND x.status IN ('pending', 'processing')
		  AND EXISTS (
			SELECT FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.campaign_id = x.id AND m.generation IS NOT NULL
			  AND m.status = 'pending' AND m.publish_count >= 5)
		ORDER BY x.id
		LIMIT max_campaigns
		FOR NO KEY UPDATE OF x SKIP LOCKED
	LOOP
		PERFORM FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status IN ('pending', 'queued')
		ORDER BY m.id
		FOR NO KEY UPDATE;
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET status = 'pending', generation = m.generation + 1,
		    publish_count = 0, published_at = NULL,
		    updated_at = clock_timestamp()
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status IN ('pending', 'queued');
		UPDATE public.campaigns_dispara_lead_saas_02 x
		SET status = 'paused', status_reason = 'queue_not_delivering',
		    run = x.run + 1, version = x.version + 1,
		    updated_at = clock_timestamp()
		WHERE x.id = c.id;
		INSERT INTO public.campaign_journal_dispara_lead_saas_02
			(tenant_id, campaign_id, actor_program, action, result)
		VALUES (c.tenant_id, c.id, 'sweep', 'pause',
			'{"reason": "queue_not_delivering"}');
		INSERT INTO public.outbox_dispara_lead_saas_02
			(tenant_id, campaign_id, kind, payload)
		VALUES (c.tenant_id, c.id, 'cancel_label', jsonb_build_object(
			'label', format('camp-%s-r%s', c.id, c.run)));
		paused := paused + 1;
	END LOOP;
	RETURN paused;
END
$$;

-- Lowers gaps to the largest delay_min of the campaigns that may still send on
-- the lane. Returns how many changed. launch raises them under the lane's lock
-- before its campaign is there to be seen, so locked lanes are skipped and the
-- gap is worked out by a statement that begins after the lock.
CREATE OR REPLACE FUNCTION disparalead.sweep_lane_gaps(max_lanes integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	names text[];
	changed integer;
BEGIN
	SELECT array_agg(s.instance_name) INTO names
	FROM (SELECT l.instance_name
	      FROM public.lanes_dispara_lead_saas_02 l
	      WHERE l.gap_seconds > (
			SELECT coalesce(max(c.delay_min), 0)
			FROM public.campaigns_dispara_lead_saas_02 c
			WHERE c.engine = 1
			  AND c.status IN ('pending', 'processing', 'paused')
			  AND l.instance_name = ANY (c.instances))
		-- The last start's gap counts to its end.
		AND (l.last_start_at IS NULL OR l.last_start_at
			+ make_interval(secs => l.gap_seconds + 1)
			< clock_timestamp())
	      ORDER BY l.instance_name
	      LIMIT max_lanes
	      FOR NO KEY UPDATE SKIP LOCKED) s;
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET gap_seconds = g.gap, updated_at = clock_timestamp()
	FROM (SELECT n.name, coalesce(max(c.delay_min), 0) AS gap
	      FROM unnest(names) AS n(name)
	      LEFT JOIN public.campaigns_dispara_lead_saas_02 c
		ON c.engine = 1
	       AND c.status IN ('pending', 'processing', 'paused')
	       AND n.name = ANY (c.instances)
	      GROUP BY n.name) g
	WHERE l.instance_name = g.name AND l.gap_seconds > g.gap;
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END
$$;

-- Pending campaigns whose rows are all published become processing. Returns
-- how many were looked at.
CREATE OR REPLACE FUNCTION disparalead.sweep_starts(max_campaigns integer)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT count(*)::integer
	FROM disparalead.start_queued_campaigns((
		SELECT array_agg(d.id)
		FROM (SELECT c.id
		      FROM public.campaigns_dispara_lead_saas_02 c
		      WHERE c.engine = 1 AND c.status = 'pending'
			AND NOT EXISTS (
			SELECT FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
			  AND m.status = 'pending')
		      LIMIT max_campaigns) d))
$$;

-- Ends live campaigns that have no row left to come: a counter moved from
-- outside can have hidden the end from the outcome that brought it. Returns
-- how many ended.
CREATE OR REPLACE FUNCTION disparalead.sweep_ends(max_campaigns integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	done uuid[];
	ended integer;
BEGIN
	SELECT array_agg(d.id) INTO done
	FROM (SELECT c.id
	      FROM public.campaigns_dispara_lead_saas_02 c
	      WHERE c.engine = 1 AND c.status IN ('pending', 'processing')
		AND NOT EXISTS (
			SELECT FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
			  AND m.status IN ('pending', 'queued', 'sending',
					   'uncertain'))
	      LIMIT max_campaigns) d;
	PERFORM disparalead.lock_campaigns(done);
	SELECT count(*) FILTER (WHERE
		disparalead.finish_campaign_if_done(u.id, false))
	INTO ended FROM unnest(done) AS u(id);
	RETURN ended;
END
$$;

------------------------------------------------------------------------------
-- Parked lanes
------------------------------------------------------------------------------

-- Lanes that Evolution is to be asked about: parked ones, at most once a
-- minute each. They are marked as asked. token: the instance's own key.
CREATE OR REPLACE FUNCTION disparalead.lanes_to_probe(max_lanes integer)
RETURNS TABLE (instance_name text, token text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH due AS (
		SELECT l.instance_name
		FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.parked_until > clock_timestamp()
		  AND coalesce(l.checked_at, '-infinity')
			< clock_timestamp() - interval '1 min'
		ORDER BY l.instance_name
		LIMIT max_lanes
		FOR NO KEY UPDATE OF l SKIP LOCKED
	)
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET checked_at = clock_timestamp()
	FROM due d
	WHERE l.instance_name = d.instance_name
	RETURNING l.instance_name, (
		SELECT i.token
		FROM disparalead.instance_of(l.tenant_id, l.instance_name) i);
END
$$;

-- What Evolution said of an instance. "open" opens a lane that was parked for
-- its connection, unless its breaker is open: a dead socket says open too, so
-- then the parking runs its course and one message is the probe. Any other
-- word keeps a parked lane parked. Returns whether the lane was opened.
CREATE OR REPLACE FUNCTION disparalead.set_lane_state(name text,
	new_state text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	l public.lanes_dispara_lead_saas_02;
	at timestamptz;
	opens boolean;
BEGIN
	PERFORM disparalead.lock_lanes(ARRAY[name]);
	at := clock_timestamp();
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = name;
	IF l.instance_name IS NULL THEN
		RETURN false;
	END IF;
	opens := new_state = 'open' AND l.parked_until > at
		AND l.breaker_state <> 'open'
		AND coalesce(l.parked_reason, '')
			NOT IN ('rate_limited', 'instance_refused');
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET state = new_state, state_at = at,
	    parked_until = CASE
		WHEN opens THEN NULL
		WHEN new_state <> 'open' AND x.parked_until > at
			THEN greatest(x.parked_until, at + interval '2 min')
		ELSE x.parked_until END,
	    parked_reason = CASE WHEN opens THEN NULL
				 ELSE x.parked_reason END,
	    updated_at = at
	WHERE x.instance_name = name;
	IF opens OR l.state IS DISTINCT FROM new_state THEN
		PERFORM disparalead.touch_live_campaigns(ARRAY[name]);
	END IF;
	RETURN opens;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
