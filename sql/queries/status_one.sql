-- Everything about one campaign but its lanes, of one moment.
-- $1 uuid: tenant; $2 uuid: campaign.
-- One row, none where the tenant has no such campaign.  Times in milliseconds
-- since 1970, NULL where there is none.  campaign_id, name, status,
-- status_reason text; version bigint; counters and error_counts of the
-- campaign's row; delay_min, delay_max integer (seconds); pending, sending,
-- uncertain bigint: rows counted by partial index; overdue: of pending and
-- queued rows, those with their slot behind them; first_at_ms, last_at_ms: the
-- campaign's slots, from the launch's answer and what still waits (before
-- there is an answer, from the rows); next_at_ms: the next slot that waits;
-- recent: rows sent in the last five minutes; first_sent_ms.  No locks.
SELECT c.id AS campaign_id, c.name, c.status, c.status_reason, c.version,
       c.total_messages, c.sent_count, c.failed_count, c.cancelled_count,
       c.suppressed_count, c.expired_count, c.delivered_count, c.read_count,
       c.error_counts, c.delay_min, c.delay_max,
       (extract(epoch FROM c.created_at) * 1000)::bigint AS created_at_ms,
       (extract(epoch FROM c.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM c.started_at) * 1000)::bigint AS started_at_ms,
       (extract(epoch FROM c.completed_at) * 1000)::bigint AS completed_at_ms,
       p.rows AS pending, s.rows AS sending, u.rows AS uncertain,
       p.overdue + q.overdue AS overdue,
       (extract(epoch FROM CASE WHEN c.launch_answer ? 'first_at'
		THEN (c.launch_answer ->> 'first_at')::timestamptz
		ELSE a.first_slot END) * 1000)::bigint AS first_at_ms,
       (extract(epoch FROM greatest(p.last_slot, q.last_slot,
		CASE WHEN c.launch_answer ? 'last_at'
		THEN (c.launch_answer ->> 'last_at')::timestamptz
		ELSE a.last_slot END)) * 1000)::bigint AS last_at_ms,
       (extract(epoch FROM least(p.next_slot, q.next_slot)) * 1000)::bigint
		AS next_at_ms,
       (extract(epoch FROM greatest(p.last_slot, q.last_slot)) * 1000)::bigint
		AS last_waiting_ms,
       r.rows AS recent,
       (extract(epoch FROM f.first_sent) * 1000)::bigint AS first_sent_ms,
       (extract(epoch FROM now()) * 1000)::bigint AS now_ms
FROM public.campaigns_dispara_lead_saas_02 c
CROSS JOIN LATERAL (
	SELECT count(*) AS rows, min(m.scheduled_for) AS next_slot,
	       max(m.scheduled_for) AS last_slot,
	       count(*) FILTER (WHERE m.scheduled_for <= now()) AS overdue
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'pending') p
CROSS JOIN LATERAL (
	SELECT (SELECT min(m.scheduled_for)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
		  AND m.generation IS NOT NULL AND m.status = 'queued')
			AS next_slot,
	       (SELECT max(m.scheduled_for)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
		  AND m.generation IS NOT NULL AND m.status = 'queued')
			AS last_slot,
	       (SELECT count(*)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
		  AND m.generation IS NOT NULL AND m.status = 'queued'
		  AND m.scheduled_for <= now()) AS overdue) q
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sending') s
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'uncertain') u
CROSS JOIN LATERAL (
	SELECT count(*) AS rows
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sent'
	  AND m.sent_at > now() - interval '5 minutes') r
CROSS JOIN LATERAL (
	SELECT min(m.sent_at) AS first_sent
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND m.status = 'sent') f
LEFT JOIN LATERAL (
	SELECT min(m.scheduled_for) AS first_slot,
	       max(m.scheduled_for) AS last_slot
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
	  AND m.generation IS NOT NULL AND c.launch_answer IS NULL) a ON true
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1;
