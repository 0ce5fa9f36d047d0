-- SPDX-License-Identifier: MIT
--
-- When messages may go out: send windows, of the tenant and, only tighter, of
-- a campaign; the daily cap of a WhatsApp number and its warm-up. This is the
-- only implementation: the programs get the open times of the coming days
-- from campaign_calendar, and the claim asks is_open.
--
-- A window: {"days": [1..7, ISO weekdays] or "weekdays", "start": "HH:MM",
-- "end": "HH:MM", at most 24:00, "recipientLocal": true or false}. No days:
-- all of them. Open from start (included) to end (not included), by the wall
-- clock of the tenant's zone; with recipientLocal by the recipient's, who is
-- at one of four places:
--   0  abroad: the tenant's zone
--   1  Brazil, the hour of America/Sao_Paulo
--   2  an hour behind it, area codes 65 66 67 69 92 95 97
--   3  two hours behind it, area code 68

------------------------------------------------------------------------------
-- What is counted on a lane
------------------------------------------------------------------------------

CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'first_start_on', 'date', NULL, false,
	'the day, in the tenant''s time zone, on which the number was first '
	'used: the first of its warm-up');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'started_on', 'date', NULL, false,
	'the day, in the tenant''s time zone, that started_today counts');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'started_today', 'integer', '0', true,
	'claims on the day started_on, whatever became of them');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'reopens_at', 'timestamp with time zone', NULL, false,
	'the opening to which messages were last put off');
CALL disparalead.add_column('public.lanes_dispara_lead_saas_02',
	'reopen_slot', 'timestamp with time zone', NULL, false,
	'the slot after reopens_at that the next of them gets');

-- Numbers that were used before days were counted are as old as their row.
UPDATE public.lanes_dispara_lead_saas_02 l
SET first_start_on = (l.created_at AT TIME ZONE 'America/Sao_Paulo')::date
WHERE l.first_start_on IS NULL AND l.last_start_at IS NOT NULL;

------------------------------------------------------------------------------
-- Windows
------------------------------------------------------------------------------

-- Whether a window is one. Only such a one is stored by the programs; any
-- other never opens.
CREATE OR REPLACE FUNCTION disparalead.is_window(send_window jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(jsonb_typeof(w) = 'object'
		AND w - ARRAY['days', 'start', 'end', 'recipientLocal'] = '{}'
		AND w ->> 'start' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
		AND w ->> 'end' ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
		AND w ->> 'start' < w ->> 'end'
		AND coalesce(jsonb_typeof(w -> 'recipientLocal'), 'null')
			IN ('boolean', 'null')
		AND CASE coalesce(jsonb_typeof(w -> 'days'), 'null')
		    WHEN 'null' THEN true
		    WHEN 'string' THEN w ->> 'days' = 'weekdays'
		    WHEN 'array' THEN w -> 'days' <> '[]'
			AND w -> 'days' <@ '[1, 2, 3, 4, 5, 6, 7]'
		    ELSE false END, false)
	FROM (SELECT send_window AS w) s
$$;

-- The parts of a window; one that is none has no days.
CREATE OR REPLACE FUNCTION disparalead.window_parts(send_window jsonb,
	OUT days integer[], OUT starts interval, OUT ends interval,
	OUT is_local boolean)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	days := '{}';
	starts := '0';
	ends := '0';
	is_local := false;
	IF NOT disparalead.is_window(send_window) THEN
		RETURN;
	END IF;
	days := CASE jsonb_typeof(send_window -> 'days')
		WHEN 'array' THEN ARRAY(
			SELECT d::integer
			FROM jsonb_array_elements_text(send_window -> 'days')
				AS d)
		WHEN 'string' THEN '{1,2,3,4,5}'
		ELSE '{1,2,3,4,5,6,7}' END;
	starts := (send_window ->> 'start')::interval;
	ends := (send_window ->> 'end')::interval;
	is_local := coalesce((send_window ->> 'recipientLocal')::boolean,
			     false);
END
$$;

-- Where the owner of a number, in E.164 digits, is: a place of the list above.
CREATE OR REPLACE FUNCTION disparalead.phone_place(phone_number text)
RETURNS integer
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
	WHEN phone_number !~ '^55[1-9][1-9][0-9]{8,9}$' THEN 0
	WHEN substr(phone_number, 3, 2) = '68' THEN 3
	WHEN substr(phone_number, 3, 2)
		IN ('65', '66', '67', '69', '92', '95', '97') THEN 2
	ELSE 1 END
$$;

-- The clock that a window is read by: a zone, and how far behind it.
CREATE OR REPLACE FUNCTION disparalead.window_clock(is_local boolean,
	place integer, tenant_zone text, OUT zone text, OUT behind interval)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN is_local AND place > 0 THEN 'America/Sao_Paulo'
		    ELSE tenant_zone END,
	       CASE WHEN is_local AND place > 1
		    THEN make_interval(hours => place - 1)
		    ELSE interval '0' END
$$;

-- Whether one window is open; no window always is.
CREATE OR REPLACE FUNCTION disparalead.is_window_open(send_window jsonb,
	tenant_zone text, place integer, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	c record;
	wall timestamp;
BEGIN
	IF send_window IS NULL THEN
		RETURN true;
	END IF;
	w := disparalead.window_parts(send_window);
	c := disparalead.window_clock(w.is_local, place, tenant_zone);
	wall := (at AT TIME ZONE c.zone) - c.behind;
	RETURN extract(isodow FROM wall)::integer = ANY (w.days)
		AND wall - wall::date >= w.starts
		AND wall - wall::date < w.ends;
END
$$;

-- Whether a message may go out at that moment under both windows.
CREATE OR REPLACE FUNCTION disparalead.is_open(tenant_window jsonb,
	campaign_window jsonb, tenant_zone text, place integer,
	at timestamptz)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT disparalead.is_window_open(tenant_window, tenant_zone, place, at)
	   AND disparalead.is_window_open(campaign_window, tenant_zone, place,
		at)
$$;

-- A stretch of time cut where the zone's offset from UTC changes, to the
-- second; begins with the whole second at or before from_at.
CREATE OR REPLACE FUNCTION disparalead.zone_spans(zone text,
	from_at timestamptz, until_at timestamptz)
RETURNS TABLE (begins_at timestamptz, ends_at timestamptz,
	utc_offset interval)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	at bigint := floor(extract(epoch FROM from_at));
	until_s CONSTANT bigint := ceil(extract(epoch FROM until_at));
	next_s bigint;
	low bigint;
	high bigint;
	middle timestamptz;
	next_offset interval;
BEGIN
	begins_at := to_timestamp(at);
	utc_offset := (begins_at AT TIME ZONE zone)
		- (begins_at AT TIME ZONE 'UTC');
	WHILE at < until_s LOOP
		next_s := least(at + 86400, until_s);
		next_offset := (to_timestamp(next_s) AT TIME ZONE zone)
			- (to_timestamp(next_s) AT TIME ZONE 'UTC');
		IF next_offset <> utc_offset THEN
			low := at;
			high := next_s;
			WHILE high - low > 1 LOOP
				middle := to_timestamp((low + high) / 2);
				IF (middle AT TIME ZONE zone)
				   - (middle AT TIME ZONE 'UTC')
				   = utc_offset THEN
					low := (low + high) / 2;
				ELSE
					high := (low + high) / 2;
				END IF;
			END LOOP;
			ends_at := to_timestamp(high);
			RETURN NEXT;
			begins_at := ends_at;
			utc_offset := next_offset;
		END IF;
		at := next_s;
	END LOOP;
	ends_at := to_timestamp(until_s);
	RETURN NEXT;
END
$$;

-- The open times of one window between two moments, at most 400 days apart,
-- to the second. Exact where clocks change: a time that does not exist opens
-- nothing, one that comes twice opens twice.
CREATE OR REPLACE FUNCTION disparalead.window_times(send_window jsonb,
	tenant_zone text, place integer, from_at timestamptz,
	until_at timestamptz)
RETURNS tstzmultirange
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	c record;
	times tstzmultirange;
BEGIN
	IF until_at - from_at > interval '400 days 1 second' THEN
		RAISE EXCEPTION 'more than 400 days'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF send_window IS NULL THEN
		RETURN tstzmultirange(tstzrange(from_at, until_at));
	END IF;
	w := disparalead.window_parts(send_window);
	c := disparalead.window_clock(w.is_local, place, tenant_zone);
	SELECT range_agg(tstzrange(s.begins_at, s.ends_at) * tstzrange(
		(d.day + w.starts - s.utc_offset + c.behind)
			AT TIME ZONE 'UTC',
		(d.day + w.ends - s.utc_offset + c.behind)
			AT TIME ZONE 'UTC'))
	INTO times
	FROM disparalead.zone_spans(c.zone, from_at, until_at) s
	CROSS JOIN LATERAL (
		SELECT (s.begins_at AT TIME ZONE 'UTC') + s.utc_offset
			- c.behind AS first_wall,
		       (s.ends_at AT TIME ZONE 'UTC') + s.utc_offset
			- c.behind AS last_wall) e
	CROSS JOIN LATERAL generate_series(e.first_wall::date::timestamp,
		e.last_wall::date::timestamp, interval '1 day') AS d(day)
	WHERE extract(isodow FROM d.day)::integer = ANY (w.days);
	RETURN coalesce(times, '{}');
END
$$;

-- The open times under both windows; see window_times.
CREATE OR REPLACE FUNCTION disparalead.open_times(tenant_window jsonb,
	campaign_window jsonb, tenant_zone text, place integer,
	from_at timestamptz, until_at timestamptz)
RETURNS tstzmultirange
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT disparalead.window_times(tenant_window, tenant_zone, place,
			from_at, until_at)
	     * disparalead.window_times(campaign_window, tenant_zone, place,
			from_at, until_at)
$$;

-- The first moment from "at" on that is open; where there is none within two
-- weeks, and so none ever, the same time tomorrow: the windows may have
-- changed by then.
CREATE OR REPLACE FUNCTION disparalead.next_opening(tenant_window jsonb,
	campaign_window jsonb, tenant_zone text, place integer,
	at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN tenant_window IS NULL AND campaign_window IS NULL
			THEN at
		    WHEN o.opens_at IS NULL THEN at + interval '24 hours'
		    ELSE greatest(at, o.opens_at) END
	FROM (SELECT lower(disparalead.open_times(tenant_window,
		campaign_window, tenant_zone, place, at,
		at + interval '360 hours')) AS opens_at) o
$$;

-- Where a day of the tenant's begins.
CREATE OR REPLACE FUNCTION disparalead.day_start(tenant_zone text, day date)
RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT day::timestamp AT TIME ZONE tenant_zone
$$;

------------------------------------------------------------------------------
-- Caps
------------------------------------------------------------------------------

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

-- The calendar of a campaign from a moment on, for 400 days:
--   window  amount: how many places have lists of their own, 0 (no window), 1
--           (that of place 0 is everybody's) or 4
--   open    place n is open from at_s to until_s (unix seconds), in order
--   day     day n of the tenant's, from 0, lasts from at_s to until_s; there
--           are days only where a number has a cap
--   cap     from day at_s on, number n (from 0, as in instances) may begin
--           "amount" messages a day, NULL: any number
--   used    of day at_s, number n has begun "amount", or other campaigns have
--           that many waiting
-- An open time ends some seconds before the window does, because a delivery
-- takes some to arrive.
CREATE OR REPLACE FUNCTION disparalead.campaign_calendar(tenant uuid,
	campaign uuid, send_window jsonb, instances text[],
	from_at timestamptz)
RETURNS TABLE (kind text, n integer, at_s bigint, until_s bigint,
	amount integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	until_at CONSTANT timestamptz := from_at + interval '9600 hours';
	t record;
	places integer;
	first_day date;
	last_day date;
BEGIN
	SELECT coalesce(max(s.timezone), 'America/Sao_Paulo') AS zone,
	       (array_agg(s.send_window))[1] AS send_window,
	       max(s.daily_cap) AS daily_cap,
	       coalesce(bool_or(s.warmup_enabled), false) AS is_warming,
	       max(s.warmup_first_day) AS warmup_first_day,
	       max(s.warmup_growth_percent) AS warmup_growth_percent
	INTO t
	FROM public.tenant_settings_dispara_lead_saas_02 s
	WHERE s.tenant_id = $1;
	places := CASE
		WHEN t.send_window IS NULL AND $3 IS NULL THEN 0
		WHEN (disparalead.window_parts(t.send_window)).is_local
		     OR (disparalead.window_parts($3)).is_local THEN 4
		ELSE 1 END;
	RETURN QUERY SELECT 'window', NULL::integer, NULL::bigint,
		NULL::bigint, places;
	RETURN QUERY
	SELECT 'open', p.place, ceil(extract(epoch FROM lower(r)))::bigint,
	       floor(extract(epoch FROM upper(r)))::bigint - 5,
	       NULL::integer
	FROM generate_series(0, places - 1) AS p(place)
	CROSS JOIN LATERAL unnest(disparalead.open_times(t.send_window, $3,
		t.zone, p.place, from_at, until_at)) AS r
	WHERE upper(r) - lower(r) > interval '10 s'
	ORDER BY p.place, lower(r);

	IF t.daily_cap IS NULL AND NOT t.is_warming AND NOT EXISTS (
		SELECT FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.instance_name = ANY ($4) AND l.tenant_id = $1
		  AND l.daily_cap IS NOT NULL) THEN
		RETURN;
	END IF;
	first_day := (from_at AT TIME ZONE t.zone)::date;
	last_day := (until_at AT TIME ZONE t.zone)::date;
	RETURN QUERY
	SELECT 'day', d.day - first_day,
	       extract(epoch FROM disparalead.day_start(t.zone, d.day))::bigint,
	       extract(epoch FROM disparalead.day_start(t.zone, d.day + 1))
		::bigint, NULL::integer
	FROM (SELECT first_day + i AS day
	      FROM generate_series(0, last_day - first_day) AS i) d
	ORDER BY d.day;
	RETURN QUERY
	SELECT 'cap', c.n, (c.day - first_day)::bigint, NULL::bigint, c.cap
	FROM (SELECT d.n, d.day, d.cap, lag(d.cap) OVER (
			PARTITION BY d.n ORDER BY d.day) AS cap_before
	      FROM (SELECT i.place::integer - 1 AS n, first_day + k AS day,
			   disparalead.cap_of_day(l.daily_cap, t.daily_cap,
				t.is_warming, t.warmup_first_day,
				t.warmup_growth_percent,
				coalesce(l.first_start_on, first_day),
				first_day + k) AS cap
		    FROM unnest($4) WITH ORDINALITY AS i(name, place)
		    LEFT JOIN public.lanes_dispara_lead_saas_02 l
		      ON l.instance_name = i.name AND l.tenant_id = $1
		    CROSS JOIN generate_series(0, last_day - first_day) AS k) d
	     ) c
	WHERE c.day = first_day OR c.cap IS DISTINCT FROM c.cap_before
	ORDER BY c.n, c.day;
	RETURN QUERY
	SELECT 'used', i.place::integer - 1, (u.day - first_day)::bigint,
	       NULL::bigint, u.messages
	FROM disparalead.lane_days($4, $1, $2, t.zone) u
	JOIN unnest($4) WITH ORDINALITY AS i(name, place)
	  ON i.name = u.instance_name
	WHERE u.day BETWEEN first_day AND last_day
	ORDER BY i.place, u.day;
END
$$;

-- How many messages of each number each day has: those begun today, and those
-- that wait in live campaigns other than one.
CREATE OR REPLACE FUNCTION disparalead.lane_days(lanes text[], tenant uuid,
	but_campaign uuid, tenant_zone text)
RETURNS TABLE (instance_name text, day date, messages integer)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
	WITH today AS (
		SELECT (clock_timestamp() AT TIME ZONE tenant_zone)::date AS day
	), counted AS (
		SELECT l.instance_name, l.started_on AS day,
		       l.started_today::bigint AS messages
		FROM public.lanes_dispara_lead_saas_02 l
		JOIN today t ON t.day = l.started_on
		WHERE l.instance_name = ANY (lanes)
		UNION ALL
		SELECT m.instance_name, greatest(t.day,
			(m.scheduled_for AT TIME ZONE tenant_zone)::date),
		       count(*)
		FROM public.campaigns_dispara_lead_saas_02 c
		JOIN public.message_logs_dispara_lead_saas_02 m
		  ON m.campaign_id = c.id
		CROSS JOIN today t
		WHERE c.tenant_id = tenant AND c.engine = 1
		  AND c.status IN ('pending', 'processing')
		  AND c.instances && lanes
		  AND c.id IS DISTINCT FROM but_campaign
		  AND m.generation IS NOT NULL
		  AND m.status IN ('pending', 'queued')
		  AND m.instance_name = ANY (lanes)
		GROUP BY 1, 2
	)
	SELECT c.instance_name, c.day, sum(c.messages)::integer
	FROM counted c
	GROUP BY c.instance_name, c.day
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
