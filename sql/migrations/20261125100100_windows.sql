-- SPDX-License-Identifier: MIT
--
-- The promised slots keep to the calendar: none outside the send window or
-- above a number's daily cap, whatever the queue delivers. (The claim's part is
-- judge_claims.)

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
