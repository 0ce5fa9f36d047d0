-- Whether a launch whose COMMIT was not answered is there.
-- $1 uuid: tenant; $2 uuid: campaign. One row where it is: status text.
-- No locks.
SELECT c.status
FROM public.campaigns_dispara_lead_saas_02 c
WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid;
