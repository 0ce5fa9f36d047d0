-- SPDX-License-Identifier: MIT
--
-- What only the database knows of the whole installation, for GET /metrics:
-- every figure is a count over a partial index or one entry of an index, so
-- that a scrape costs the same however many rows there are.

-- Campaigns that stand still, with the reason.
CALL disparalead.add_index('campaigns_02_paused', false,
	'ON public.campaigns_dispara_lead_saas_02 (status_reason) '
	'WHERE engine = 1 AND status = ''paused''');

-- A line for each figure: its family, a label's value where the family has
-- one, the value. No locks.
--   campaigns_live                      pending and processing
--   campaigns_paused {reason}           '' where a person paused them
--   messages_uncertain
--   queue_overdue_seconds               of the queued message that is most late
--   publish_overdue_seconds             of the pending one, lanes parked left out
--   lanes_parked {reason}
--   outbox_waiting                      clean-ups and announcements not done
--   local_queue_dead_letters            counted up to 10,000
--   ledger_mismatches, ledger_checked_timestamp_seconds   absent before the
--                                       first whole check
CREATE OR REPLACE FUNCTION disparalead.gauges()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT 'campaigns_live', NULL, count(*)
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.engine = 1 AND c.status IN ('pending', 'processing')
	UNION ALL
	SELECT 'campaigns_paused', coalesce(c.status_reason, ''), count(*)
	FROM public.campaigns_dispara_lead_saas_02 c
	WHERE c.engine = 1 AND c.status = 'paused'
	GROUP BY 2
	UNION ALL
	SELECT 'messages_uncertain', NULL, count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.generation IS NOT NULL AND m.status = 'uncertain'
	UNION ALL
	SELECT 'queue_overdue_seconds', NULL,
	       coalesce(greatest(extract(epoch FROM clock_timestamp()
			- min(m.scheduled_for)), 0), 0)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.generation IS NOT NULL AND m.status = 'queued'
	UNION ALL
	SELECT 'publish_overdue_seconds', NULL,
	       coalesce(greatest(extract(epoch FROM clock_timestamp()
			- min(p.scheduled_for)), 0), 0)
	FROM public.campaigns_dispara_lead_saas_02 c
	CROSS JOIN LATERAL (
		SELECT m.scheduled_for
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status = 'pending'
		  AND NOT EXISTS (
			SELECT FROM public.lanes_dispara_lead_saas_02 l
			WHERE l.instance_name = m.instance_name
			  AND (l.parked_until > clock_timestamp()
			       OR coalesce(l.state, 'open') <> 'open'))
		ORDER BY m.scheduled_for LIMIT 1) p
	WHERE c.engine = 1 AND c.status IN ('pending', 'processing')
	UNION ALL
	SELECT 'lanes_parked', coalesce(l.parked_reason, ''), count(*)
	FROM public.lanes_dispara_lead_saas_02 l
	WHERE l.parked_until IS NOT NULL
	  AND l.parked_until > clock_timestamp()
	GROUP BY 2
	UNION ALL
	SELECT 'outbox_waiting', NULL, count(*)
	FROM public.outbox_dispara_lead_saas_02 o
	WHERE o.done_at IS NULL
	UNION ALL
	SELECT 'local_queue_dead_letters', NULL, count(*)
	FROM (SELECT FROM local_queue.dead_letters LIMIT 10000) d
	UNION ALL
	SELECT 'ledger_mismatches', NULL, s.ledger_mismatches
	FROM disparalead.sweeper s
	WHERE s.ledger_mismatches IS NOT NULL
	UNION ALL
	SELECT 'ledger_checked_timestamp_seconds', NULL,
	       extract(epoch FROM s.ledger_checked_at)
	FROM disparalead.sweeper s
	WHERE s.ledger_checked_at IS NOT NULL
$$;
