-- SPDX-License-Identifier: MIT
--
-- Who a user is, in PL/pgSQL: a function in SQL that is not a part of its
-- statement is parsed and planned at each call, and this one is called at each
-- request.

-- The tenant that a user acts for: one row.
--   ok               tenant_id and role (owner, admin, member)
--   not_a_member     unknown user, none, or not the requested one
--   tenant_required  several, and none was requested
-- Memberships decide: only the active ones count. A user without any row there
-- (the existing product came late to that table) has one tenant, his own.
CREATE OR REPLACE FUNCTION disparalead.resolve_user_tenant(user_id uuid,
	requested uuid)
RETURNS TABLE (result text, tenant_id uuid, role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	tenants uuid[];
	roles text[];
BEGIN
	SELECT array_agg(m.tenant_id), array_agg(m.role) INTO tenants, roles
	FROM public.user_tenant_memberships_dispara_lead_saas_02 m
	WHERE m.user_id = $1 AND m.status = 'active'
	  AND ($2 IS NULL OR m.tenant_id = $2);
	IF tenants IS NULL THEN
		SELECT array_agg(t.id), array_agg(CASE
			WHEN u.role IN ('owner', 'admin') THEN u.role
			ELSE 'member' END)
		INTO tenants, roles
		FROM public.users_dispara_lead_saas_02 u
		JOIN public.tenants_dispara_lead_saas_02 t
		  ON t.id = coalesce(u.current_tenant_id, u.tenant_id)
		WHERE u.id = $1 AND ($2 IS NULL OR t.id = $2)
		  AND NOT EXISTS (SELECT FROM
			public.user_tenant_memberships_dispara_lead_saas_02 m
			WHERE m.user_id = $1);
	END IF;
	CASE coalesce(cardinality(tenants), 0)
	WHEN 0 THEN
		result := 'not_a_member';
	WHEN 1 THEN
		result := 'ok';
		tenant_id := tenants[1];
		role := roles[1];
	ELSE
		result := 'tenant_required';
	END CASE;
	RETURN NEXT;
END
$$;
