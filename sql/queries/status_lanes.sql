-- The WhatsApp numbers of a campaign, in the order of its rotation.
-- $1 uuid: tenant; $2 uuid: campaign.
-- A row each: instance_name text; state text (as Evolution last said it, NULL:
-- unknown, which counts as open); is_parked boolean; parked_until_ms bigint
-- (NULL: not parked, or until it opens); reason text (why it is parked);
-- sent_today bigint (since midnight in the tenant's time zone, whatever the
-- campaign); daily_cap integer (NULL: none).  No locks.
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
	  AND m.sent_at >= (
		SELECT date_trunc('day', now() AT TIME ZONE z.timezone)
		       AT TIME ZONE z.timezone
		FROM (SELECT coalesce((
			SELECT t.timezone
			FROM public.tenant_settings_dispara_lead_saas_02 t
			WHERE t.tenant_id = $1::uuid), 'America/Sao_Paulo')
			AS timezone) z)) AS sent_today,
       coalesce(l.daily_cap, (
	SELECT t.daily_cap
	FROM public.tenant_settings_dispara_lead_saas_02 t
	WHERE t.tenant_id = $1::uuid)) AS daily_cap
FROM public.campaigns_dispara_lead_saas_02 c
CROSS JOIN LATERAL unnest(c.instances)
	WITH ORDINALITY AS n(instance_name, place)
LEFT JOIN public.lanes_dispara_lead_saas_02 l
  ON l.tenant_id = $1::uuid AND l.instance_name = n.instance_name
CROSS JOIN LATERAL (
	SELECT coalesce(l.parked_until > now(), false)
	       OR coalesce(l.state, 'open') <> 'open' AS is_parked) k
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1
ORDER BY n.place;
