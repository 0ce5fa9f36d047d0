-- The tenant that a signed-in user acts for; and what holds until the end of
-- the transaction: that tenant for row-level security (none: nothing is let
-- through), and how plans are chosen.
-- $1 uuid: the user; $2 uuid: the tenant that the request names, or NULL;
-- $3 text: plan_cache_mode.
-- One row: result text (ok, not_a_member, tenant_required), tenant_id uuid,
-- role text (owner, admin, member), and two of no meaning.  No locks.
SELECT r.result, r.tenant_id, r.role,
       pg_catalog.set_config('app.tenant_id', coalesce(r.tenant_id::text, ''),
		true),
       pg_catalog.set_config('plan_cache_mode', $3::text, true)
FROM disparalead.resolve_user_tenant($1::uuid, $2::uuid) r;
