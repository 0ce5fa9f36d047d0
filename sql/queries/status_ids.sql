-- Several campaigns of a tenant, in the order asked for, in the short form.
-- $1 uuid: tenant; $2 uuid[]: campaigns.
-- A row for each that the tenant has, as status_list gives it.  No locks.
SELECT c.id AS campaign_id, c.name, c.status, c.status_reason,
       c.total_messages, c.sent_count, c.failed_count, c.cancelled_count,
       c.suppressed_count, c.expired_count, c.delivered_count, c.read_count,
       (extract(epoch FROM c.created_at) * 1000000)::bigint AS created_at_us,
       (extract(epoch FROM c.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM c.started_at) * 1000)::bigint AS started_at_ms,
       (extract(epoch FROM c.completed_at) * 1000)::bigint AS completed_at_ms,
       c.status IN ('pending', 'processing') AND coalesce((
		SELECT true
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.tenant_id = $1::uuid AND m.campaign_id = c.id
		  AND m.generation IS NOT NULL AND m.status = 'sent'
		  AND m.sent_at > now() - interval '5 minutes'
		LIMIT 1), false) AS is_moving
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.tenant_id = $1::uuid AND c.engine = 1 AND c.id = ANY ($2::uuid[])
ORDER BY array_position($2::uuid[], c.id);
