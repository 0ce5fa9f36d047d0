-- SPDX-License-Identifier: MIT
-- The next rows of a live campaign to publish, by slot.
-- $1 uuid: tenant; $2 uuid: campaign; $3 integer: its run, none where another
-- action came after it; $4 timestamptz and $5 uuid: behind this slot and id,
-- or NULL; $6 integer: slots within so many seconds; $7 integer: at most so
-- many rows. Rows as delivery/publication.h says, and slot timestamptz.
-- No locks: what is published twice has one deduplication id.
SELECT m.id, m.campaign_id, c.run, m.generation, m.instance_name,
       m.phone_number, m.message_content, m.message_type, l.gap_seconds,
       ceil(extract(epoch FROM m.scheduled_for))::bigint AS not_before,
       m.scheduled_for AS slot
FROM public.campaigns_dispara_lead_saas_02 c
JOIN public.message_logs_dispara_lead_saas_02 m
  ON m.tenant_id = c.tenant_id AND m.campaign_id = c.id
JOIN public.lanes_dispara_lead_saas_02 l
  ON l.tenant_id = c.tenant_id AND l.instance_name = m.instance_name
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1
  AND c.run = $3::integer AND c.status IN ('pending', 'processing')
  AND m.generation IS NOT NULL AND m.status = 'pending'
  AND m.publish_count = 0
  AND (m.scheduled_for, m.id) > (coalesce($4::timestamptz, '-infinity'),
	coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
  AND m.scheduled_for < clock_timestamp() + make_interval(secs => $6::integer)
  AND coalesce(l.parked_until, '-infinity') <= clock_timestamp()
ORDER BY m.scheduled_for, m.id
LIMIT $7::integer;
