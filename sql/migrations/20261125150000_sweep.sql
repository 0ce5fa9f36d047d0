-- SPDX-License-Identifier: MIT
--
-- The sweeper, completed: what one run leaves for the next, the outbox, the
-- ledger's check and its repair; and the functions of it that took locks out
-- of order, or came back to the same rows before they had seen all.

------------------------------------------------------------------------------
-- What a run leaves for the next
------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS disparalead.sweeper (
	is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
	queue_wait_until timestamptz,
	ledger_after uuid,
	ledger_found bigint NOT NULL DEFAULT 0,
	ledger_mismatches bigint,
	ledger_checked_at timestamptz
);
COMMENT ON TABLE disparalead.sweeper IS
	'one row. queue_wait_until: the queue asked for silence (429); '
	'ledger_after: the last campaign that the running pass has checked, '
	'ledger_found: the differences of that pass so far; '
	'ledger_mismatches, ledger_checked_at: the last whole pass, by the '
	'sweeper or by fsck';
INSERT INTO disparalead.sweeper DEFAULT VALUES ON CONFLICT DO NOTHING;
REVOKE ALL ON disparalead.sweeper FROM PUBLIC;

-- What stands there. queue_wait_s: seconds for which the queue is to be left
-- alone, 0 for none; ledger_*: NULL before the first pass.
CREATE OR REPLACE FUNCTION disparalead.sweeper_state()
RETURNS TABLE (queue_wait_s integer, ledger_mismatches bigint,
	ledger_checked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(greatest(ceil(extract(epoch FROM s.queue_wait_until
			- clock_timestamp())), 0), 0)::integer,
	       s.ledger_mismatches, s.ledger_checked_at
	FROM disparalead.sweeper s
$$;

-- The queue answered 429: nobody sweeps it for so many seconds (at most a
-- day). A longer wait that stands already is kept.
CREATE OR REPLACE FUNCTION disparalead.sweep_keep_wait(seconds integer)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE disparalead.sweeper s
	SET queue_wait_until = greatest(s.queue_wait_until, clock_timestamp()
		+ make_interval(secs => least(greatest($1, 0), 86400)))
$$;

------------------------------------------------------------------------------
-- Waiting rows that end, campaigns that the queue does not deliver
------------------------------------------------------------------------------

-- Waiting rows whose campaign's expires_at has passed -> expired; those of
-- persons who opted out in the last day -> suppressed (older opt-outs are
-- found by the launch or at the claim). Returns how many. The campaigns and
-- rows of both kinds are locked before the first of them moves.
CREATE OR REPLACE FUNCTION disparalead.sweep_unsent_ends(max_rows integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	late uuid[];
	opted_out uuid[];
	campaigns uuid[];
BEGIN
	SELECT coalesce(array_agg(d.id), '{}') INTO late
	FROM (SELECT m.id
	      FROM public.campaigns_dispara_lead_saas_02 c
	      JOIN public.message_logs_dispara_lead_saas_02 m
		ON m.campaign_id = c.id
	      WHERE c.engine = 1 AND c.expires_at <= clock_timestamp()
		AND c.status IN ('pending', 'processing', 'paused')
		AND m.generation IS NOT NULL
		AND m.status IN ('pending', 'queued')
	      LIMIT max_rows) d;
	SELECT coalesce(array_agg(d.id), '{}') INTO opted_out
	FROM (SELECT m.id
	      FROM public.suppressions_dispara_lead_saas_02 s
	      JOIN public.message_logs_dispara_lead_saas_02 m
		ON m.tenant_id = s.tenant_id AND m.phone_key = s.phone_key
	      JOIN public.campaigns_dispara_lead_saas_02 c
		ON c.id = m.campaign_id AND c.engine = 1
	      WHERE s.created_at > clock_timestamp() - interval '1 day'
		AND m.generation IS NOT NULL
		AND m.status IN ('pending', 'queued')
		AND s.confirmation_campaign_id IS DISTINCT FROM m.campaign_id
	      LIMIT max_rows) d;
	SELECT array_agg(DISTINCT m.campaign_id) INTO campaigns
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.id = ANY (late || opted_out) AND m.generation IS NOT NULL;
	PERFORM disparalead.lock_campaigns(campaigns);
	PERFORM disparalead.lock_messages(late || opted_out);
	RETURN disparalead.end_messages(late, ARRAY['pending', 'queued'],
			'expired', NULL)
		+ disparalead.end_messages(opted_out,
			ARRAY['pending', 'queued'], 'suppressed', NULL);
END
$$;

-- Queued rows of live campaigns whose slot passed grace_s ago: the queue is to
-- be asked for them. Each comes up again after as long, at most five minutes;
-- those first that were asked for the longest ago, so that each has its turn
-- however many the queue keeps back.
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
		ORDER BY m.published_at NULLS FIRST, m.scheduled_for
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

-- Campaigns with a row that was published five times without being claimed:
-- the queue takes messages and does not deliver them. Each is paused with the
-- reason queue_not_delivering; nothing is failed. Returns how many. The rows
-- of all of them are locked by id before one is written.
CREATE OR REPLACE FUNCTION disparalead.sweep_not_delivering(
	max_campaigns integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stuck uuid[];
BEGIN
	SELECT array_agg(s.id) INTO stuck
	FROM (SELECT x.id
	      FROM public.campaigns_dispara_lead_saas_02 x
	      WHERE x.engine = 1 AND x.status IN ('pending', 'processing')
		AND EXISTS (
			SELECT FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.campaign_id = x.id AND m.generation IS NOT NULL
			  AND m.status = 'pending' AND m.publish_count >= 5)
	      ORDER BY x.id
	      LIMIT max_campaigns
	      FOR NO KEY UPDATE OF x SKIP LOCKED) s;
	PERFORM FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = ANY (stuck) AND m.generation IS NOT NULL
	  AND m.status IN ('pending', 'queued')
	ORDER BY m.id
	FOR NO KEY UPDATE;
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'pending', generation = m.generation + 1,
	    publish_count = 0, published_at = NULL,
	    updated_at = clock_timestamp()
	WHERE m.campaign_id = ANY (stuck) AND m.generation IS NOT NULL
	  AND m.status IN ('pending', 'queued');
	INSERT INTO public.outbox_dispara_lead_saas_02
		(tenant_id, campaign_id, kind, payload)
	SELECT x.tenant_id, x.id, 'cancel_label', jsonb_build_object('label',
		format('camp-%s-r%s', x.id, x.run))
	FROM public.campaigns_dispara_lead_saas_02 x
	WHERE x.id = ANY (stuck);
	UPDATE public.campaigns_dispara_lead_saas_02 x
	SET status = 'paused', status_reason = 'queue_not_delivering',
	    run = x.run + 1, version = x.version + 1,
	    updated_at = clock_timestamp()
	WHERE x.id = ANY (stuck);
	INSERT INTO public.campaign_journal_dispara_lead_saas_02
		(tenant_id, campaign_id, actor_program, action, result)
	SELECT x.tenant_id, x.id, 'sweep', 'pause',
	       '{"reason": "queue_not_delivering"}'
	FROM public.campaigns_dispara_lead_saas_02 x
	WHERE x.id = ANY (stuck);
	RETURN coalesce(cardinality(stuck), 0);
END
$$;

-- Lowers gaps to the largest delay_min of the campaigns that may still send on
-- the lane. Returns how many changed. launch raises them under the lane's lock
-- before its campaign is there to be seen, so locked lanes are skipped and the
-- gap is worked out by a statement that begins after the lock. control raises
-- them in a transaction before the one that needs them, and holds an advisory
-- lock meanwhile.
CREATE OR REPLACE FUNCTION disparalead.sweep_lane_gaps(max_lanes integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	names text[];
	changed integer;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended(
		'disparalead lane gaps', 0)) THEN
		RETURN 0;
	END IF;
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

------------------------------------------------------------------------------
-- The outbox: labels to clean
------------------------------------------------------------------------------

-- Labels that the queue is to be cleaned of. Each is taken for a minute, for
-- longer after every try in vain, at most an hour; whoever cleaned it tells
-- outbox_done. Those done a week ago are dropped on the way.
CREATE OR REPLACE FUNCTION disparalead.outbox_labels(max_labels integer)
RETURNS TABLE (id bigint, label text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM public.outbox_dispara_lead_saas_02 o
	WHERE o.id = ANY (ARRAY(
		SELECT d.id FROM public.outbox_dispara_lead_saas_02 d
		WHERE d.kind = 'cancel_label'
		  AND d.done_at < clock_timestamp() - interval '7 days'
		LIMIT 10 * max_labels
		FOR UPDATE SKIP LOCKED));
	RETURN QUERY
	WITH due AS (
		SELECT o.id
		FROM public.outbox_dispara_lead_saas_02 o
		WHERE o.done_at IS NULL AND o.kind = 'cancel_label'
		  AND o.available_at <= clock_timestamp()
		ORDER BY o.available_at
		LIMIT max_labels
		FOR NO KEY UPDATE SKIP LOCKED
	)
	UPDATE public.outbox_dispara_lead_saas_02 o
	SET attempts = o.attempts + 1,
	    available_at = clock_timestamp() + make_interval(secs =>
		least(3600, 60 * power(2, least(o.attempts, 6))))
	FROM due d
	WHERE o.id = d.id
	RETURNING o.id, o.payload ->> 'label';
END
$$;

-- What came of them: done where "errors" has NULL beside the id, else the
-- reason of this failure, and another try later. May be run twice.
CREATE OR REPLACE FUNCTION disparalead.outbox_done(ids bigint[],
	errors text[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	done integer;
BEGIN
	PERFORM FROM public.outbox_dispara_lead_saas_02 o
	WHERE o.id = ANY ($1)
	ORDER BY o.id
	FOR NO KEY UPDATE;
	UPDATE public.outbox_dispara_lead_saas_02 o
	SET done_at = CASE WHEN u.error IS NULL THEN clock_timestamp() END,
	    last_error = left(u.error, 200)
	FROM unnest($1, $2) AS u(id, error)
	WHERE o.id = u.id AND o.done_at IS NULL;
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN done;
END
$$;

------------------------------------------------------------------------------
-- The ledger: checked a piece at a time, repaired
------------------------------------------------------------------------------

-- Our campaigns behind "after" (NULL: from the first), by id.
CREATE OR REPLACE FUNCTION disparalead.fsck_campaigns(after uuid,
	max_campaigns integer)
RETURNS TABLE (id uuid, total_messages integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT c.id, c.total_messages
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.engine = 1
	  AND c.id > coalesce($1, '00000000-0000-0000-0000-000000000000')
	ORDER BY c.id
	LIMIT $2
$$;

-- A whole pass found so many differences.
CREATE OR REPLACE FUNCTION disparalead.fsck_keep(mismatches bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE disparalead.sweeper s
	SET ledger_mismatches = $1, ledger_checked_at = clock_timestamp()
$$;

-- Sets one campaign's counters to what its rows say, under its lock, moves its
-- version and writes what it did to the journal. Returns a line for each
-- counter that was wrong. Nothing else moves: no row, no status.
CREATE OR REPLACE FUNCTION disparalead.fsck_repair(campaign_id uuid)
RETURNS TABLE (what text, recorded text, counted text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	wrong jsonb;
BEGIN
	PERFORM disparalead.lock_campaigns(ARRAY[$1]);
	SELECT jsonb_object_agg(d.what, jsonb_build_array(
		to_jsonb(d.recorded), to_jsonb(d.counted))) INTO wrong
	FROM disparalead.ledger_differences($1) d
	WHERE d.invariant = 1;
	IF wrong IS NULL THEN
		RETURN;
	END IF;
	UPDATE public.campaigns_dispara_lead_saas_02 c
	SET total_messages = coalesce((wrong -> 'total_messages' ->> 1)
		::integer, c.total_messages),
	    sent_count = coalesce((wrong -> 'sent_count' ->> 1)::integer,
		c.sent_count),
	    failed_count = coalesce((wrong -> 'failed_count' ->> 1)::integer,
		c.failed_count),
	    cancelled_count = coalesce((wrong -> 'cancelled_count' ->> 1)
		::integer, c.cancelled_count),
	    suppressed_count = coalesce((wrong -> 'suppressed_count' ->> 1)
		::integer, c.suppressed_count),
	    expired_count = coalesce((wrong -> 'expired_count' ->> 1)
		::integer, c.expired_count),
	    error_counts = coalesce((wrong -> 'error_counts' ->> 1)::jsonb,
		c.error_counts),
	    updated_at = clock_timestamp(), version = c.version + 1
	WHERE c.id = $1 AND c.engine = 1;
	INSERT INTO public.campaign_journal_dispara_lead_saas_02
		(tenant_id, campaign_id, actor_program, action, result)
	SELECT c.tenant_id, c.id, 'fsck', 'repair_counters', wrong
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = $1;
	RETURN QUERY
	SELECT w.key, w.value ->> 0, w.value ->> 1
	FROM jsonb_each(wrong) w
	ORDER BY w.key;
END
$$;

-- The sweeper's share of the check: campaigns of about max_rows messages
-- behind where the last run stopped, one at least; after the last of all the
-- pass's sum is kept and the next begins. Returns how many differences these
-- campaigns have, 0 where another sweeper is at it.
CREATE OR REPLACE FUNCTION disparalead.sweep_ledger(max_rows integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	s disparalead.sweeper;
	c record;
	seen bigint := 0;
	found_here integer := 0;
	is_last boolean := true;
BEGIN
	SELECT * INTO s FROM disparalead.sweeper
	FOR NO KEY UPDATE SKIP LOCKED;
	IF s.is_one IS NULL THEN
		RETURN 0;
	END IF;
	FOR c IN SELECT * FROM disparalead.fsck_campaigns(s.ledger_after, 200)
	LOOP
		IF seen > 0 AND seen + c.total_messages > max_rows THEN
			is_last := false;
			EXIT;
		END IF;
		seen := seen + greatest(c.total_messages, 1);
		s.ledger_after := c.id;
		found_here := found_here + (
			SELECT count(*)
			FROM disparalead.ledger_differences(c.id));
	END LOOP;
	is_last := is_last AND NOT EXISTS (
		SELECT FROM disparalead.fsck_campaigns(s.ledger_after, 1));
	s.ledger_found := s.ledger_found + found_here;
	UPDATE disparalead.sweeper
	SET ledger_after = CASE WHEN NOT is_last THEN s.ledger_after END,
	    ledger_found = CASE WHEN is_last THEN 0 ELSE s.ledger_found END,
	    ledger_mismatches = CASE WHEN is_last THEN s.ledger_found
				     ELSE ledger_mismatches END,
	    ledger_checked_at = CASE WHEN is_last THEN clock_timestamp()
				     ELSE ledger_checked_at END;
	RETURN found_here;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
