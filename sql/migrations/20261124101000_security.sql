-- SPDX-License-Identifier: MIT
--
-- Row-level security: the second wall behind the tenant_id in every query.
--
-- A program that serves a tenant's users sets the tenant for its transaction,
-- set_config('app.tenant_id', ..., true), and sees that tenant's rows only;
-- without it, none. The policies are for the group role disparalead_program,
-- whose members sql/roles.sql makes: what other roles may do in tables of the
-- existing product stays as it was.

-- Roles belong to the cluster: see the tables' migration.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
		       WHERE rolname = 'disparalead_program') THEN
		CREATE ROLE disparalead_program NOLOGIN;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END
$$;

GRANT USAGE ON SCHEMA disparalead TO disparalead_program;

-- Puts the wall round a table: "tenant" is its column that holds the tenant.
-- Two policies, because the existing product's own ones may let PUBLIC see
-- more, and permissive policies add up: one lets the programs in, the
-- restrictive one keeps them to the tenant. A table that had row-level
-- security off was the existing product's and stays open to the roles that
-- could read it.
CREATE OR REPLACE PROCEDURE disparalead.wall_in(target regclass, tenant text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	condition CONSTANT text := format('%I = (SELECT nullif('
		'current_setting(''app.tenant_id'', true), '''')::uuid)', tenant);
BEGIN
	IF NOT (SELECT relrowsecurity FROM pg_class WHERE oid = target) THEN
		CALL disparalead.alter_table(format(
			'CREATE POLICY existing_access ON %1$s TO PUBLIC '
			'USING (true) WITH CHECK (true); '
			'ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY', target));
	END IF;
	IF NOT EXISTS (SELECT FROM pg_policy
		       WHERE polrelid = target
			 AND polname = 'disparalead_tenant') THEN
		CALL disparalead.alter_table(format(
			'CREATE POLICY disparalead_tenant ON %1$s '
			'TO disparalead_program USING (%2$s) WITH CHECK (%2$s); '
			'CREATE POLICY disparalead_tenant_only ON %1$s '
			'AS RESTRICTIVE TO disparalead_program '
			'USING (%2$s) WITH CHECK (%2$s)', target, condition));
	END IF;
END
$$;
REVOKE ALL ON PROCEDURE disparalead.wall_in(regclass, text) FROM PUBLIC;

CALL disparalead.wall_in('public.tenants_dispara_lead_saas_02', 'id');
CALL disparalead.wall_in('public.users_dispara_lead_saas_02', 'tenant_id');
CALL disparalead.wall_in('public.user_tenant_memberships_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.instances_dispara_lead_saas_02', 'tenant_id');
CALL disparalead.wall_in('public.campaigns_dispara_lead_saas_02', 'tenant_id');
CALL disparalead.wall_in('public.message_logs_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.campaign_templates_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.lanes_dispara_lead_saas_02', 'tenant_id');
CALL disparalead.wall_in('public.suppressions_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.campaign_journal_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.tenant_settings_dispara_lead_saas_02',
	'tenant_id');
CALL disparalead.wall_in('public.outbox_dispara_lead_saas_02', 'tenant_id');

-- Supabase grants every new table of "public" to the roles of its HTTP API.
-- Our own tables are reached through our programs only.
DO $$
DECLARE
	api_role text;
BEGIN
	FOR api_role IN SELECT rolname FROM pg_catalog.pg_roles
			WHERE rolname IN ('anon', 'authenticated')
	LOOP
		EXECUTE format('REVOKE ALL ON '
			'public.campaign_templates_dispara_lead_saas_02, '
			'public.lanes_dispara_lead_saas_02, '
			'public.suppressions_dispara_lead_saas_02, '
			'public.campaign_journal_dispara_lead_saas_02, '
			'public.tenant_settings_dispara_lead_saas_02, '
			'public.outbox_dispara_lead_saas_02 FROM %I', api_role);
	END LOOP;
END
$$;
