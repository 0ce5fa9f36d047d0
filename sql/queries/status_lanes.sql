-- The WhatsApp numbers of a campaign, in the order of its rotation, and what
-- waits on each.
-- $1 uuid: tenant; $2 uuid: campaign; $3 integer: START_MARGIN_MS.
-- A row each: instance_name text; state text (as Evolution last said it, NULL:
-- unknown, which counts as open); is_parked boolean; parked_until_ms bigint
-- (NULL: not parked, or until it opens); reason text (why it is parked);
-- sent_today bigint (since midnight in the tenant's time zone, whatever the
-- campaign); daily_cap integer (of today, warm-up included; NULL: none);
-- has_calendar boolean: there is a window or a cap to keep to.
-- Of the campaign: first_ms, last_ms bigint: the first and last slot that
-- waits; overdue bigint: how many have come;
-- pending_later bigint: of pending rows, those to come; next_ms bigint: the
-- first slot to come; queued_next_ms, queued_last_ms bigint: the first and last
-- one of queued rows alone.
-- capped_until_ms bigint: today's cap does not admit all that waits for today,
-- or nothing more while some waits for later: when the rest goes on.
-- Of other live campaigns on that number, where something of this one waits on
-- it (20 campaigns; of each the first 10,000 pending rows and of queued ones
-- 1,000 on a number, more where a cap is higher): others_overdue, others_later
-- (slot up to last_ms), others_after bigint, others_last_ms bigint.
-- gap_ms bigint: least time between two starts; free_ms bigint: no start before;
-- call_ms bigint: the middle one of the last 20 sends, where something waits.
-- Times in milliseconds since 1970, NULL where there is none.  No locks.
-- Slots are compared and ordered together with their number, so that only the
-- index of both will do: the one by slot alone would be walked through
-- everybody's, or the campaign's sorted for each number.
-- Plan: generic.
WITH campaign AS MATERIALIZED (
	SELECT c.id, c.instances, c.send_window,
	       c.status IN ('pending', 'processing') AS is_live
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1
), settings AS MATERIALIZED (
	SELECT z.timezone, t.send_window, t.daily_cap, t.warmup_enabled,
	       t.warmup_first_day, t.warmup_growth_percent,
	       (now() AT TIME ZONE z.timezone)::date AS today,
	       ((now() AT TIME ZONE z.timezone)::date)::timestamp
		AT TIME ZONE z.timezone AS midnight,
	       ((now() AT TIME ZONE z.timezone)::date + 1)::timestamp
		AT TIME ZONE z.timezone AS tomorrow
	FROM (SELECT 1) one
	LEFT JOIN public.tenant_settings_dispara_lead_saas_02 t
	  ON t.tenant_id = $1::uuid
	CROSS JOIN LATERAL (SELECT coalesce(t.timezone, 'America/Sao_Paulo')
		AS timezone) z
), pending AS MATERIALIZED (
	SELECT m.instance_name, min(m.scheduled_for) AS first_slot,
	       max(m.scheduled_for) AS last_slot,
	       min(m.scheduled_for) FILTER (WHERE m.scheduled_for > now())
		AS next_slot,
	       min(m.scheduled_for) FILTER (WHERE m.scheduled_for >= s.tomorrow)
		AS tomorrow_slot,
	       count(*) FILTER (WHERE m.scheduled_for < s.tomorrow) AS today,
	       count(*) FILTER (WHERE m.scheduled_for <= now()) AS overdue,
	       count(*) FILTER (WHERE m.scheduled_for > now()) AS later
	FROM public.message_logs_dispara_lead_saas_02 m
	CROSS JOIN settings s
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = $2::uuid
	  AND m.generation IS NOT NULL AND m.status = 'pending'
	GROUP BY m.instance_name
), others AS MATERIALIZED (
	SELECT x.id, x.instances
	FROM public.campaigns_dispara_lead_saas_02 x
	JOIN campaign c ON c.is_live AND x.instances && c.instances
	 AND x.id <> c.id
	WHERE x.tenant_id = $1::uuid AND x.engine = 1
	  AND x.status IN ('pending', 'processing')
	LIMIT 20
), others_pending AS MATERIALIZED (
	-- Read once for all numbers: no index of pending rows has the number.
	SELECT t.instance_name, array_agg(t.scheduled_for) AS slots
	FROM others x
	CROSS JOIN LATERAL (
		SELECT m.instance_name, m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = x.id
		  AND m.generation IS NOT NULL AND m.status = 'pending'
		ORDER BY m.scheduled_for
		LIMIT 10000) t
	GROUP BY t.instance_name
)
SELECT n.instance_name, l.state, k.is_parked,
       CASE WHEN k.is_parked AND l.parked_until > now()
		 AND l.parked_until < 'infinity'
	    THEN (extract(epoch FROM nullif(l.parked_until, 'infinity'))
		  * 1000)::bigint END AS parked_until_ms,
       CASE WHEN k.is_parked THEN l.parked_reason END AS reason,
       (SELECT count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.instance_name = n.instance_name
	  AND m.generation IS NOT NULL AND m.status = 'sent'
	  AND m.sent_at >= s.midnight) AS sent_today,
       d.cap AS daily_cap,
       c.send_window IS NOT NULL OR s.send_window IS NOT NULL
	OR l.daily_cap IS NOT NULL OR s.daily_cap IS NOT NULL
	OR coalesce(s.warmup_enabled, false) AS has_calendar,
       (extract(epoch FROM w.first_slot) * 1000)::bigint AS first_ms,
       (extract(epoch FROM w.last_slot) * 1000)::bigint AS last_ms,
       coalesce(p.overdue, 0) + q.overdue AS overdue,
       coalesce(p.later, 0) AS pending_later,
       (extract(epoch FROM least(p.next_slot, q.next_slot)) * 1000)::bigint
		AS next_ms,
       (extract(epoch FROM q.next_slot) * 1000)::bigint AS queued_next_ms,
       CASE WHEN q.next_slot IS NOT NULL
	    THEN (extract(epoch FROM e.last_slot) * 1000)::bigint END
		AS queued_last_ms,
       CASE WHEN NOT k.is_parked AND w.last_slot IS NOT NULL
		 AND (d.begun >= d.cap OR d.begun + y.today > d.cap
		      OR d.begun + y.today = d.cap
			 AND w.last_slot >= s.tomorrow)
	    THEN (extract(epoch FROM coalesce(least(p.tomorrow_slot,
			y.tomorrow_slot), s.tomorrow)) * 1000)::bigint END
		AS capped_until_ms,
       o.overdue AS others_overdue, o.later AS others_later,
       o.after_last AS others_after,
       (extract(epoch FROM o.last_slot) * 1000)::bigint AS others_last_ms,
       CASE WHEN l.gap_seconds > 0 THEN l.gap_seconds * 1000::bigint
	    + $3::integer ELSE 0 END AS gap_ms,
       (extract(epoch FROM CASE WHEN l.gap_seconds > 0 THEN l.last_start_at
	+ l.gap_seconds * interval '1 s' END) * 1000)::bigint + $3::integer
		AS free_ms,
       (SELECT (extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (
		ORDER BY r.sent_at - r.claimed_at)) * 1000)::bigint
	FROM (SELECT m.sent_at, m.claimed_at
	      FROM public.message_logs_dispara_lead_saas_02 m
	      WHERE m.tenant_id = $1::uuid AND c.is_live
		AND w.last_slot IS NOT NULL
		AND m.instance_name = n.instance_name
		AND m.generation IS NOT NULL AND m.status = 'sent'
	      ORDER BY m.sent_at DESC LIMIT 20) r) AS call_ms
FROM campaign c
CROSS JOIN settings s
CROSS JOIN LATERAL unnest(c.instances)
	WITH ORDINALITY AS n(instance_name, place)
LEFT JOIN public.lanes_dispara_lead_saas_02 l
  ON l.tenant_id = $1::uuid AND l.instance_name = n.instance_name
CROSS JOIN LATERAL (
	SELECT coalesce(l.parked_until > now(), false)
	       OR coalesce(l.state, 'open') <> 'open' AS is_parked) k
CROSS JOIN LATERAL (
	SELECT CASE WHEN l.daily_cap IS NOT NULL OR s.daily_cap IS NOT NULL
			 OR s.warmup_enabled
		    THEN disparalead.cap_of_day(l.daily_cap, s.daily_cap,
			s.warmup_enabled, s.warmup_first_day,
			s.warmup_growth_percent,
			coalesce(l.first_start_on, s.today), s.today) END
			AS cap,
	       CASE WHEN l.started_on = s.today THEN l.started_today ELSE 0 END
			AS begun) d
LEFT JOIN pending p ON p.instance_name = n.instance_name
LEFT JOIN others_pending z ON z.instance_name = n.instance_name
-- OFFSET 0: looked up once, not wherever a column of it stands.
CROSS JOIN LATERAL (
	SELECT (SELECT m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid
		  AND m.campaign_id = $2::uuid
		  AND m.generation IS NOT NULL AND m.status = 'queued'
		  AND (m.instance_name, m.scheduled_for)
			>= (n.instance_name, '-infinity'::timestamptz)
		  AND (m.instance_name, m.scheduled_for)
			<= (n.instance_name, 'infinity'::timestamptz)
		ORDER BY m.instance_name, m.scheduled_for
		LIMIT 1) AS first_slot,
	       (SELECT m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid
		  AND m.campaign_id = $2::uuid
		  AND m.generation IS NOT NULL AND m.status = 'queued'
		  AND (m.instance_name, m.scheduled_for)
			>= (n.instance_name, '-infinity'::timestamptz)
		  AND (m.instance_name, m.scheduled_for)
			<= (n.instance_name, 'infinity'::timestamptz)
		ORDER BY m.instance_name DESC, m.scheduled_for DESC
		LIMIT 1) AS last_slot
	OFFSET 0) e
CROSS JOIN LATERAL (
	SELECT CASE WHEN e.first_slot > now() THEN e.first_slot
		    WHEN e.last_slot > now() THEN (
			SELECT m.scheduled_for
			FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.tenant_id = $1::uuid
			  AND m.campaign_id = $2::uuid
			  AND m.generation IS NOT NULL AND m.status = 'queued'
			  AND (m.instance_name, m.scheduled_for)
				>= (n.instance_name, now() + interval '1 us')
			  AND (m.instance_name, m.scheduled_for)
				<= (n.instance_name, 'infinity'::timestamptz)
			ORDER BY m.instance_name, m.scheduled_for
			LIMIT 1) END AS next_slot,
	       CASE WHEN e.first_slot <= now() THEN (
			SELECT count(*)
			FROM public.message_logs_dispara_lead_saas_02 m
			WHERE m.tenant_id = $1::uuid
			  AND m.campaign_id = $2::uuid
			  AND m.generation IS NOT NULL AND m.status = 'queued'
			  AND (m.instance_name, m.scheduled_for)
				>= (n.instance_name, '-infinity'::timestamptz)
			  AND (m.instance_name, m.scheduled_for)
				<= (n.instance_name, now()))
		    ELSE 0 END AS overdue
	OFFSET 0) q
CROSS JOIN LATERAL (
	SELECT least(p.first_slot, e.first_slot) AS first_slot,
	       greatest(p.last_slot, e.last_slot) AS last_slot) w
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE t.scheduled_for <= now()) AS overdue,
	       count(*) FILTER (WHERE t.scheduled_for > now()
				AND t.scheduled_for <= w.last_slot) AS later,
	       count(*) FILTER (WHERE t.scheduled_for > now()
				AND t.scheduled_for > w.last_slot)
			AS after_last,
	       max(t.scheduled_for) AS last_slot,
	       count(*) FILTER (WHERE t.scheduled_for < s.tomorrow) AS today
	FROM (SELECT r.scheduled_for
	      FROM others x
	      CROSS JOIN LATERAL (
		SELECT m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = x.id
		  AND m.generation IS NOT NULL AND m.status = 'queued'
		  AND m.instance_name = n.instance_name
		LIMIT 1000 + coalesce(d.cap, 0)) r
	      WHERE n.instance_name = ANY (x.instances)
		AND w.last_slot IS NOT NULL
	      UNION ALL
	      SELECT unnest(z.slots)
	      WHERE w.last_slot IS NOT NULL) t) o
-- What waits for today, of this campaign's queued rows up to one more than the
-- cap.
CROSS JOIN LATERAL (
	SELECT CASE WHEN d.cap IS NOT NULL
		    THEN coalesce(p.today, 0) + o.today + (
			SELECT count(*)
			FROM (SELECT
			      FROM public.message_logs_dispara_lead_saas_02 m
			      WHERE m.tenant_id = $1::uuid
				AND m.campaign_id = $2::uuid
				AND m.generation IS NOT NULL
				AND m.status = 'queued'
				AND (m.instance_name, m.scheduled_for)
					>= (n.instance_name,
					    '-infinity'::timestamptz)
				AND (m.instance_name, m.scheduled_for)
					< (n.instance_name, s.tomorrow)
			      LIMIT d.cap + 1) t) END AS today,
	       (SELECT m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE d.cap IS NOT NULL AND m.tenant_id = $1::uuid
		  AND m.campaign_id = $2::uuid
		  AND m.generation IS NOT NULL AND m.status = 'queued'
		  AND (m.instance_name, m.scheduled_for)
			>= (n.instance_name, s.tomorrow)
		  AND (m.instance_name, m.scheduled_for)
			<= (n.instance_name, 'infinity'::timestamptz)
		ORDER BY m.instance_name, m.scheduled_for
		LIMIT 1) AS tomorrow_slot
	OFFSET 0) y
ORDER BY n.place;
