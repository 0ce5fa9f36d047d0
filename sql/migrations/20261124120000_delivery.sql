-- SPDX-License-Identifier: MIT
--
-- The state functions of delivery: claim, record, the failure callback, slots
-- promised to messages that found their lane not free. The sweeper's stand in
-- the next migration. All act only where campaigns.engine = 1 and
-- message_logs.generation IS NOT NULL.
--
-- Locks, everywhere: lanes by name, then campaigns by id, then rows by id,
-- each set by one ordered SELECT before anything is written; the claim takes
-- no campaign. Times are clock_timestamp() read after the locks are held.
-- Rows are then taken one by one in a loop: of two inputs for one message or
-- one lane the second sees what the first did.

-- Locks rows by id; those of the existing product are left alone.
CREATE OR REPLACE FUNCTION disparalead.lock_messages(ids uuid[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.id = ANY (ids) AND m.generation IS NOT NULL
	ORDER BY m.id
	FOR NO KEY UPDATE;
END
$$;

-- The key of an instance at Evolution: the tenant's row of that name. Also
-- says whether the name is this tenant's and nobody else's.
CREATE OR REPLACE FUNCTION disparalead.instance_of(tenant uuid, name text)
RETURNS TABLE (is_own boolean, token text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(bool_and(i.tenant_id = tenant), false),
	       max(coalesce(nullif(i.metadata ->> 'token', ''),
			    nullif(i.metadata ->> 'apikey', '')))
	FROM public.instances_dispara_lead_saas_02 i
	WHERE i.instance_name = name
$$;

------------------------------------------------------------------------------
-- Claim
------------------------------------------------------------------------------

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
--   lane_busy   free in about wait_ms; the row is as it was
--   unknown, mismatch   no such message; not this campaign's, or the instance
--               is not its tenant's
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
AS $$
#variable_conflict use_column
DECLARE
	lanes text[];
	expired uuid[];
	at timestamptz;
	r record;
	m public.message_logs_dispara_lead_saas_02;
	l public.lanes_dispara_lead_saas_02;
	c record;
	own record;
	free_at timestamptz;
	lease interval;
BEGIN
	SELECT array_agg(DISTINCT x.instance_name) INTO lanes
	FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = ANY (message_ids) AND x.generation IS NOT NULL
	  AND x.status IN ('pending', 'queued');
	PERFORM disparalead.lock_lanes(lanes);
	-- A claim whose worker died must not hold its lane until the sweep.
	SELECT array_agg(x.id) INTO expired
	FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.instance_name = ANY (lanes) AND x.generation IS NOT NULL
	  AND x.status = 'sending' AND x.lease_expires_at < clock_timestamp();
	PERFORM disparalead.lock_messages(message_ids
		|| coalesce(expired, '{}'));
	at := clock_timestamp();
	UPDATE public.message_logs_dispara_lead_saas_02 x
	SET status = 'uncertain', updated_at = at
	WHERE x.id = ANY (message_ids || coalesce(expired, '{}'))
	  AND x.generation IS NOT NULL AND x.status = 'sending'
	  AND x.lease_expires_at < at;

	FOR r IN SELECT u.* FROM unnest(message_ids, campaign_ids, generations,
			tokens) WITH ORDINALITY
			AS u(id, campaign_id, generation, token, n) LOOP
		item := r.n;
		result := NULL;
		claim_token := NULL;
		wait_ms := NULL;
		SELECT * INTO m FROM public.message_logs_dispara_lead_saas_02 x
		WHERE x.id = r.id AND x.generation IS NOT NULL;
		IF m.id IS NULL OR m.campaign_id <> r.campaign_id THEN
			result := CASE WHEN m.id IS NULL THEN 'unknown'
				       ELSE 'mismatch' END;
			RETURN NEXT;
			CONTINUE;
		END IF;
		status := m.status;
		evolution_key := m.evolution_key;
		instance_name := m.instance_name;
		retry_count := m.retry_count;
		result := CASE
			WHEN m.status = 'sent' THEN 'sent'
			WHEN m.status = 'sending' THEN 'sending'
			WHEN m.status = 'uncertain' THEN 'uncertain'
			WHEN m.status NOT IN ('pending', 'queued') THEN 'final'
			WHEN m.generation <> r.generation THEN 'stale' END;
		IF result IS NOT NULL THEN
			-- Our own claim, run twice because its answer was lost.
			IF result = 'sending' AND m.claim_token = r.token THEN
				result := 'claimed';
			END IF;
			wait_ms := ceil(extract(epoch FROM
				m.lease_expires_at - at) * 1000);
			IF result <> 'claimed' THEN
				RETURN NEXT;
				CONTINUE;
			END IF;
		END IF;

		SELECT x.engine, x.status, x.expires_at INTO c
		FROM public.campaigns_dispara_lead_saas_02 x
		WHERE x.id = m.campaign_id;
		SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
		WHERE x.instance_name = m.instance_name;
		SELECT * INTO own
		FROM disparalead.instance_of(m.tenant_id, m.instance_name);
		IF result IS NULL THEN
			result := CASE
			WHEN c.engine IS DISTINCT FROM 1 THEN 'unknown'
			WHEN c.status IN ('paused', 'cancelled') THEN c.status
			WHEN c.status NOT IN ('pending', 'processing')
				THEN 'ended'
			WHEN NOT own.is_own
			     OR l.tenant_id IS DISTINCT FROM m.tenant_id
				THEN 'mismatch'
			WHEN EXISTS (
				SELECT
				FROM public.suppressions_dispara_lead_saas_02 s
				WHERE s.tenant_id = m.tenant_id
				  AND s.phone_key = m.phone_key
				  AND s.confirmation_campaign_id
					IS DISTINCT FROM m.campaign_id)
				THEN 'suppressed'
			WHEN c.expires_at <= at THEN 'expired' END;
		END IF;
		IF result IS NULL AND l.parked_until > at THEN
			UPDATE public.message_logs_dispara_lead_saas_02 x
			SET status = 'pending', generation = x.generation + 1,
			    publish_count = 0, scheduled_for = CASE
				WHEN l.parked_until = 'infinity'
				THEN x.scheduled_for
				ELSE greatest(x.scheduled_for, l.parked_until)
				END,
			    published_at = NULL, updated_at = at
			WHERE x.id = m.id;
			result := 'parked';
		END IF;
		IF result IS NULL THEN
			free_at := disparalead.lane_free_at(l,
				m.instance_name, start_margin_ms, at);
			-- 5 s: the queue's clock is not ours.
			free_at := greatest(free_at,
				m.scheduled_for - interval '5 s');
			-- An edit may have moved it to a lane not locked here.
			IF free_at > at OR m.instance_name <> ALL (lanes) THEN
				result := 'lane_busy';
				wait_ms := coalesce(ceil(extract(epoch FROM
					free_at - at) * 1000), 0);
			END IF;
		END IF;
		IF result IS NULL THEN
			lease := make_interval(secs => CASE
				WHEN m.message_type = 'texto' THEN lease_s
				ELSE lease_media_s END);
			UPDATE public.message_logs_dispara_lead_saas_02 x
			SET status = 'sending', attempt = x.attempt + 1,
			    claim_token = r.token, claimed_at = at,
			    lease_expires_at = at + lease, publish_count = 0,
			    updated_at = at
			WHERE x.id = m.id;
			UPDATE public.lanes_dispara_lead_saas_02 x
			SET last_start_at = at, updated_at = at,
			    breaker_state = CASE x.breaker_state
				WHEN 'open' THEN 'half_open'
				ELSE x.breaker_state END
			WHERE x.instance_name = m.instance_name;
			result := 'claimed';
			wait_ms := extract(epoch FROM lease) * 1000;
		END IF;
		IF result = 'claimed' THEN
			status := 'sending';
			claim_token := r.token;
			lease_ms := wait_ms;
			wait_ms := NULL;
			gap_ms := l.gap_seconds * 1000::bigint;
			phone_number := m.phone_number;
			message_content := m.message_content;
			message_type := m.message_type;
			media_url := m.media_url;
			file_name := m.file_name;
			instance_token := own.token;
		END IF;
		RETURN NEXT;
		phone_number := NULL;
		message_content := NULL;
		message_type := NULL;
		media_url := NULL;
		file_name := NULL;
		instance_token := NULL;
		lease_ms := NULL;
		gap_ms := NULL;
		evolution_key := NULL;
		instance_name := NULL;
		status := NULL;
		retry_count := NULL;
	END LOOP;
END
$$;

-- When a message may start on a lane that the caller has locked: its gap and,
-- where there is one, start_margin_ms after the last start; while another
-- message of it is being sent, not before a moment that is worth waiting for.
CREATE OR REPLACE FUNCTION disparalead.lane_free_at(
	l public.lanes_dispara_lead_saas_02, name text,
	start_margin_ms integer, at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT greatest(
		CASE WHEN l.gap_seconds > 0 THEN l.last_start_at
			+ make_interval(secs => l.gap_seconds
				+ start_margin_ms / 1000.0) END,
		(SELECT at + interval '100 ms'
		 FROM public.message_logs_dispara_lead_saas_02 s
		 WHERE s.instance_name = name AND s.generation IS NOT NULL
		   AND s.status = 'sending'))
$$;

-- The lane is not free for longer than is worth waiting, or a claimed message
-- was given back: the row goes to the lane's next promised slot, as pending of
-- a new generation, and comes back with what is needed to publish it. The
-- queue did deliver: publications count from 0 again. No row where it is not
-- waiting any more, or of another generation.
CREATE OR REPLACE FUNCTION disparalead.reserve_lane_slot(message_id uuid,
	of_generation integer, start_margin_ms integer)
RETURNS TABLE (id uuid, campaign_id uuid, run integer, generation integer,
	instance_name text, phone_number text, message_content text,
	message_type text, gap_seconds integer, not_before bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	l public.lanes_dispara_lead_saas_02;
	lane text;
	slot timestamptz;
	at timestamptz;
BEGIN
	SELECT m.instance_name INTO lane
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.id = $1 AND m.generation = $2
	  AND m.status IN ('pending', 'queued');
	PERFORM disparalead.lock_lanes(ARRAY[lane]);
	PERFORM disparalead.lock_messages(ARRAY[$1]);
	at := clock_timestamp();
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = lane;
	slot := greatest(l.reserved_until, l.last_start_at + make_interval(
		secs => l.gap_seconds + start_margin_ms / 1000.0), at);
	RETURN QUERY
	UPDATE public.message_logs_dispara_lead_saas_02 m
	SET status = 'pending', generation = m.generation + 1,
	    publish_count = 0, scheduled_for = greatest(m.scheduled_for, slot),
	    published_at = at, updated_at = at
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE m.id = $1 AND m.generation = $2 AND m.instance_name = lane
	  AND m.status IN ('pending', 'queued') AND c.id = m.campaign_id
	  AND c.engine = 1 AND c.status IN ('pending', 'processing')
	RETURNING m.id, m.campaign_id, c.run, m.generation, m.instance_name,
		m.phone_number, m.message_content, m.message_type,
		l.gap_seconds,
		ceil(extract(epoch FROM m.scheduled_for))::bigint;
	IF FOUND THEN
		UPDATE public.lanes_dispara_lead_saas_02 x
		SET reserved_until = slot + make_interval(secs =>
			greatest(x.gap_seconds + start_margin_ms / 1000.0,
				 0.5)),
		    updated_at = at
		WHERE x.instance_name = lane;
	END IF;
END
$$;

-- The queue accepted these: pending -> queued where still pending and of that
-- generation; its id is kept for that generation whatever the state. Counts
-- the publication. Returns how many became queued.
CREATE OR REPLACE FUNCTION disparalead.mark_published(message_ids uuid[],
	generations integer[], queue_ids text[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	queued integer;
BEGIN
	PERFORM disparalead.lock_messages(message_ids);
	WITH accepted AS (
		SELECT * FROM unnest(message_ids, generations, queue_ids)
			AS u(id, generation, queue_id)
	), updated AS (
		UPDATE public.message_logs_dispara_lead_saas_02 m
		SET qstash_message_id = a.queue_id,
		    queued_at = clock_timestamp(),
		    published_at = clock_timestamp(),
		    publish_count = m.publish_count
			+ (m.status = 'pending')::integer,
		    status = CASE m.status WHEN 'pending' THEN 'queued'
			     ELSE m.status END,
		    updated_at = clock_timestamp()
		FROM accepted a
		WHERE m.id = a.id AND m.generation = a.generation
		RETURNING m.status
	)
	SELECT count(*) FILTER (WHERE u.status = 'queued') INTO queued
	FROM updated u;
	RETURN queued;
END
$$;

------------------------------------------------------------------------------
-- Lanes: parking and the breaker
------------------------------------------------------------------------------

-- A fault of the instance: the lane, whose lock the caller holds, is parked
-- for park_s, and for longer each time once three faults came in a row (the
-- breaker opens; the next claim after the parking is its probe). A refused
-- credential is called so only when it was refused for three minutes: a
-- database failure on Evolution's side looks the same.
CREATE OR REPLACE FUNCTION disparalead.fault_lane(lane text, reason text,
	park_s integer, is_credential boolean)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	at CONSTANT timestamptz := clock_timestamp();
	l public.lanes_dispara_lead_saas_02;
	opens boolean;
	seconds integer := park_s;
	confirmed boolean;
BEGIN
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = lane;
	opens := l.breaker_state <> 'closed' OR l.breaker_faults >= 2;
	IF opens THEN
		seconds := greatest(seconds, least(900,
			60 * power(2, least(l.breaker_opened_count, 4))::int));
	END IF;
	confirmed := is_credential AND coalesce(l.unauthorized_since
		< at - interval '3 min', false);
	UPDATE public.lanes_dispara_lead_saas_02 x
	SET breaker_faults = x.breaker_faults + 1,
	    breaker_state = CASE WHEN opens THEN 'open' ELSE 'closed' END,
	    breaker_opened_at = CASE WHEN opens THEN at
				     ELSE x.breaker_opened_at END,
	    breaker_opened_count = x.breaker_opened_count + opens::integer,
	    unauthorized_since = CASE WHEN is_credential
		THEN coalesce(x.unauthorized_since, at) END,
	    parked_until = greatest(x.parked_until,
		at + make_interval(secs => seconds)),
	    parked_reason = CASE WHEN is_credential AND NOT confirmed
		THEN 'credential_check' ELSE reason END,
	    updated_at = at
	WHERE x.instance_name = lane;
END
$$;

------------------------------------------------------------------------------
-- Record
------------------------------------------------------------------------------

-- What one outcome makes of a row: the state it goes to, or NULL for none.
--   row_status    its state now; is_holder: the outcome has its claim_token
--   campaign      the campaign's status, under its lock
--   has_attempts  retry_count is below the budget
CREATE OR REPLACE FUNCTION disparalead.next_status(outcome text,
	row_status text, is_holder boolean, campaign text,
	has_attempts boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	-- Proof that it went out counts from whomever it comes.
	WHEN outcome = 'sent' THEN
		CASE WHEN row_status = 'sent' THEN NULL
		     WHEN row_status = 'sending' AND NOT is_holder THEN NULL
		     ELSE 'sent' END
	WHEN outcome IN ('suppressed', 'expired') THEN
		CASE WHEN row_status IN ('pending', 'queued') THEN outcome END
	WHEN NOT is_holder OR row_status NOT IN ('sending', 'uncertain')
		THEN NULL
	WHEN outcome = 'unknown' THEN
		CASE WHEN row_status = 'sending' THEN 'uncertain' END
	WHEN outcome = 'failed' THEN 'failed'
	WHEN outcome LIKE 'transient%' AND NOT has_attempts THEN 'failed'
	WHEN campaign = 'cancelled' THEN 'cancelled'
	WHEN outcome = 'transient' AND campaign <> 'paused'
	     AND row_status = 'sending' THEN 'queued'
	-- transient_last, fault, credential, given_back; all while paused
	ELSE 'pending' END
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
AS $$
#variable_conflict use_column
DECLARE
	at timestamptz;
	parked text[];
	lanes text[];
	campaigns uuid[];
	r record;
	m public.message_logs_dispara_lead_saas_02;
	campaign text;
	held boolean;
	target text;
	code text;
	i integer;
	counted CONSTANT text[] := '{sent,failed,cancelled,suppressed,expired}';
	deltas integer[];
	errors jsonb[];
	moved boolean[];
	before text;
BEGIN
	-- Lanes that are to be parked, and those that a success heals.
	SELECT array_agg(DISTINCT x.instance_name)
			FILTER (WHERE u.park > 0),
	       array_agg(DISTINCT x.instance_name) FILTER (WHERE u.park > 0
			OR (u.outcome = 'sent' AND (l.breaker_faults > 0
				OR l.unauthorized_since IS NOT NULL))),
	       array_agg(DISTINCT x.campaign_id)
	INTO parked, lanes, campaigns
	FROM unnest(message_ids, outcomes, park_s) AS u(id, outcome, park)
	JOIN public.message_logs_dispara_lead_saas_02 x
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
	i := coalesce(cardinality(campaigns), 0);
	deltas := array_fill(0, ARRAY[5 * i]);
	errors := array_fill('{}'::jsonb, ARRAY[i]);
	moved := array_fill(false, ARRAY[i]);

	FOR r IN SELECT u.* FROM unnest(message_ids, tokens, generations,
			outcomes, error_codes, error_messages, responses,
			evolution_keys, park_s) WITH ORDINALITY
			AS u(id, token, generation, outcome, code, message,
			     response, key, park, n) LOOP
		item := r.n;
		SELECT x.* INTO m
		FROM public.message_logs_dispara_lead_saas_02 x
		JOIN public.campaigns_dispara_lead_saas_02 c
		  ON c.id = x.campaign_id AND c.engine = 1
		WHERE x.id = r.id AND x.generation IS NOT NULL;
		status := m.status;
		generation := m.generation;
		evolution_key := m.evolution_key;
		IF m.id IS NULL THEN
			result := 'unknown';
			RETURN NEXT;
			CONTINUE;
		END IF;
		SELECT c.status INTO campaign
		FROM public.campaigns_dispara_lead_saas_02 c
		WHERE c.id = m.campaign_id;
		held := CASE WHEN r.outcome IN ('suppressed', 'expired')
			THEN m.generation = r.generation
			ELSE m.claim_token IS NOT DISTINCT FROM r.token END;
		target := disparalead.next_status(r.outcome, m.status, held,
			campaign, m.retry_count < retry_limit);
		IF r.outcome IN ('suppressed', 'expired') AND NOT held THEN
			target := NULL;
		END IF;
		IF target IS NULL THEN
			result := CASE
				WHEN r.outcome = 'sent' AND (m.status = 'sending'
				     OR m.evolution_key <> r.key)
					THEN 'duplicate'
				WHEN held THEN 'already' ELSE 'lost' END;
			IF result = 'duplicate' THEN
				INSERT INTO
				public.campaign_journal_dispara_lead_saas_02
					(tenant_id, campaign_id, message_id,
					 actor_program, action, result)
				VALUES (m.tenant_id, m.campaign_id, m.id,
					'process-message', 'possible_duplicate',
					jsonb_build_object('evolution_key',
						r.key));
			END IF;
			RETURN NEXT;
			CONTINUE;
		END IF;

		code := CASE WHEN target = 'sent' THEN NULL
			     ELSE r.code END;
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = target,
		    generation = x.generation + (target = 'pending')::integer,
		    retry_count = x.retry_count
			+ (r.outcome LIKE 'transient%'
			   AND target IN ('queued', 'pending',
					  'cancelled'))::integer,
		    sent_at = CASE WHEN target IN ('sent', 'failed') THEN at
				   ELSE x.sent_at END,
		    evolution_key = coalesce(r.key, x.evolution_key),
		    evolution_response = coalesce(r.response,
						  x.evolution_response),
		    error_code = code,
		    error_message = CASE WHEN code IS NOT NULL
					 THEN r.message END,
		    scheduled_for = CASE
			WHEN target = 'pending' AND r.park > 0
			THEN greatest(x.scheduled_for,
				at + make_interval(secs => r.park))
			ELSE x.scheduled_for END,
		    published_at = CASE WHEN target = 'pending' THEN NULL
					ELSE x.published_at END,
		    updated_at = at
		WHERE x.id = m.id
		RETURNING x.generation, x.evolution_key
		INTO generation, evolution_key;
		status := target;
		result := 'recorded';

		i := array_position(campaigns, m.campaign_id);
		moved[i] := true;
		IF target = ANY (counted) THEN
			deltas[5 * i - 5 + array_position(counted, target)] :=
				deltas[5 * i - 5
				       + array_position(counted, target)] + 1;
		END IF;
		IF m.status = ANY (counted) THEN
			deltas[5 * i - 5 + array_position(counted, m.status)] :=
				deltas[5 * i - 5
				       + array_position(counted, m.status)] - 1;
		END IF;
		IF m.status = 'failed' AND m.error_code IS NOT NULL THEN
			errors[i] := disparalead.add_error_counts(errors[i],
				jsonb_build_object(m.error_code, -1));
		END IF;
		IF target = 'failed' AND code IS NOT NULL THEN
			errors[i] := disparalead.add_error_counts(errors[i],
				jsonb_build_object(code, 1));
		END IF;

		IF r.park > 0 THEN
			PERFORM disparalead.fault_lane(m.instance_name, r.code,
				r.park, r.outcome = 'credential');
		ELSIF r.outcome = 'sent' AND m.instance_name = ANY (lanes) THEN
			UPDATE public.lanes_dispara_lead_saas_02 x
			SET breaker_state = 'closed', breaker_faults = 0,
			    breaker_opened_count = 0,
			    unauthorized_since = NULL, updated_at = at
			WHERE x.instance_name = m.instance_name;
		END IF;
		RETURN NEXT;
	END LOOP;

	PERFORM disparalead.settle_campaigns(campaigns, deltas, errors, moved);
	IF parked IS NOT NULL THEN
		PERFORM disparalead.touch_live_campaigns(parked);
	END IF;
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
	PERFORM disparalead.finish_campaign_if_done(s.id)
	FROM unnest(campaigns) WITH ORDINALITY AS s(id, n)
	WHERE moved[s.n];
END
$$;

-- The queue gave a message up: a row that is still queued with that generation
-- goes back to pending while it has attempts, else it failed. Every other
-- state is left alone. Returns its state afterwards, NULL where nothing was
-- done.
CREATE OR REPLACE FUNCTION disparalead.failure_callback(message_id uuid,
	of_campaign uuid, of_generation integer, retry_limit integer,
	message text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m public.message_logs_dispara_lead_saas_02;
	campaign text;
	target text;
BEGIN
	PERFORM disparalead.lock_campaigns(ARRAY[$2]);
	PERFORM disparalead.lock_messages(ARRAY[$1]);
	SELECT * INTO m FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = $1 AND x.campaign_id = $2 AND x.generation = $3
	  AND x.status = 'queued';
	SELECT c.status INTO campaign
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.id = $2 AND c.engine = 1;
	IF m.id IS NULL OR campaign IS NULL THEN
		RETURN NULL;
	END IF;
	target := CASE WHEN campaign = 'cancelled' THEN 'cancelled'
		WHEN campaign = 'paused' OR m.retry_count < retry_limit
			THEN 'pending'
		ELSE 'failed' END;
	UPDATE public.message_logs_dispara_lead_saas_02 x
	SET status = target,
	    generation = x.generation + (target = 'pending')::integer,
	    error_code = CASE WHEN target = 'failed'
			      THEN coalesce(x.error_code, 'queue_gave_up') END,
	    error_message = CASE WHEN target = 'failed'
				 THEN coalesce(x.error_message, message) END,
	    sent_at = CASE WHEN target = 'failed' THEN clock_timestamp()
			   ELSE x.sent_at END,
	    published_at = clock_timestamp(), updated_at = clock_timestamp()
	WHERE x.id = m.id;
	PERFORM disparalead.settle_campaigns(ARRAY[$2], ARRAY[0,
		(target = 'failed')::integer,
		(target = 'cancelled')::integer, 0, 0],
		ARRAY[CASE WHEN target = 'failed' THEN jsonb_build_object(
			coalesce(m.error_code, 'queue_gave_up'), 1)
			ELSE '{}' END], ARRAY[true]);
	RETURN target;
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
