-- Whether a campaign is what a client has already: one row of one table.
-- $1 uuid: campaign.
-- One row, none where the tenant (app.tenant_id) has no such campaign:
-- version bigint.  No locks.
-- Plan: generic.
SELECT c.version
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.id = $1::uuid AND c.engine = 1
  AND c.tenant_id =
	nullif(current_setting('app.tenant_id', true), '')::uuid;
