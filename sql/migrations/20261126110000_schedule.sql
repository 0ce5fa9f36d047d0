-- SPDX-License-Identifier: MIT
--
-- What /status needs to tell a campaign's end from its schedule: what waits on
-- each number, and the open times and caps of the coming days.

-- Drops an index of ours that lacks something, so that add_index makes it anew.
CREATE OR REPLACE PROCEDURE disparalead.drop_index_without(name text,
	what text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF pg_get_indexdef(to_regclass(format('public.%I', name)))
	   NOT LIKE '%' || what || '%' THEN
		CALL disparalead.alter_table(format('DROP INDEX public.%I',
			name));
	END IF;
END
$$;

-- The first and last slot that the queue holds of each number, and how many
-- are behind.
CALL disparalead.drop_index_without('message_logs_02_queued', 'instance_name');
CALL disparalead.add_index('message_logs_02_queued', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, instance_name, scheduled_for) '
	'WHERE generation IS NOT NULL AND status = ''queued'' '
	'AND campaign_id IS NOT NULL');
-- As before in the order of slots, for the sweeper; counted by number without
-- reading the rows.
CALL disparalead.drop_index_without('message_logs_02_pending', 'INCLUDE');
CALL disparalead.add_index('message_logs_02_pending', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, scheduled_for) INCLUDE (instance_name) '
	'WHERE generation IS NOT NULL AND status = ''pending''');
-- The campaigns that share a tenant's numbers.
CALL disparalead.add_index('campaigns_02_tenant_live', false,
	'ON public.campaigns_dispara_lead_saas_02 (tenant_id) '
	'WHERE engine = 1 AND status IN (''pending'', ''processing'')');

-- A calendar without what is used up: rows as campaign_calendar says, but
-- "used".
CREATE OR REPLACE FUNCTION disparalead.open_days(tenant uuid,
	send_window jsonb, instances text[], from_at timestamptz,
	until_at timestamptz)
RETURNS TABLE (kind text, n integer, at_s bigint, until_s bigint,
	amount integer)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
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
		WHEN t.send_window IS NULL AND $2 IS NULL THEN 0
		WHEN (disparalead.window_parts(t.send_window)).is_local
		     OR (disparalead.window_parts($2)).is_local THEN 4
		ELSE 1 END;
	RETURN QUERY SELECT 'window', NULL::integer, NULL::bigint,
		NULL::bigint, places;
	RETURN QUERY
	SELECT 'open', p.place, ceil(extract(epoch FROM lower(r)))::bigint,
	       floor(extract(epoch FROM upper(r)))::bigint - 5,
	       NULL::integer
	FROM generate_series(0, places - 1) AS p(place)
	CROSS JOIN LATERAL unnest(disparalead.open_times(t.send_window, $2,
		t.zone, p.place, from_at, until_at)) AS r
	WHERE upper(r) - lower(r) > interval '10 s'
	ORDER BY p.place, lower(r);

	IF t.daily_cap IS NULL AND NOT t.is_warming AND NOT EXISTS (
		SELECT FROM public.lanes_dispara_lead_saas_02 l
		WHERE l.instance_name = ANY ($3) AND l.tenant_id = $1
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
		    FROM unnest($3) WITH ORDINALITY AS i(name, place)
		    LEFT JOIN public.lanes_dispara_lead_saas_02 l
		      ON l.instance_name = i.name AND l.tenant_id = $1
		    CROSS JOIN generate_series(0, last_day - first_day) AS k) d
	     ) c
	WHERE c.day = first_day OR c.cap IS DISTINCT FROM c.cap_before
	ORDER BY c.n, c.day;
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
	zone CONSTANT text := coalesce((
		SELECT s.timezone
		FROM public.tenant_settings_dispara_lead_saas_02 s
		WHERE s.tenant_id = $1), 'America/Sao_Paulo');
	first_day CONSTANT date := (from_at AT TIME ZONE zone)::date;
	has_days boolean := false;
	r record;
BEGIN
	FOR kind, n, at_s, until_s, amount IN
		SELECT * FROM disparalead.open_days($1, $3, $4, from_at,
			until_at) LOOP
		has_days := has_days OR kind = 'day';
		RETURN NEXT;
	END LOOP;
	IF NOT has_days THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT 'used', i.place::integer - 1, (u.day - first_day)::bigint,
	       NULL::bigint, u.messages
	FROM disparalead.lane_days($4, $1, $2, zone) u
	JOIN unnest($4) WITH ORDINALITY AS i(name, place)
	  ON i.name = u.instance_name
	WHERE u.day BETWEEN first_day
		AND (until_at AT TIME ZONE zone)::date
	ORDER BY i.place, u.day;
END
$$;

-- The same from now on for some days (at most 400), and "used" only of what
-- was begun today: what waits is the caller's to lay out. Reads no message.
CREATE OR REPLACE FUNCTION disparalead.coming_calendar(tenant uuid,
	send_window jsonb, instances text[], days integer)
RETURNS TABLE (kind text, n integer, at_s bigint, until_s bigint,
	amount integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT d.kind, d.n, d.at_s, d.until_s, d.amount
	FROM disparalead.open_days($1, $2, $3, now(),
		now() + least(days, 400) * interval '24 hours') d
	UNION ALL
	SELECT 'used', i.place::integer - 1, 0, NULL, l.started_today
	FROM unnest($3) WITH ORDINALITY AS i(name, place)
	JOIN public.lanes_dispara_lead_saas_02 l
	  ON l.instance_name = i.name AND l.tenant_id = $1
	WHERE l.started_on = (now() AT TIME ZONE coalesce((
		SELECT s.timezone
		FROM public.tenant_settings_dispara_lead_saas_02 s
		WHERE s.tenant_id = $1), 'America/Sao_Paulo'))::date
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
