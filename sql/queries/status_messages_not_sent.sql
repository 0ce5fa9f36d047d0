-- A page of a campaign's messages in a state that few rows are in, by an index of
-- those (message_logs_02_not_sent).
-- $1 uuid: tenant; $2 uuid: campaign; $3 text: status, one of the five below; $4 text:
-- error_code, NULL: any; $5 uuid: after this id, NULL: from the first; $6
-- integer: how many.
-- A row each, by id, which is the order of their slots: the columns of the
-- message, times in milliseconds since 1970 and, for people, some of them
-- again as text in the tenant's time zone (scheduled_local, sent_local,
-- delivered_local, read_local).  No locks.
SELECT m.id, m.phone_number, m.instance_name, m.status, m.message_type,
       m.template_index, m.message_content, m.error_code, m.error_message,
       m.retry_count, m.evolution_key,
       (extract(epoch FROM m.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM m.queued_at) * 1000)::bigint AS queued_at_ms,
       (extract(epoch FROM m.sent_at) * 1000)::bigint AS sent_at_ms,
       (extract(epoch FROM m.delivered_at) * 1000)::bigint AS delivered_at_ms,
       (extract(epoch FROM m.read_at) * 1000)::bigint AS read_at_ms,
       (extract(epoch FROM m.replied_at) * 1000)::bigint AS replied_at_ms,
       to_char(m.scheduled_for AT TIME ZONE z.timezone, z.form)
		AS scheduled_local,
       to_char(m.sent_at AT TIME ZONE z.timezone, z.form) AS sent_local,
       to_char(m.delivered_at AT TIME ZONE z.timezone, z.form)
		AS delivered_local,
       to_char(m.read_at AT TIME ZONE z.timezone, z.form) AS read_local
FROM public.message_logs_dispara_lead_saas_02 m
CROSS JOIN (
	SELECT coalesce((
		SELECT t.timezone
		FROM public.tenant_settings_dispara_lead_saas_02 t
		WHERE t.tenant_id = $1::uuid), 'America/Sao_Paulo')
		AS timezone, 'DD/MM/YYYY HH24:MI:SS'::text AS form) z
WHERE m.tenant_id = $1::uuid AND m.campaign_id = $2::uuid
  AND m.generation IS NOT NULL
  AND m.status = $3::text
  AND m.status IN ('failed', 'uncertain', 'cancelled', 'suppressed',
		   'expired')
  AND ($4::text IS NULL OR m.error_code = $4::text)
  AND m.id > coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY m.id
LIMIT $6::integer;
