-- A page of a campaign's messages.
-- $1 uuid: tenant; $2 uuid: campaign; $3 text: status, NULL: any; $4 text:
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
FROM disparalead.message_page($1::uuid, $2::uuid, $3::text, $4::text,
	$5::uuid, $6::integer) WITH ORDINALITY AS p(id, place)
JOIN public.message_logs_dispara_lead_saas_02 m
  ON m.tenant_id = $1::uuid AND m.id = p.id
CROSS JOIN (
	SELECT coalesce((
		SELECT t.timezone
		FROM public.tenant_settings_dispara_lead_saas_02 t
		WHERE t.tenant_id = $1::uuid), 'America/Sao_Paulo')
		AS timezone, 'DD/MM/YYYY HH24:MI:SS'::text AS form) z
ORDER BY p.place;
