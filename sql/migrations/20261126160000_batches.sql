-- SPDX-License-Identifier: MIT
--
-- Claims and outcomes of a whole batch in a handful of statements. Taken row
-- by row, a batch cost ten statements a message, and a function in SQL with a
-- search_path of its own is parsed and planned anew at each call: measured,
-- that was most of PostgreSQL's time. What stands on the hot path is therefore
-- PL/pgSQL, which keeps its plans, or SQL that the planner makes a part of the
-- statement around it (not volatile, without SET: its caller's search_path is
-- the one that counts). What the functions promise is unchanged.
--
-- Rows of a batch are found by their ids alone, and states judged behind that:
-- where a state is part of the condition the planner, which last counted few
-- rows in it, prefers that state's index, and walks every entry that earlier
-- claims left there. Plans are generic: the cost of one made for a batch of
-- five always looks lower than that of one for any batch, and so each call
-- would plan anew. Tables are read by index and joined row by row: what a few
-- lanes need must not depend on how many others there are, though reading
-- them all looks cheap where the planner last counted few.

------------------------------------------------------------------------------
-- Claim
------------------------------------------------------------------------------

-- What each delivery of a batch meets, whose lanes and rows the caller has
-- locked (those of "lanes"), at the moment "at": a line each, n from 1. Of two
-- for one lane or one message claim_messages decides.
--   verdict     claim_messages' results, or "free": may be claimed now
--   is_named    the campaign is the message's
--   free_at     of lane_busy: when its lane has room for it
--   back_at     of parked: the new slot; of closed, capped: the next opening
--   today       the day that its tenant has
CREATE OR REPLACE FUNCTION disparalead.judge_claims(message_ids uuid[],
	campaign_ids uuid[], generations integer[], tokens uuid[],
	lease_s integer, lease_media_s integer, start_margin_ms integer,
	lanes text[], at timestamptz)
RETURNS TABLE (n bigint, id uuid, token uuid, verdict text, is_named boolean,
	lease interval, free_at timestamptz, back_at timestamptz, today date,
	lease_expires_at timestamptz, gap_seconds integer, status text,
	phone_number text, message_content text, message_type text,
	media_url text, file_name text, instance_name text,
	instance_token text, evolution_key text, retry_count integer)
LANGUAGE sql STABLE
AS $$
	WITH asked AS (
		SELECT u.n, u.id, u.token, m.campaign_id = u.campaign_id
				AS is_named,
		       m.status, m.phone_number, m.message_content,
		       m.message_type, m.media_url, m.file_name,
		       m.instance_name, m.evolution_key, m.retry_count,
		       m.scheduled_for, m.lease_expires_at, l.gap_seconds,
		       l.parked_until, c.send_window,
		       t.send_window AS tenant_window, z.zone, z.today,
		       o.token AS instance_token, o.opens_at,
		       make_interval(secs => CASE WHEN m.message_type = 'texto'
			THEN lease_s ELSE lease_media_s END) AS lease,
		       greatest(CASE WHEN l.gap_seconds > 0
			THEN l.last_start_at + make_interval(secs =>
				l.gap_seconds + start_margin_ms / 1000.0) END,
			-- The program knows this figure: SENDING_WAIT_MS.
			(SELECT at + interval '100 ms'
			 FROM public.message_logs_dispara_lead_saas_02 s
			 WHERE s.instance_name = m.instance_name
			   AND s.generation IS NOT NULL
			   AND s.status = 'sending'),
			-- 5 s: the queue's clock is not ours.
			m.scheduled_for - interval '5 s',
			nullif(o.opens_at, at)) AS free_at,
		       CASE
		WHEN m.id IS NULL THEN 'unknown'
		WHEN m.campaign_id <> u.campaign_id THEN 'mismatch'
		-- Our own claim, run twice because its answer was lost.
		WHEN m.status = 'sending' AND m.claim_token = u.token
			THEN 'claimed'
		WHEN m.status IN ('sent', 'sending', 'uncertain') THEN m.status
		WHEN m.status NOT IN ('pending', 'queued') THEN 'final'
		WHEN m.generation <> u.generation THEN 'stale'
		WHEN c.engine IS DISTINCT FROM 1 THEN 'unknown'
		WHEN c.status IN ('paused', 'cancelled') THEN c.status
		WHEN c.status NOT IN ('pending', 'processing') THEN 'ended'
		WHEN NOT o.is_own OR l.tenant_id IS DISTINCT FROM m.tenant_id
			THEN 'mismatch'
		WHEN EXISTS (
			SELECT FROM public.suppressions_dispara_lead_saas_02 s
			WHERE s.tenant_id = m.tenant_id
			  AND s.phone_key = m.phone_key
			  AND s.confirmation_campaign_id
				IS DISTINCT FROM m.campaign_id)
			THEN 'suppressed'
		WHEN c.expires_at <= at THEN 'expired'
		WHEN l.parked_until > at THEN 'parked'
		-- For less the worker waits, as for its lane.
		WHEN o.opens_at > at + interval '5 s' THEN 'closed'
		WHEN (l.daily_cap IS NOT NULL OR t.daily_cap IS NOT NULL
		      OR coalesce(t.warmup_enabled, false))
		     AND CASE WHEN l.started_on = z.today
			 THEN l.started_today ELSE 0 END
			 >= disparalead.cap_of_day(l.daily_cap, t.daily_cap,
				t.warmup_enabled, t.warmup_first_day,
				t.warmup_growth_percent, l.first_start_on,
				z.today)
			THEN 'capped' END AS obstacle
		FROM unnest(message_ids, campaign_ids, generations, tokens)
			WITH ORDINALITY
			AS u(id, campaign_id, generation, token, n)
		LEFT JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.id = u.id AND m.generation IS NOT NULL
		LEFT JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = m.campaign_id
		LEFT JOIN public.tenant_settings_dispara_lead_saas_02 t
		  ON t.tenant_id = m.tenant_id
		LEFT JOIN public.lanes_dispara_lead_saas_02 l
		  ON l.instance_name = m.instance_name
		CROSS JOIN LATERAL (
			SELECT coalesce(t.timezone, 'America/Sao_Paulo')
				AS zone,
			       (at AT TIME ZONE coalesce(t.timezone,
				'America/Sao_Paulo'))::date AS today) z
		CROSS JOIN LATERAL (
			SELECT coalesce(bool_and(i.tenant_id = m.tenant_id),
					false) AS is_own,
			       max(coalesce(
				nullif(i.metadata ->> 'token', ''),
				nullif(i.metadata ->> 'apikey', ''))) AS token,
			       CASE WHEN m.status IN ('pending', 'queued')
				AND (c.send_window IS NOT NULL
				     OR t.send_window IS NOT NULL)
			       THEN disparalead.start_time(t.send_window,
				c.send_window, z.zone,
				disparalead.phone_place(m.phone_number), at)
			       ELSE at END AS opens_at
			FROM public.instances_dispara_lead_saas_02 i
			WHERE i.instance_name = m.instance_name) o
		-- Keeps it a step of its own: what is below reads it often.
		OFFSET 0
	)
	SELECT a.n, a.id, a.token, CASE
		-- It was another claim's when lanes were locked.
		WHEN coalesce(a.obstacle IN ('closed', 'capped'), true)
		     AND (a.instance_name = ANY (lanes)) IS NOT TRUE
			THEN 'lane_busy'
		WHEN a.obstacle IS NULL AND a.free_at > at THEN 'lane_busy'
		ELSE coalesce(a.obstacle, 'free') END,
	       a.is_named, a.lease, a.free_at, CASE a.obstacle
		WHEN 'parked' THEN CASE WHEN a.parked_until < 'infinity'
			THEN greatest(a.scheduled_for, a.parked_until)
			ELSE a.scheduled_for END
		WHEN 'closed' THEN a.opens_at
		WHEN 'capped' THEN disparalead.start_time(a.tenant_window,
			a.send_window, a.zone,
			disparalead.phone_place(a.phone_number),
			disparalead.day_start(a.zone, a.today + 1)) END,
	       a.today, a.lease_expires_at, a.gap_seconds, a.status,
	       a.phone_number, a.message_content, a.message_type, a.media_url,
	       a.file_name, a.instance_name, a.instance_token,
	       a.evolution_key, a.retry_count
	FROM asked a
$$;

-- One line for each input, "item" counting from 1:
--   claimed     all that is needed to send; the worker owns the row only if
--               claim_token is its own
--   sent        evolution_key
--   sending     another claim holds it for wait_ms more
--   uncertain   its claim's lease had run out; it is uncertain now
--   final       in the state "status", nothing to do
--   stale       another generation
--   paused, cancelled, ended   the campaign's
--   suppressed, expired   to be recorded as such (record_outcomes)
--   parked      back to pending until the lane opens; the queue did deliver,
--               so publications count from 0 again
--   closed      outside the send window, back to pending until it opens
--   capped      the number began all that it may today, back to pending for
--               its next day
--   lane_busy   free in about wait_ms; the row is as it was
--   unknown, mismatch   no such message; not this campaign's, or the instance
--               is not its tenant's
-- A message that is put back (parked, closed, capped) counts no attempt.
-- The campaign is read without a lock: a shortcut. The row's own columns,
-- which pause and cancel write, are the guard. Safe to run twice: the second
-- run finds the row sending under the same token.
CREATE OR REPLACE FUNCTION disparalead.claim_messages(message_ids uuid[],
	campaign_ids uuid[], generations integer[], tokens uuid[],
	lease_s integer, lease_media_s integer, start_margin_ms integer)
RETURNS TABLE (item integer, result text, status text, claim_token uuid,
	phone_number text, message_content text, message_type text,
	media_url text, file_name text, instance_name text,
	instance_token text, evolution_key text, lease_ms bigint,
	gap_ms bigint, wait_ms bigint, retry_count integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
AS $$
#variable_conflict use_column
DECLARE
	lanes text[];
	held uuid[];
	at timestamptz;
	d record;
	-- What this batch begins: a line for each lane.
	begun_lanes text[] := '{}';
	begun_ids uuid[] := '{}';
	begun_tokens uuid[] := '{}';
	begun_leases interval[] := '{}';
	begun_days date[] := '{}';
	nth integer;
	remains interval; -- of the lease
	is_ours boolean;
	-- What it puts back.
	back_ids uuid[] := '{}';
	back_results text[] := '{}';
	back_at timestamptz[] := '{}';
BEGIN
	WITH locked AS (
		SELECT l.instance_name
		FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.instance_name IN (
			SELECT CASE WHEN m.status IN ('pending', 'queued')
				THEN m.instance_name END
			FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.id = ANY (message_ids)
			  AND m.generation IS NOT NULL)
		ORDER BY l.instance_name
		FOR NO KEY UPDATE
	)
	SELECT array_agg(k.instance_name) INTO lanes FROM locked k;
	-- And rows whose worker died: none must hold its lane until the sweep.
	WITH locked AS (
		SELECT m.id, m.status
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.generation IS NOT NULL AND m.id IN (
			SELECT unnest(message_ids)
			UNION ALL
			SELECT s.id
			FROM unnest(lanes) AS u(lane)
			-- LIMIT: each by its own, not all that are sent
			-- by anybody for the few lanes at hand.
			CROSS JOIN LATERAL (
				SELECT x.id
				FROM public.message_logs_dispara_lead_saas_02 x
				WHERE x.instance_name = u.lane
				  AND x.generation IS NOT NULL
				  AND x.status = 'sending'
				  AND x.lease_expires_at < clock_timestamp()
				LIMIT 1) s)
		ORDER BY m.id
		FOR NO KEY UPDATE
	)
	SELECT array_agg(k.id) INTO held
	FROM locked k
	WHERE k.status = 'sending';
	-- Now that nothing is waited for any more.
	at := clock_timestamp();
	IF held IS NOT NULL THEN
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = 'uncertain', updated_at = at
		WHERE x.id = ANY (held) AND x.lease_expires_at < at;
	END IF;

	FOR d IN
		SELECT * FROM disparalead.judge_claims(message_ids,
			campaign_ids, generations, tokens, lease_s,
			lease_media_s, start_margin_ms, lanes, at) j
		ORDER BY j.n
	LOOP
		-- Of two for one lane or one message the second sees what
		-- becomes of the first.
		nth := array_position(begun_lanes, d.instance_name);
		result := d.verdict;
		remains := d.lease_expires_at - at;
		IF d.verdict = 'free' AND nth IS NULL THEN
			result := 'claimed';
			remains := d.lease;
			begun_lanes := begun_lanes || d.instance_name;
			begun_ids := begun_ids || d.id;
			begun_tokens := begun_tokens || d.token;
			begun_leases := begun_leases || d.lease;
			begun_days := begun_days || d.today;
		ELSIF d.verdict = 'free' AND begun_ids[nth] <> d.id THEN
			result := 'lane_busy';
		ELSIF d.verdict IN ('free', 'stale') AND begun_ids[nth] = d.id
		THEN
			result := CASE WHEN d.verdict = 'free'
				AND begun_tokens[nth] = d.token
				THEN 'claimed' ELSE 'sending' END;
			remains := d.lease;
		ELSIF d.verdict IN ('parked', 'closed', 'capped') THEN
			IF d.id = ANY (back_ids) THEN
				result := 'stale';
			ELSE
				back_ids := back_ids || d.id;
				back_results := back_results || d.verdict;
				back_at := back_at || d.back_at;
			END IF;
		END IF;
		is_ours := result = 'claimed';
		item := d.n;
		status := CASE WHEN is_ours THEN 'sending'
			WHEN result IN ('parked', 'closed', 'capped')
			THEN 'pending' WHEN d.is_named THEN d.status END;
		claim_token := CASE WHEN is_ours THEN d.token END;
		phone_number := CASE WHEN is_ours THEN d.phone_number END;
		message_content := CASE WHEN is_ours THEN d.message_content END;
		message_type := CASE WHEN is_ours THEN d.message_type END;
		media_url := CASE WHEN is_ours THEN d.media_url END;
		file_name := CASE WHEN is_ours THEN d.file_name END;
		instance_token := CASE WHEN is_ours THEN d.instance_token END;
		gap_ms := CASE WHEN is_ours THEN d.gap_seconds * 1000::bigint END;
		lease_ms := CASE WHEN is_ours
			THEN ceil(extract(epoch FROM remains) * 1000) END;
		wait_ms := CASE result
			WHEN 'sending' THEN ceil(extract(epoch FROM remains) * 1000)
			WHEN 'lane_busy' THEN greatest(
				ceil(extract(epoch FROM d.free_at - at) * 1000), 0,
				CASE WHEN nth IS NOT NULL THEN greatest(100,
					CASE WHEN d.gap_seconds > 0
					THEN d.gap_seconds * 1000::bigint
					     + start_margin_ms END) END) END;
		instance_name := CASE WHEN d.is_named THEN d.instance_name END;
		evolution_key := CASE WHEN d.is_named THEN d.evolution_key END;
		retry_count := CASE WHEN d.is_named THEN d.retry_count END;
		RETURN NEXT;
	END LOOP;

	IF begun_ids <> '{}' THEN
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = 'sending', attempt = x.attempt + 1,
		    claim_token = b.token, claimed_at = at,
		    lease_expires_at = at + b.lease, publish_count = 0,
		    updated_at = at
		FROM unnest(begun_ids, begun_tokens, begun_leases)
			AS b(id, token, lease)
		WHERE x.id = b.id;
		UPDATE public.lanes_dispara_lead_saas_02 x
		SET last_start_at = at, updated_at = at,
		    first_start_on = coalesce(x.first_start_on, b.today),
		    started_on = b.today,
		    started_today = CASE WHEN x.started_on = b.today
			THEN x.started_today ELSE 0 END + 1,
		    breaker_state = CASE x.breaker_state
			WHEN 'open' THEN 'half_open'
			ELSE x.breaker_state END
		FROM unnest(begun_lanes, begun_days) AS b(lane, today)
		WHERE x.instance_name = b.lane;
	END IF;
	IF back_ids <> '{}' THEN
		PERFORM disparalead.put_back_claims(back_ids, back_results,
			back_at, start_margin_ms, at);
	END IF;
END
$$;

-- Those of a batch that are parked, closed or capped: pending again, of a new
-- generation, in the slots that "back_at" begins with. The caller holds lanes
-- and rows.
CREATE OR REPLACE FUNCTION disparalead.put_back_claims(message_ids uuid[],
	results text[], back_at timestamptz[], start_margin_ms integer,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	lane text;
BEGIN
	-- One by one: each takes the slot behind the former's.
	FOR i IN 1 .. cardinality(results) LOOP
		CONTINUE WHEN results[i] = 'parked';
		SELECT m.instance_name INTO lane
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.id = message_ids[i];
		back_at[i] := disparalead.reopen_slot(lane, back_at[i],
			start_margin_ms);
	END LOOP;
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'pending', generation = m.generation + 1,
	    publish_count = 0, scheduled_for = u.back_at,
	    published_at = NULL, updated_at = at
	FROM unnest(message_ids, back_at) AS u(id, back_at)
	WHERE m.id = u.id;
END
$$;

DROP FUNCTION IF EXISTS disparalead.lane_free_at(
	public.lanes_dispara_lead_saas_02, text, integer, timestamptz);

------------------------------------------------------------------------------
-- Counters
------------------------------------------------------------------------------

-- {"code": n} and {"code": m} added up; codes that come to 0 are left out.
CREATE OR REPLACE FUNCTION disparalead.add_error_counts(counts jsonb,
	deltas jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
	SELECT coalesce(jsonb_object_agg(s.code, s.total), '{}')
	FROM (SELECT e.key AS code, sum(e.value::bigint) AS total
	      FROM (SELECT * FROM jsonb_each_text(counts)
		    UNION ALL
		    SELECT * FROM jsonb_each_text(deltas)) e
	      GROUP BY e.key
	      HAVING sum(e.value::bigint) <> 0) s);
END
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
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
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
	RETURNING c.id, c.status;
END
$$;

-- Ends those of the campaigns, whose locks the caller holds, that are done by
-- their counters.
CREATE OR REPLACE FUNCTION disparalead.finish_done(campaigns uuid[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM disparalead.finish_campaign_if_done(c.id)
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = ANY (campaigns) AND c.engine = 1
	  AND c.status IN ('pending', 'processing')
	  AND c.total_messages <= c.sent_count + c.failed_count
		+ c.cancelled_count + c.suppressed_count + c.expired_count;
END
$$;

------------------------------------------------------------------------------
-- Record
------------------------------------------------------------------------------

-- What one outcome makes of a row: the state it goes to, or NULL for none.
--   row_status    its state now; is_holder: the outcome has its claim_token
--                 (suppressed, expired: its generation)
--   campaign      the campaign's status, under its lock
--   has_attempts  retry_count is below the budget
CREATE OR REPLACE FUNCTION disparalead.next_status(outcome text,
	row_status text, is_holder boolean, campaign text,
	has_attempts boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
	-- Proof that it went out counts from whomever it comes.
	WHEN outcome = 'sent' THEN
		CASE WHEN row_status = 'sent' THEN NULL
		     WHEN row_status = 'sending' AND NOT is_holder THEN NULL
		     ELSE 'sent' END
	WHEN NOT is_holder THEN NULL
	WHEN outcome IN ('suppressed', 'expired') THEN
		CASE WHEN row_status IN ('pending', 'queued') THEN outcome END
	WHEN row_status NOT IN ('sending', 'uncertain') THEN NULL
	WHEN outcome = 'unknown' THEN
		CASE WHEN row_status = 'sending' THEN 'uncertain' END
	WHEN outcome = 'failed' THEN 'failed'
	WHEN outcome LIKE 'transient%' AND NOT has_attempts THEN 'failed'
	WHEN campaign = 'cancelled' THEN 'cancelled'
	WHEN outcome = 'transient' AND campaign <> 'paused'
	     AND row_status = 'sending' THEN 'queued'
	-- transient_last, fault, credential, given_back; all while paused
	ELSE 'pending' END;

-- Records outcomes: rows, counters, the campaign's start and end, lanes. One
-- line for each input, "item" from 1:
--   recorded   the row went to "status"
--   already    this outcome stands already, the row is in "status"
--   lost       another claim holds or held the row: nothing was done
--   duplicate  it was sent while another claim has it, or under another key:
--              written to the journal
--   unknown    no such row
-- Outcomes: sent, failed, transient (the queue will deliver again),
-- transient_last (it won't), fault, credential, unknown, given_back; and by
-- generation instead of token: suppressed, expired.
-- Running the same batch twice changes nothing the second time.
CREATE OR REPLACE FUNCTION disparalead.record_outcomes(message_ids uuid[],
	tokens uuid[], generations integer[], outcomes text[],
	error_codes text[], error_messages text[], responses jsonb[],
	evolution_keys text[], park_s integer[], retry_limit integer)
RETURNS TABLE (item integer, result text, status text, generation integer,
	evolution_key text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
AS $$
#variable_conflict use_column
DECLARE
	at timestamptz;
	parked text[];
	lanes text[];
	campaigns uuid[];
	rounds integer;
	done record;
BEGIN
	-- Lanes that are to be parked, and those that a success heals. Of two
	-- outcomes of one message the second is taken in a round of its own.
	SELECT array_agg(DISTINCT x.instance_name)
			FILTER (WHERE u.park > 0),
	       array_agg(DISTINCT x.instance_name) FILTER (WHERE u.park > 0
			OR (u.outcome = 'sent' AND (l.breaker_faults > 0
				OR l.unauthorized_since IS NOT NULL))),
	       array_agg(DISTINCT x.campaign_id), max(u.turn)
	INTO parked, lanes, campaigns, rounds
	FROM (SELECT *, row_number() OVER (PARTITION BY r.id) AS turn
	      FROM unnest(message_ids, outcomes, park_s)
		AS r(id, outcome, park)) u
	LEFT JOIN public.message_logs_dispara_lead_saas_02 x
	  ON x.id = u.id AND x.generation IS NOT NULL
	LEFT JOIN public.lanes_dispara_lead_saas_02 l
	  ON l.instance_name = x.instance_name;
	IF lanes IS NOT NULL THEN
		PERFORM disparalead.lock_lanes(lanes);
	END IF;
	IF parked IS NOT NULL THEN
		SELECT array_agg(DISTINCT s.id) INTO campaigns
		FROM (SELECT unnest(campaigns) AS id
		      UNION ALL
		      SELECT c.id FROM public.campaigns_dispara_lead_saas_02 c
		      WHERE c.engine = 1 AND c.instances && parked
			AND c.status IN ('pending', 'processing')) s;
	END IF;
	PERFORM disparalead.lock_campaigns(campaigns);
	PERFORM disparalead.lock_messages(message_ids);
	at := clock_timestamp();

	FOR round IN 1 .. coalesce(rounds, 0) LOOP
	WITH given AS (
		SELECT u.*, row_number() OVER (PARTITION BY u.id
			ORDER BY u.n) AS turn
		FROM unnest(message_ids, tokens, generations, outcomes,
			error_codes, error_messages, responses,
			evolution_keys, park_s) WITH ORDINALITY
			AS u(id, token, generation, outcome, code, message,
			     response, key, park, n)
	), asked AS (
		SELECT g.*, m.id IS NOT NULL AND c.engine = 1 AS is_known,
		       m.tenant_id, m.campaign_id, m.instance_name,
		       m.status AS was, m.error_code AS was_code,
		       m.generation AS was_generation,
		       m.evolution_key AS was_key, h.is_holder,
		       CASE WHEN c.engine = 1 THEN disparalead.next_status(
			g.outcome, m.status, h.is_holder, c.status,
			m.retry_count < retry_limit) END AS target
		FROM given g
		LEFT JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.id = g.id AND m.generation IS NOT NULL
		LEFT JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = m.campaign_id
		CROSS JOIN LATERAL (
			SELECT CASE WHEN g.outcome IN ('suppressed', 'expired')
				THEN m.generation = g.generation
				ELSE m.claim_token IS NOT DISTINCT FROM g.token
				END AS is_holder) h
		WHERE g.turn = round
	), judged AS MATERIALIZED (
		SELECT a.*, CASE
			WHEN a.is_known IS NOT TRUE THEN 'unknown'
			WHEN a.target IS NOT NULL THEN 'recorded'
			WHEN a.outcome = 'sent' AND (a.was = 'sending'
			     OR a.was_key <> a.key) THEN 'duplicate'
			WHEN a.is_holder THEN 'already'
			ELSE 'lost' END AS result,
		       CASE WHEN a.target <> 'sent' THEN a.code END AS new_code
		FROM asked a
	), moved AS (
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = j.target,
		    generation = x.generation
			+ (j.target = 'pending')::integer,
		    retry_count = x.retry_count
			+ (j.outcome LIKE 'transient%'
			   AND j.target IN ('queued', 'pending',
					    'cancelled'))::integer,
		    sent_at = CASE WHEN j.target IN ('sent', 'failed') THEN at
				   ELSE x.sent_at END,
		    evolution_key = coalesce(j.key, x.evolution_key),
		    evolution_response = coalesce(j.response,
						  x.evolution_response),
		    error_code = j.new_code,
		    error_message = CASE WHEN j.new_code IS NOT NULL
					 THEN j.message END,
		    scheduled_for = CASE
			WHEN j.target = 'pending' AND j.park > 0
			THEN greatest(x.scheduled_for,
				at + make_interval(secs => j.park))
			ELSE x.scheduled_for END,
		    published_at = CASE WHEN j.target = 'pending' THEN NULL
					ELSE x.published_at END,
		    updated_at = at
		FROM judged j
		WHERE x.id = j.id AND j.target IS NOT NULL
	), doubted AS (
		INSERT INTO public.campaign_journal_dispara_lead_saas_02
			(tenant_id, campaign_id, message_id, actor_program,
			 action, result)
		SELECT j.tenant_id, j.campaign_id, j.id, 'process-message',
		       'possible_duplicate',
		       jsonb_build_object('evolution_key', j.key)
		FROM judged j
		WHERE j.result = 'duplicate'
	), codes AS (
		SELECT s.campaign_id, jsonb_object_agg(s.code, s.total)
			AS errors
		FROM (SELECT e.campaign_id, e.code, sum(e.delta) AS total
		      FROM (SELECT j.campaign_id, j.new_code AS code, 1 AS delta
			    FROM judged j
			    WHERE j.target = 'failed' AND j.new_code IS NOT NULL
			    UNION ALL
			    SELECT j.campaign_id, j.was_code, -1
			    FROM judged j
			    WHERE j.target IS NOT NULL AND j.was = 'failed'
			      AND j.was_code IS NOT NULL) e
		      GROUP BY e.campaign_id, e.code) s
		GROUP BY s.campaign_id
	), deltas AS (
		SELECT j.campaign_id,
		       sum((j.target = 'sent')::int - (j.was = 'sent')::int)
				::int AS sent,
		       sum((j.target = 'failed')::int
				- (j.was = 'failed')::int)::int AS failed,
		       sum((j.target = 'cancelled')::int
				- (j.was = 'cancelled')::int)::int AS cancelled,
		       sum((j.target = 'suppressed')::int
				- (j.was = 'suppressed')::int)::int
				AS suppressed,
		       sum((j.target = 'expired')::int
				- (j.was = 'expired')::int)::int AS expired
		FROM judged j
		WHERE j.target IS NOT NULL
		GROUP BY j.campaign_id
	), line AS (
		SELECT array_agg(j.n::integer) AS items,
		       array_agg(j.result) AS results,
		       array_agg(coalesce(j.target, j.was)) AS statuses,
		       array_agg(j.was_generation
				+ coalesce(j.target = 'pending', false)::integer)
				AS generations,
		       array_agg(CASE WHEN j.target IS NULL THEN j.was_key
				 ELSE coalesce(j.key, j.was_key) END) AS keys
		FROM judged j
	), total AS (
		SELECT array_agg(d.campaign_id) AS campaigns,
		       array_agg(d.sent) AS sent, array_agg(d.failed) AS failed,
		       array_agg(d.cancelled) AS cancelled,
		       array_agg(d.suppressed) AS suppressed,
		       array_agg(d.expired) AS expired,
		       array_agg(coalesce(e.errors, '{}')) AS errors,
		       array_agg(d.sent > 0 OR d.failed > 0) AS are_outcomes
		FROM deltas d
		LEFT JOIN codes e ON e.campaign_id = d.campaign_id
	)
	SELECT line.items, line.results, line.statuses, line.generations,
	       line.keys, total.campaigns, total.sent, total.failed,
	       total.cancelled, total.suppressed, total.expired, total.errors,
	       total.are_outcomes
	INTO done
	FROM line CROSS JOIN total;

	IF done.campaigns IS NOT NULL THEN
		PERFORM disparalead.move_counters_of(done.campaigns, done.sent,
			done.failed, done.cancelled, done.suppressed,
			done.expired, done.errors, NULL, NULL,
			done.are_outcomes);
		PERFORM disparalead.finish_done(done.campaigns);
	END IF;
	IF lanes IS NOT NULL THEN
		PERFORM disparalead.settle_lanes(lanes, message_ids, outcomes,
			error_codes, park_s, done.items, done.results, at);
	END IF;
	RETURN QUERY
	SELECT u.* FROM unnest(done.items, done.results, done.statuses,
		done.generations, done.keys) AS u;
	END LOOP;

	-- As touch_live_campaigns, but nothing is waited for: a resume, which
	-- takes no lane, may have made one live whose lock would be out of order.
	IF parked IS NOT NULL THEN
		UPDATE public.campaigns_dispara_lead_saas_02 x
		SET updated_at = clock_timestamp(), version = x.version + 1
		WHERE x.id IN (
			SELECT c.id FROM public.campaigns_dispara_lead_saas_02 c
			WHERE c.engine = 1 AND c.instances && parked
			  AND c.status IN ('pending', 'processing')
			FOR NO KEY UPDATE SKIP LOCKED);
	END IF;
END
$$;

-- What recorded outcomes do to lanes, which the caller has locked: a fault
-- parks, a success heals. items[k] stands in the batch, results[k] is its
-- result; the others' order is the batch's.
CREATE OR REPLACE FUNCTION disparalead.settle_lanes(lanes text[],
	message_ids uuid[], outcomes text[], error_codes text[],
	park_s integer[], items integer[], results text[], at timestamptz)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	r record;
BEGIN
	FOR r IN
		SELECT m.instance_name, outcomes[u.item] AS outcome,
		       error_codes[u.item] AS code, park_s[u.item] AS park
		FROM unnest(items, results) AS u(item, result)
		JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.id = message_ids[u.item]
		 AND m.instance_name = ANY (lanes)
		WHERE u.result = 'recorded'
		ORDER BY u.item
	LOOP
		IF r.park > 0 THEN
			PERFORM disparalead.fault_lane(r.instance_name, r.code,
				r.park, r.outcome = 'credential');
		ELSIF r.outcome = 'sent' THEN
			UPDATE public.lanes_dispara_lead_saas_02 x
			SET breaker_state = 'closed', breaker_faults = 0,
			    breaker_opened_count = 0,
			    unauthorized_since = NULL, updated_at = at
			WHERE x.instance_name = r.instance_name;
		END IF;
	END LOOP;
END
$$;

-- Moves the counters of campaigns, whose locks the caller holds, and ends
-- those that are done. deltas holds five numbers a campaign: sent, failed,
-- cancelled, suppressed, expired; errors the deltas of error_counts; moved
-- says which campaigns a row of which changed.
CREATE OR REPLACE FUNCTION disparalead.settle_campaigns(campaigns uuid[],
	deltas integer[], errors jsonb[], moved boolean[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM disparalead.move_counters_of(array_agg(s.id),
		array_agg(deltas[s.n * 5 - 4]), array_agg(deltas[s.n * 5 - 3]),
		array_agg(deltas[s.n * 5 - 2]), array_agg(deltas[s.n * 5 - 1]),
		array_agg(deltas[s.n * 5]), array_agg(errors[s.n]),
		NULL, NULL,
		array_agg(deltas[s.n * 5 - 4] > 0 OR deltas[s.n * 5 - 3] > 0))
	FROM unnest(campaigns) WITH ORDINALITY AS s(id, n)
	WHERE moved[s.n];
	PERFORM disparalead.finish_done(ARRAY(SELECT s.id
		FROM unnest(campaigns, moved) AS s(id, has_moved)
		WHERE s.has_moved));
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
