-- A page of a tenant's campaigns, the newest first, in the short form.
-- $1 uuid: tenant; $2 bigint: created_at of the last one seen, microseconds
-- since 1970, NULL: from the newest; $3 uuid: its id; $4 integer: how many.
-- A row each: counters of the campaign's row; created_at_us bigint; is_moving
-- boolean: something was sent in the last five minutes.  No locks.
-- A look for each campaign: EXISTS the planner may turn into one that reads what
-- everybody has ever sent.
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
WHERE c.tenant_id = $1::uuid AND c.engine = 1 AND c.kind = 'campaign'
  AND (c.created_at, c.id) < (
	coalesce('epoch'::timestamptz
		 + $2::bigint * interval '1 microsecond', 'infinity'),
	coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY c.created_at DESC, c.id DESC
LIMIT $4::integer;
