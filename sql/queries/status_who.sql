-- Who asks, and the versions of the campaigns that are asked for.
-- $1 uuid[]: the users; $2 uuid[]: the tenants that their requests name, or
-- NULL; $3 uuid[]: the campaigns, or NULL.
-- A row for each, item bigint from 1: result, tenant_id, role as of
-- resolve_user_tenant; version bigint, NULL where that tenant has no such
-- campaign.  No locks.
SELECT r.item, r.result, r.tenant_id, r.role, r.version
FROM disparalead.resolve_user_tenants($1::uuid[], $2::uuid[], $3::uuid[]) r;
