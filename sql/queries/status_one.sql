-- Everything about one campaign but its lanes, of one moment.
-- $1 uuid: campaign.
-- One row, none where the tenant (app.tenant_id) has no such campaign.  Times
-- in milliseconds since 1970, NULL where there is none.  campaign_id, name,
-- status, status_reason text; version bigint; counters and error_counts of the
-- campaign's row; spacing_ms bigint: the average of its slots on one number;
-- send_window jsonb; pending, sending, uncertain bigint: rows counted by partial
-- index; first_at_ms, last_at_ms: the campaign's slots, from the launch's answer
-- (before there is one, from the rows); recent: rows sent in the last five
-- minutes; first_sent_ms; now_ms: that moment.  What waits: status_lanes.  No
-- locks.
-- A look at the rows each, not a join with them: then the campaign's columns do
-- not pass through every one.  The campaign is the tenant's, and so are its
-- rows; where they were compared once more, each look had a node more as well.
-- Plan: generic.
SELECT c.id AS campaign_id, c.name, c.status, c.status_reason, c.version,
       c.total_messages, c.sent_count, c.failed_count, c.cancelled_count,
       c.suppressed_count, c.expired_count, c.delivered_count, c.read_count,
       c.error_counts, c.send_window,
       (c.delay_min + c.delay_max) * 500::bigint
		* CASE c.pacing WHEN 'instance' THEN 1
		  ELSE cardinality(c.instances) END AS spacing_ms,
       (extract(epoch FROM c.created_at) * 1000)::bigint AS created_at_ms,
       (extract(epoch FROM c.scheduled_for) * 1000)::bigint
		AS scheduled_for_ms,
       (extract(epoch FROM c.started_at) * 1000)::bigint AS started_at_ms,
       (extract(epoch FROM c.completed_at) * 1000)::bigint AS completed_at_ms,
       (SELECT count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
	  AND m.status = 'pending') AS pending,
       (SELECT count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
	  AND m.status = 'sending') AS sending,
       (SELECT count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
	  AND m.status = 'uncertain') AS uncertain,
       (extract(epoch FROM CASE
		WHEN c.launch_answer ? 'first_at'
		THEN (c.launch_answer ->> 'first_at')::timestamptz
		WHEN c.launch_answer IS NULL
		THEN (SELECT min(m.scheduled_for)
		      FROM public.message_logs_dispara_lead_saas_02 m
		      WHERE m.campaign_id = c.id AND m.generation IS NOT NULL)
		END) * 1000)::bigint AS first_at_ms,
       (extract(epoch FROM CASE
		WHEN c.launch_answer ? 'last_at'
		THEN (c.launch_answer ->> 'last_at')::timestamptz
		WHEN c.launch_answer IS NULL
		THEN (SELECT max(m.scheduled_for)
		      FROM public.message_logs_dispara_lead_saas_02 m
		      WHERE m.campaign_id = c.id AND m.generation IS NOT NULL)
		END) * 1000)::bigint AS last_at_ms,
       (SELECT count(*)
	FROM public.message_logs_dispara_lead_saas_02 m
	WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
	  AND m.status = 'sent'
	  AND m.sent_at > now() - interval '5 minutes') AS recent,
       (extract(epoch FROM (
		SELECT min(m.sent_at)
		FROM public.message_logs_dispara_lead_saas_02 m
		WHERE m.campaign_id = c.id AND m.generation IS NOT NULL
		  AND m.status = 'sent')) * 1000)::bigint AS first_sent_ms,
       (extract(epoch FROM now()) * 1000)::bigint AS now_ms
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.id = $1::uuid AND c.engine = 1
  AND c.tenant_id =
	nullif(current_setting('app.tenant_id', true), '')::uuid;
