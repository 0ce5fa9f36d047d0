-- Whether a campaign is what a client has already: one row of one table.
-- $1 uuid: tenant; $2 uuid: campaign.
-- One row, none where the tenant has no such campaign: version bigint.
-- No locks.
SELECT c.version
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND c.engine = 1;
