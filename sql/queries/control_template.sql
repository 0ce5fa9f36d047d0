-- SPDX-License-Identifier: MIT
-- A template of a campaign. $1 uuid: tenant; $2 uuid: campaign; $3 integer:
-- its index. A row, none where there is no such: type, text, media_url,
-- file_name text. No locks.
SELECT t.type, t.text, t.media_url, t.file_name
FROM public.campaign_templates_dispara_lead_saas_02 t
WHERE t.tenant_id = $1::uuid AND t.campaign_id = $2::uuid
  AND t.template_index = $3::integer;
