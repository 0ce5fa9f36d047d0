-- SPDX-License-Identifier: MIT
-- What the interleavings need of a migrated database: two numbers, two
-- campaigns that begin again when they have ended, and what must hold.

INSERT INTO public.tenants_dispara_lead_saas_02 (id, name)
VALUES ('eeeeeeee-0000-4000-8000-000000000000', 'Modelo');
INSERT INTO public.instances_dispara_lead_saas_02 (tenant_id, instance_name)
SELECT t.id, 'lane-' || i
FROM public.tenants_dispara_lead_saas_02 t, generate_series(0, 1) i;
INSERT INTO public.lanes_dispara_lead_saas_02 (tenant_id, instance_name)
SELECT t.id, 'lane-' || i
FROM public.tenants_dispara_lead_saas_02 t, generate_series(0, 1) i;

-- Two new campaigns of six messages each, due now, on both numbers.
CREATE FUNCTION public.begin_again() RETURNS void
LANGUAGE sql
AS $$
	DELETE FROM public.campaigns_dispara_lead_saas_02;
	UPDATE public.lanes_dispara_lead_saas_02
	SET parked_until = NULL, breaker_state = 'closed', breaker_faults = 0,
	    breaker_opened_count = 0, reserved_until = NULL;
	INSERT INTO public.campaigns_dispara_lead_saas_02 (id, tenant_id, name,
		status, engine, total_messages, instances, delay_min, delay_max)
	SELECT gen_random_uuid(), t.id, 'modelo', 'pending', 1, 6,
	       '{lane-0,lane-1}', 0, 0
	FROM public.tenants_dispara_lead_saas_02 t, generate_series(1, 2);
	INSERT INTO public.message_logs_dispara_lead_saas_02 (id, tenant_id,
		campaign_id, phone_number, phone_key, message_content,
		instance_name, message_type, template_index, scheduled_for,
		generation)
	SELECT gen_random_uuid(), c.tenant_id, c.id, '551198888000' || i,
	       '551198888000' || i, 'oi', 'lane-' || i % 2, 'texto', 0,
	       clock_timestamp() - interval '10 s', 1
	FROM public.campaigns_dispara_lead_saas_02 c, generate_series(1, 6) i
$$;

-- What does not hold now, a line each; nobody else is at work.
CREATE FUNCTION public.what_is_wrong() RETURNS SETOF text
LANGUAGE sql STABLE
AS $$
	SELECT format('%s: %s is %s, not %s', d.invariant, d.what, d.recorded,
		d.counted)
	FROM disparalead.ledger_differences() d
	UNION ALL
	SELECT format('4: %s sends %s at once', m.instance_name, count(*))
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.status = 'sending'
	GROUP BY m.instance_name
	HAVING count(*) > 1
	UNION ALL
	SELECT format('5: %s claimed %s, %s since %s', m.id, m.claimed_at,
		c.status, j.at)
	FROM public.campaigns_dispara_lead_saas_02 c
	JOIN public.message_logs_dispara_lead_saas_02 m
	  ON m.campaign_id = c.id
	JOIN LATERAL (
		SELECT max(x.at) AS at
		FROM public.campaign_journal_dispara_lead_saas_02 x
		WHERE x.campaign_id = c.id AND x.action IN ('pause', 'cancel')
	) j ON m.claimed_at > j.at
	WHERE c.status IN ('paused', 'cancelled')
$$;
