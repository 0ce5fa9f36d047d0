-- SPDX-License-Identifier: MIT
-- How many of these are messages of the campaign.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid[]: ids. One row: n bigint. No
-- locks.
SELECT count(*) AS n
FROM public.message_logs_dispara_lead_saas_02 m
WHERE m.tenant_id = $1::uuid AND m.campaign_id = $2::uuid
  AND m.generation IS NOT NULL AND m.id = ANY ($3::uuid[]);
