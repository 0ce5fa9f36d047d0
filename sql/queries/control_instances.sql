-- SPDX-License-Identifier: MIT
-- The instances of a campaign, in their order.
-- $1 uuid: tenant; $2 uuid: campaign. Rows: name text. No locks.
SELECT i.name
FROM public.campaigns_dispara_lead_saas_02 c
CROSS JOIN LATERAL unnest(c.instances) WITH ORDINALITY AS i(name, place)
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1
ORDER BY i.place;
