-- Which of these instances are not the tenant's alone.
-- $1 uuid: tenant; $2 text[]: instance names.
-- A row each: instance_name text; none where all may be used. No locks.
SELECT f.instance_name
FROM disparalead.launch_foreign_instances($1::uuid, $2::text[]) AS f;
