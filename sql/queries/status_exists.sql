-- Whether the tenant has a campaign: one row of one table.
-- $1 uuid: campaign.
-- One row of no meaning, none where the tenant (app.tenant_id) has no such
-- campaign.  No locks.
-- Plan: generic.
SELECT true AS is_found
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.id = $1::uuid AND c.engine = 1
  AND c.tenant_id =
	nullif(current_setting('app.tenant_id', true), '')::uuid;
