-- How numbers were when last heard of: what a preview warns of.
-- $1 uuid: tenant; $2 text[]: instance names.
-- A row for each that has ever been used, by name: instance_name text,
-- state text (NULL: unknown). No locks.
SELECT l.instance_name, l.state
FROM public.lanes_dispara_lead_saas_02 l
WHERE l.tenant_id = $1::uuid AND l.instance_name = ANY ($2::text[])
ORDER BY l.instance_name;
