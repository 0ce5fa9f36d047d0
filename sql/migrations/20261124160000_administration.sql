-- SPDX-License-Identifier: MIT
--
-- What an administrator does from the command line: tenants, their owners,
-- their WhatsApp numbers. Each may be run again.

-- Makes "member" an active owner of "tenant"; the user's row is made where
-- there is none (on Supabase the sign-up makes it). False: no such tenant.
CREATE OR REPLACE FUNCTION disparalead.make_owner(member uuid, tenant uuid)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM FROM public.tenants_dispara_lead_saas_02 t
	WHERE t.id = tenant FOR KEY SHARE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF NOT EXISTS (SELECT FROM auth.users u WHERE u.id = member) THEN
		INSERT INTO auth.users (id) VALUES (member)
		ON CONFLICT DO NOTHING;
	END IF;
	INSERT INTO public.user_tenant_memberships_dispara_lead_saas_02 AS m
		(user_id, tenant_id, role, status)
	VALUES (member, tenant, 'owner', 'active')
	ON CONFLICT (user_id, tenant_id) DO UPDATE
	SET role = 'owner', status = 'active', updated_at = clock_timestamp()
	WHERE m.role <> 'owner' OR m.status <> 'active';
	RETURN true;
END
$$;

-- A new tenant, with its owner where one is given.
CREATE OR REPLACE FUNCTION disparalead.add_tenant(tenant_name text, owner uuid)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made uuid;
BEGIN
	INSERT INTO public.tenants_dispara_lead_saas_02 (name)
	VALUES (tenant_name) RETURNING id INTO made;
	IF owner IS NOT NULL THEN
		PERFORM disparalead.make_owner(owner, made);
	END IF;
	RETURN made;
END
$$;

-- Gives a WhatsApp number, by its name at Evolution, to a tenant. With a
-- token, Evolution is called with it instead of the global key.
--   added, updated   done
--   unknown_tenant   nothing done
--   taken            another tenant has that name; nothing done
-- The lock serialises two calls for one name: the table of the existing
-- product has no unique key on it.
CREATE OR REPLACE FUNCTION disparalead.add_instance(tenant uuid, instance text,
	token text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key CONSTANT jsonb := jsonb_build_object('token', token);
BEGIN
	PERFORM pg_advisory_xact_lock(
		hashtextextended('disparalead.instance:' || instance, 0));
	IF NOT EXISTS (SELECT FROM public.tenants_dispara_lead_saas_02 t
		       WHERE t.id = tenant) THEN
		RETURN 'unknown_tenant';
	END IF;
	IF EXISTS (SELECT FROM public.instances_dispara_lead_saas_02 i
		   WHERE i.instance_name = instance
		     AND i.tenant_id IS DISTINCT FROM tenant) THEN
		RETURN 'taken';
	END IF;
	UPDATE public.instances_dispara_lead_saas_02 i
	SET metadata = CASE WHEN token IS NULL THEN i.metadata
			    ELSE coalesce(i.metadata, '{}') || key END,
	    updated_at = clock_timestamp()
	WHERE i.instance_name = instance AND i.tenant_id = tenant;
	IF FOUND THEN
		RETURN 'updated';
	END IF;
	INSERT INTO public.instances_dispara_lead_saas_02
		(tenant_id, instance_name, metadata)
	VALUES (tenant, instance, CASE WHEN token IS NOT NULL THEN key END);
	RETURN 'added';
END
$$;

REVOKE ALL ON FUNCTION disparalead.make_owner(uuid, uuid),
	disparalead.add_tenant(text, uuid),
	disparalead.add_instance(uuid, text, text) FROM PUBLIC;
