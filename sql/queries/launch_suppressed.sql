-- Which of these people must not get messages of the tenant.
-- $1 uuid: tenant; $2 text[]: phone keys.
-- A row each: phone_key text. No locks.
SELECT s.phone_key
FROM public.suppressions_dispara_lead_saas_02 s
WHERE s.tenant_id = $1::uuid AND s.phone_key = ANY ($2::text[]);
