-- The tenant that a signed-in user acts for.
-- $1 uuid: the user; $2 uuid: the tenant that the request names, or NULL.
-- One row: result text (ok, not_a_member, tenant_required), tenant_id uuid,
-- role text (owner, admin, member).  No locks.
SELECT r.result, r.tenant_id, r.role
FROM disparalead.resolve_user_tenants(ARRAY[$1::uuid], ARRAY[$2::uuid], NULL) r;
