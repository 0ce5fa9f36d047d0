-- SPDX-License-Identifier: MIT
--
-- The claim and the promised slots keep to the calendar: no claim outside the
-- send window or above a number's daily cap, whatever the queue delivers.

-- When a message may start that would at "at": what is claimed starts a moment
-- later, and that must be open too.
CREATE OR REPLACE FUNCTION disparalead.start_time(tenant_window jsonb,
	campaign_window jsonb, tenant_zone text, place integer,
	at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN disparalead.is_open(tenant_window, campaign_window,
			tenant_zone, place, at)
		     AND disparalead.is_open(tenant_window, campaign_window,
			tenant_zone, place, at + interval '2 s')
		    THEN at
	       ELSE disparalead.next_opening(tenant_window, campaign_window,
			tenant_zone, place, at + interval '2 s') END
$$;

-- The slot of a message that is put off to an opening, on a lane that the
-- caller has locked: the opening itself, and for those after it one gap and
-- margin later each, so that they do not all come at once.
CREATE OR REPLACE FUNCTION disparalead.reopen_slot(lane text,
	opening timestamptz, start_margin_ms integer)
RETURNS timestamptz
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	slot timestamptz;
BEGIN
	SELECT CASE WHEN l.reopens_at = opening
		    THEN greatest(l.reopen_slot, opening)
		    ELSE opening END
	INTO slot
	FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.instance_name = lane;
	UPDATE public.lanes_dispara_lead_saas_02 l
	SET reopens_at = opening,
	    reopen_slot = slot + make_interval(secs => greatest(
		l.gap_seconds + start_margin_ms / 1000.0, 0.5)),
	    updated_at = clock_timestamp()
	WHERE l.instance_name = lane;
	RETURN slot;
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
	zone text;
	today date;
	begun integer;
	opens_at timestamptz;
	back_at timestamptz;
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

		SELECT x.engine, x.status, x.expires_at, x.send_window,
		       t.timezone, t.send_window AS tenant_window, t.daily_cap,
		       t.warmup_enabled, t.warmup_first_day,
		       t.warmup_growth_percent
		INTO c
		FROM public.campaigns_dispara_lead_saas_02 x
		LEFT JOIN public.tenant_settings_dispara_lead_saas_02 t
		  ON t.tenant_id = x.tenant_id
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
		zone := coalesce(c.timezone, 'America/Sao_Paulo');
		today := (at AT TIME ZONE zone)::date;
		begun := CASE WHEN l.started_on = today THEN l.started_today
			      ELSE 0 END;
		back_at := NULL;
		IF result IS NULL AND l.parked_until > at THEN
			result := 'parked';
			back_at := CASE WHEN l.parked_until < 'infinity'
				THEN greatest(m.scheduled_for, l.parked_until)
				ELSE m.scheduled_for END;
		END IF;
		opens_at := at;
		IF result IS NULL AND (c.send_window IS NOT NULL
				       OR c.tenant_window IS NOT NULL) THEN
			opens_at := disparalead.start_time(c.tenant_window,
				c.send_window, zone,
				disparalead.phone_place(m.phone_number), at);
		END IF;
		-- For less the worker waits, as for its lane.
		IF opens_at > at + interval '5 s' THEN
			result := 'closed';
			back_at := disparalead.reopen_slot(m.instance_name,
				opens_at, start_margin_ms);
		END IF;
		IF result IS NULL AND (l.daily_cap IS NOT NULL
				OR c.daily_cap IS NOT NULL OR c.warmup_enabled)
		   AND begun >= disparalead.cap_of_day(l.daily_cap, c.daily_cap,
				c.warmup_enabled, c.warmup_first_day,
				c.warmup_growth_percent, l.first_start_on,
				today) THEN
			result := 'capped';
			back_at := disparalead.reopen_slot(m.instance_name,
				disparalead.start_time(c.tenant_window,
					c.send_window, zone,
					disparalead.phone_place(m.phone_number),
					disparalead.day_start(zone,
						today + 1)), start_margin_ms);
		END IF;
		IF result IN ('parked', 'closed', 'capped') THEN
			UPDATE public.message_logs_dispara_lead_saas_02 x
			SET status = 'pending', generation = x.generation + 1,
			    publish_count = 0, scheduled_for = back_at,
			    published_at = NULL, updated_at = at
			WHERE x.id = m.id;
		END IF;
		IF result IS NULL THEN
			free_at := disparalead.lane_free_at(l,
				m.instance_name, start_margin_ms, at);
			-- 5 s: the queue's clock is not ours.
			free_at := greatest(free_at,
				m.scheduled_for - interval '5 s',
				nullif(opens_at, at));
			-- An edit may have moved it to a lane not locked here.
			IF free_at > at OR NOT coalesce(
				m.instance_name = ANY (lanes), false) THEN
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
			    first_start_on = coalesce(x.first_start_on, today),
			    started_on = today, started_today = begun + 1,
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

-- The lane is not free for longer than is worth waiting, or a claimed message
-- was given back: the row goes to the lane's next promised slot, as pending of
-- a new generation, and comes back with what is needed to publish it. The
-- queue did deliver: publications count from 0 again. No row where it is not
-- waiting any more, or of another generation; nor where that slot would be
-- outside the send window or above the number's cap: then it waits for the
-- next opening, and the sweeper publishes it.
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
	m record;
	lane text;
	slot timestamptz;
	starts_at timestamptz;
	is_put_off boolean;
	at timestamptz;
BEGIN
	SELECT x.instance_name INTO lane
	FROM public.message_logs_dispara_lead_saas_02 x
	WHERE x.id = $1 AND x.generation = $2
	  AND x.status IN ('pending', 'queued');
	PERFORM disparalead.lock_lanes(ARRAY[lane]);
	PERFORM disparalead.lock_messages(ARRAY[$1]);
	at := clock_timestamp();
	SELECT x.scheduled_for, x.phone_number, x.tenant_id, c.send_window
	INTO m
	FROM public.message_logs_dispara_lead_saas_02 x
	JOIN public.campaigns_dispara_lead_saas_02 c
	  ON c.id = x.campaign_id AND c.engine = 1
	 AND c.status IN ('pending', 'processing')
	WHERE x.id = $1 AND x.generation = $2 AND x.instance_name = lane
	  AND x.status IN ('pending', 'queued');
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT * INTO l FROM public.lanes_dispara_lead_saas_02 x
	WHERE x.instance_name = lane;
	slot := greatest(l.reserved_until, l.last_start_at + make_interval(
		secs => l.gap_seconds + start_margin_ms / 1000.0), at);
	starts_at := disparalead.lane_start_time(l, m.tenant_id, m.send_window,
		disparalead.phone_place(m.phone_number),
		greatest(m.scheduled_for, slot), at);
	is_put_off := starts_at > greatest(m.scheduled_for, slot);
	IF is_put_off THEN
		starts_at := disparalead.reopen_slot(lane, starts_at,
			start_margin_ms);
	ELSE
		UPDATE public.lanes_dispara_lead_saas_02 x
		SET reserved_until = slot + make_interval(secs =>
			greatest(x.gap_seconds + start_margin_ms / 1000.0,
				 0.5)),
		    updated_at = at
		WHERE x.instance_name = lane;
	END IF;
	RETURN QUERY
	WITH moved AS (
		UPDATE public.message_logs_dispara_lead_saas_02 x
		SET status = 'pending', generation = x.generation + 1,
		    publish_count = 0, scheduled_for = starts_at,
		    published_at = CASE WHEN is_put_off THEN NULL ELSE at END,
		    updated_at = at
		WHERE x.id = $1
		RETURNING x.id, x.campaign_id, x.generation, x.instance_name,
			x.phone_number, x.message_content, x.message_type,
			x.scheduled_for
	)
	SELECT x.id, x.campaign_id, c.run, x.generation, x.instance_name,
	       x.phone_number, x.message_content, x.message_type,
	       l.gap_seconds,
	       ceil(extract(epoch FROM x.scheduled_for))::bigint
	FROM moved x
	JOIN public.campaigns_dispara_lead_saas_02 c ON c.id = x.campaign_id
	WHERE NOT is_put_off;
END
$$;

-- When a message of a lane may start that would at "wanted": within the
-- windows, and where the number began all that it may today, not before its
-- next day.
CREATE OR REPLACE FUNCTION disparalead.lane_start_time(
	l public.lanes_dispara_lead_saas_02, tenant uuid,
	campaign_window jsonb, place integer, wanted timestamptz,
	at timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t public.tenant_settings_dispara_lead_saas_02;
	zone text;
	today date;
BEGIN
	SELECT * INTO t FROM public.tenant_settings_dispara_lead_saas_02 s
	WHERE s.tenant_id = tenant;
	zone := coalesce(t.timezone, 'America/Sao_Paulo');
	today := (at AT TIME ZONE zone)::date;
	IF l.started_on = today AND l.started_today >= disparalead.cap_of_day(
		l.daily_cap, t.daily_cap, t.warmup_enabled, t.warmup_first_day,
		t.warmup_growth_percent, l.first_start_on, today) THEN
		wanted := greatest(wanted,
			disparalead.day_start(zone, today + 1));
	END IF;
	IF t.send_window IS NULL AND campaign_window IS NULL THEN
		RETURN wanted;
	END IF;
	RETURN disparalead.start_time(t.send_window, campaign_window, zone,
		place, wanted);
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
