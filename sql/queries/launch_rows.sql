-- What became of a launch, from its rows: for an answer that was lost.
-- $1 uuid: tenant; $2 uuid: campaign.
-- One row, none where the campaign is not there: status text, total integer,
-- suppressed bigint, queued bigint (accepted by the queue at some time),
-- first_at_ms bigint, last_at_ms bigint (slots; NULL where there is none).
-- No locks.
SELECT c.status, c.total_messages AS total,
       count(*) FILTER (WHERE m.scheduled_for IS NULL) AS suppressed,
       count(*) FILTER (WHERE m.queued_at IS NOT NULL) AS queued,
       (extract(epoch FROM min(m.scheduled_for)) * 1000)::bigint
		AS first_at_ms,
       (extract(epoch FROM max(m.scheduled_for)) * 1000)::bigint
		AS last_at_ms
FROM public.campaigns_dispara_lead_saas_02 c
JOIN public.message_logs_dispara_lead_saas_02 m
  ON m.tenant_id = c.tenant_id AND m.campaign_id = c.id
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1
GROUP BY c.id;
