-- Everything about one campaign but its lanes, of one moment.
-- $1 uuid: campaign.
-- One row, none where the tenant (app.tenant_id) has no such campaign.  Times
-- in milliseconds since 1970, NULL where there is none.  campaign_id, name,
-- status, status_reason text; version bigint; counters and error_counts of the
-- campaign's row; spacing_ms bigint: the average of its slots on one number;
-- instances text[]; send_window jsonb; pending, sending, uncertain bigint: rows
-- counted by partial index; first_at_ms, last_at_ms: the campaign's slots, from
-- the launch's answer (before there is one, from the rows); recent: rows sent
-- in the last five minutes; first_sent_ms.  What waits: status_lanes.  No locks.
-- Plan: generic.
SELECT c.id AS campaign_id, c.name, c.status, c.status_reason, c.version,
       c.total_messages, c.sent_count, c.failed_count, c.cancelled_count,
       c.suppressed_count, c.expired_count, c.delivered_count, c.read_count,
       c.error_counts, c.instances, c.send_window,
       (c.delay_min + c.delay_max) * 500::bigint
		* CASE c.pacing WHEN 'instance' THEN 1
		  ELSE cardinality(c.instances) END AS spacing_ms,
       (extract(epoch FROM c.created_at) * 1000)::bigint AS created_at_ms,
       (extract(epoch FROM c.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM c.started_at) * 1000)::bigint AS started_at_ms,
       (extract(epoch FROM c.completed_at) * 1000)::bigint AS completed_at_ms,
       p.rows AS pending, s.rows AS sending, u.rows AS uncertain,
       (extract(epoch FROM CASE WHEN c.launch_answer ? 'first_at'
		THEN (c.launch_answer ->> 'first_at')::timestamptz
		ELSE a.first_slot END) * 1000)::bigint AS first_at_ms,
       (extract(epoch FROM CASE WHEN c.launch_answer ? 'last_at'
		THEN (c.launch_answer ->> 'last_at')::timestamptz
		ELSE a.last_slot END) * 1000)::bigint AS last_at_ms,
       r.rows AS recent,
       (extract(epoch FROM f.first_sent) * 1000)::bigint AS first_sent_ms,
       (extract(epoch FROM now()) * 1000)::bigint AS now_ms
FROM public.campaigns_dispara_lead_saas_02 c
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'pending') p
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sending') s
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'uncertain') u
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sent'
	  AND m.sent_at > now() - interval '5 minutes') r
CROSS JOIN LATERAL (
	SELECT min(m.sent_at) AS first_sent
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sent') f
LEFT JOIN LATERAL (
	SELECT min(m.scheduled_for) AS first_slot,
	       max(m.scheduled_for) AS last_slot
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND c.launch_answer IS NULL) a ON true
WHERE c.id = $1::uuid AND c.engine = 1
  AND c.tenant_id =
	nullif(current_setting('app.tenant_id', true), '')::uuid;
