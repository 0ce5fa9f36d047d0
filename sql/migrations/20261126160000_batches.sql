-- SPDX-License-Identifier: MIT
--
-- Claims and outcomes of a whole batch in a handful of statements. Taken row
-- by row, a batch cost ten statements a message, and a function in SQL with a
-- search_path of its own is parsed and planned anew at each call: measured,
-- that was most of PostgreSQL's time. What stands on the hot path is therefore
-- PL/pgSQL, which keeps its plans. What the functions promise is unchanged.
--
-- Rows of a batch are found by their ids alone, and states judged behind that:
-- where a state is part of the condition the planner, which last counted few
-- rows in it, prefers that state's index, and walks every entry that earlier
-- claims left there. Plans are generic: the cost of one made for a batch of
-- five always looks lower than that of one for any batch, and so each call
-- would plan anew.

------------------------------------------------------------------------------
-- Sign-in: asked at every request
------------------------------------------------------------------------------

-- The tenant that a user acts for: one row.
--   ok               tenant_id and role (owner, admin, member)
--   not_a_member     unknown user, none, or not the requested one
--   tenant_required  several, and none was requested
-- Memberships decide: only the active ones count. A user without any row there
-- (the existing product came late to that table) has one tenant, his own.
CREATE OR REPLACE FUNCTION disparalead.resolve_user_tenant(user_id uuid,
	requested uuid)
RETURNS TABLE (result text, tenant_id uuid, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH own AS (
		SELECT coalesce(u.current_tenant_id, u.tenant_id) AS tenant_id,
		       u.role
		FROM public.users_dispara_lead_saas_02 u
		WHERE u.id = $1 AND NOT EXISTS (
			SELECT FROM
			public.user_tenant_memberships_dispara_lead_saas_02 m
			WHERE m.user_id = $1)
	), candidate AS (
		SELECT m.tenant_id, m.role
		FROM public.user_tenant_memberships_dispara_lead_saas_02 m
		WHERE m.user_id = $1 AND m.status = 'active'
		UNION ALL
		SELECT t.id, CASE WHEN o.role IN ('owner', 'admin') THEN o.role
				  ELSE 'member' END
		FROM own o
		JOIN public.tenants_dispara_lead_saas_02 t
		  ON t.id = o.tenant_id
	), chosen AS (
		SELECT c.tenant_id, c.role, count(*) OVER () AS many
		FROM candidate c
		WHERE $2 IS NULL OR c.tenant_id = $2
	)
	SELECT 'ok', c.tenant_id, c.role FROM chosen c WHERE c.many = 1
	UNION ALL
	SELECT CASE WHEN n.many = 0 THEN 'not_a_member'
		    ELSE 'tenant_required' END, NULL, NULL
	FROM (SELECT count(*) AS many FROM chosen) n
	WHERE n.many <> 1;
END
$$;

------------------------------------------------------------------------------
-- Claim
------------------------------------------------------------------------------

-- What becomes of each delivery of a batch, whose lanes and rows the caller
-- has locked (those of "lanes"), at the moment "at". A line each, "item" from
-- 1; results are claim_messages', and besides "free": to be claimed now.
--   wait_ms  of sending, lane_busy; of claimed (again): what its lease has left
--   back_at  of parked: the new slot; of closed, capped: the next opening
CREATE OR REPLACE FUNCTION disparalead.judge_claims(message_ids uuid[],
	campaign_ids uuid[], generations integer[], tokens uuid[],
	lease_s integer, lease_media_s integer, start_margin_ms integer,
	lanes text[], at timestamptz)
RETURNS TABLE (item integer, result text, wait_ms bigint,
	back_at timestamptz, instance_token text, gap_ms bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH asked AS (
		SELECT u.n, u.id, u.token, m.instance_name, m.scheduled_for,
		       m.lease_expires_at, m.phone_number, l.gap_seconds,
		       l.parked_until, c.send_window,
		       t.send_window AS tenant_window, z.zone, z.today,
		       o.token AS instance_token, o.opens_at,
		       make_interval(secs => CASE WHEN m.message_type = 'texto'
			THEN lease_s ELSE lease_media_s END) AS lease,
		       greatest(CASE WHEN l.gap_seconds > 0
			THEN l.last_start_at + make_interval(secs =>
				l.gap_seconds + start_margin_ms / 1000.0) END,
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
			THEN 'capped' END AS verdict
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
	), ranked AS (
		SELECT a.*, coalesce(a.verdict, CASE
			-- An edit may have moved it to a lane not locked.
			WHEN a.free_at > at OR NOT coalesce(
				a.instance_name = ANY (lanes), false)
			THEN 'lane_busy' ELSE 'free' END) AS judged
		FROM asked a
	), placed AS (
		SELECT r.*,
		       row_number() OVER of_message AS nth_of_message,
		       row_number() OVER of_lane AS nth_of_lane,
		       first_value(r.id) OVER of_lane AS first_id,
		       first_value(r.token) OVER of_lane AS first_token
		FROM ranked r
		WINDOW of_lane AS (PARTITION BY r.instance_name, r.judged
				   ORDER BY r.n),
		       of_message AS (PARTITION BY r.id, r.judged
				      ORDER BY r.n)
	), settled AS (
		-- Of two for one lane or one message the second sees what
		-- becomes of the first.
		SELECT p.*, EXISTS (
				SELECT FROM placed f
				WHERE f.instance_name = p.instance_name
				  AND f.judged = 'free' AND f.nth_of_lane = 1
				  AND f.n < p.n) AS is_behind, CASE
			WHEN p.judged = 'free' AND p.nth_of_lane > 1 THEN CASE
				WHEN p.first_id <> p.id THEN 'lane_busy'
				WHEN p.first_token = p.token THEN 'claimed'
				ELSE 'sending' END
			WHEN p.judged = 'stale' AND EXISTS (
				SELECT FROM placed f
				WHERE f.id = p.id AND f.n < p.n
				  AND f.judged = 'free' AND f.nth_of_lane = 1)
				THEN 'sending'
			WHEN p.judged IN ('parked', 'closed', 'capped')
				AND p.nth_of_message > 1 THEN 'stale'
			ELSE p.judged END AS result
		FROM placed p
	)
	SELECT s.n::integer, s.result, CASE
		WHEN s.judged = 'free' AND s.result <> 'lane_busy'
		     OR s.judged = 'stale' AND s.result = 'sending'
			THEN (extract(epoch FROM s.lease) * 1000)::bigint
		WHEN s.result = 'lane_busy' THEN greatest(
			coalesce(ceil(extract(epoch FROM
				s.free_at - at) * 1000)::bigint, 0),
			CASE WHEN s.is_behind THEN greatest(100,
				CASE WHEN s.gap_seconds > 0
				THEN s.gap_seconds * 1000::bigint
				     + start_margin_ms ELSE 0 END) END)
		WHEN s.result IN ('claimed', 'sending')
			THEN ceil(extract(epoch FROM
				s.lease_expires_at - at) * 1000)::bigint END,
	       CASE s.result
		WHEN 'parked' THEN CASE WHEN s.parked_until < 'infinity'
			THEN greatest(s.scheduled_for, s.parked_until)
			ELSE s.scheduled_for END
		WHEN 'closed' THEN s.opens_at
		WHEN 'capped' THEN disparalead.start_time(s.tenant_window,
			s.send_window, s.zone,
			disparalead.phone_place(s.phone_number),
			disparalead.day_start(s.zone, s.today + 1)) END,
	       s.instance_token, s.gap_seconds * 1000::bigint
	FROM settled s;
END
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
AS $$
#variable_conflict use_column
DECLARE
	lanes text[];
	expired uuid[];
	at timestamptz;
	results text[];
	waits bigint[];
	backs timestamptz[];
	instance_tokens text[];
	gaps bigint[];
BEGIN
	SELECT array_agg(DISTINCT x.instance_name) FILTER (
		WHERE x.status IN ('pending', 'queued'))
	INTO lanes
	FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = ANY (message_ids) AND x.generation IS NOT NULL;
	PERFORM disparalead.lock_lanes(lanes);
	-- A claim whose worker died must not hold its lane until the sweep.
	SELECT coalesce(array_agg(x.id), '{}') INTO expired
	FROM unnest(lanes) AS n(lane)
	JOIN public.message_logs_dispara_lead_saas_02 x
	  ON x.instance_name = n.lane AND x.generation IS NOT NULL
	 AND x.status = 'sending'
	WHERE x.lease_expires_at < clock_timestamp();
	PERFORM disparalead.lock_messages(message_ids || expired);
	at := clock_timestamp();
	SELECT array_agg(x.id) FILTER (
		WHERE x.status = 'sending' AND x.lease_expires_at < at)
	INTO expired
	FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = ANY (message_ids || expired)
	  AND x.generation IS NOT NULL;
	IF expired IS NOT NULL THEN
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = 'uncertain', updated_at = at
		WHERE x.id = ANY (expired);
	END IF;

	SELECT array_agg(j.result ORDER BY j.item),
	       array_agg(j.wait_ms ORDER BY j.item),
	       array_agg(j.back_at ORDER BY j.item),
	       array_agg(j.instance_token ORDER BY j.item),
	       array_agg(j.gap_ms ORDER BY j.item)
	INTO results, waits, backs, instance_tokens, gaps
	FROM disparalead.judge_claims(message_ids, campaign_ids, generations,
		tokens, lease_s, lease_media_s, start_margin_ms, lanes, at) j;
	IF results && '{parked,closed,capped}' THEN
		PERFORM disparalead.put_back_claims(message_ids, results,
			backs, start_margin_ms, at);
	END IF;

	RETURN QUERY
	WITH judged AS (
		SELECT * FROM unnest(message_ids, campaign_ids, tokens,
			results, waits, instance_tokens, gaps) WITH ORDINALITY
			AS u(id, campaign_id, token, result, wait_ms,
			     instance_token, gap_ms, n)
	), started AS (
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = 'sending', attempt = x.attempt + 1,
		    claim_token = j.token, claimed_at = at,
		    lease_expires_at = at + make_interval(
			secs => j.wait_ms / 1000.0),
		    publish_count = 0, updated_at = at
		FROM judged j
		WHERE x.id = j.id AND j.result = 'free'
		RETURNING x.instance_name, x.tenant_id
	), moved AS (
		UPDATE public.lanes_dispara_lead_saas_02 x
		SET last_start_at = at, updated_at = at,
		    first_start_on = coalesce(x.first_start_on, s.today),
		    started_on = s.today,
		    started_today = CASE WHEN x.started_on = s.today
			THEN x.started_today ELSE 0 END + 1,
		    breaker_state = CASE x.breaker_state
			WHEN 'open' THEN 'half_open'
			ELSE x.breaker_state END
		FROM (SELECT d.instance_name,
			     (at AT TIME ZONE coalesce(t.timezone,
				'America/Sao_Paulo'))::date AS today
		      FROM started d
		      LEFT JOIN public.tenant_settings_dispara_lead_saas_02 t
			ON t.tenant_id = d.tenant_id) s
		WHERE x.instance_name = s.instance_name
	)
	SELECT j.n::integer, CASE j.result WHEN 'free' THEN 'claimed'
			ELSE j.result END,
	       CASE WHEN k.is_ours THEN 'sending' ELSE m.status END,
	       CASE WHEN k.is_ours THEN j.token END,
	       CASE WHEN k.is_ours THEN m.phone_number END,
	       CASE WHEN k.is_ours THEN m.message_content END,
	       CASE WHEN k.is_ours THEN m.message_type END,
	       CASE WHEN k.is_ours THEN m.media_url END,
	       CASE WHEN k.is_ours THEN m.file_name END,
	       m.instance_name,
	       CASE WHEN k.is_ours THEN j.instance_token END,
	       m.evolution_key,
	       CASE WHEN k.is_ours THEN j.wait_ms END,
	       CASE WHEN k.is_ours THEN j.gap_ms END,
	       CASE WHEN NOT k.is_ours THEN j.wait_ms END,
	       m.retry_count
	FROM judged j
	CROSS JOIN LATERAL (
		SELECT j.result IN ('free', 'claimed') AS is_ours) k
	LEFT JOIN public.message_logs_dispara_lead_saas_02 m
	  ON m.id = j.id AND m.generation IS NOT NULL
	 AND m.campaign_id = j.campaign_id;
END
$$;

-- Those of a batch that are parked, closed or capped: pending again, of a new
-- generation, in their new slots. The caller holds lanes and rows.
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
		CONTINUE WHEN results[i] NOT IN ('closed', 'capped');
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
	FROM unnest(message_ids, results, back_at) AS u(id, result, back_at)
	WHERE m.id = u.id AND u.result IN ('parked', 'closed', 'capped');
END
$$;

DROP FUNCTION IF EXISTS disparalead.lane_free_at(
	public.lanes_dispara_lead_saas_02, text, integer, timestamptz);

-- How many messages a number may begin on a day of its tenant's; NULL: as many
-- as its pace allows. The number's own cap outranks the tenant's; the warm-up
-- only lowers it: first_day messages on the first day of use, growth percent
-- more each day after it.
CREATE OR REPLACE FUNCTION disparalead.cap_of_day(lane_cap integer,
	tenant_cap integer, is_warming boolean, first_day integer,
	growth_percent integer, first_on date, day date)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	ramp float8;
BEGIN
	IF is_warming IS NOT TRUE THEN
		RETURN coalesce(lane_cap, tenant_cap);
	END IF;
	-- Beyond 1,000,000 a day nothing is capped; 100 days of the slowest
	-- growth that grows at all within the power's bounds lead there.
	ramp := first_day * power(1 + growth_percent / 100.0::float8,
		least(greatest(day - coalesce(first_on, day), 0), 250));
	RETURN least(coalesce(lane_cap, tenant_cap), CASE
		WHEN ramp < 1000000 THEN floor(ramp + 1e-6)::integer END);
END
$$;

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
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
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
END
$$;

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
		RETURNING j.n, x.generation, x.evolution_key
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
		       array_agg(coalesce(v.generation, j.was_generation))
				AS generations,
		       array_agg(coalesce(v.evolution_key, j.was_key)) AS keys
		FROM judged j
		LEFT JOIN moved v ON v.n = j.n
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
