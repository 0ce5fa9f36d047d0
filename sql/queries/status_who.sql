-- Who asks for a campaign, and whether it is what the client has already.
-- $1 uuid: the user; $2 uuid: the tenant that the request names, or NULL;
-- $3 uuid: campaign.
-- One row: result, tenant_id, role as of resolve_user_tenant; version bigint,
-- NULL where that tenant has no such campaign.  No locks.
SELECT r.result, r.tenant_id, r.role, r.version
FROM disparalead.resolve_user_tenant($1::uuid, $2::uuid, $3::uuid) r;
