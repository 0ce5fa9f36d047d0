-- SPDX-License-Identifier: MIT
--
-- The existing product's database without its message table: shapes, foreign
-- keys, policies, and rows, all invented. Loaded before the migrations by the
-- tests of adoption; data/existing-messages.sql follows it once a table.
DO $$
BEGIN
	CREATE ROLE anon NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
	CREATE ROLE authenticated NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
	GRANT ALL ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
	GRANT ALL ON FUNCTIONS TO anon, authenticated;

CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
	$$SELECT nullif(current_setting('request.jwt.sub', true), '')::uuid$$;

CREATE TABLE plans_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL,
	description text, price numeric, limits jsonb DEFAULT '{}');
CREATE TABLE tenants_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL,
	plan_id uuid REFERENCES plans_dispara_lead_saas_02 (id),
	status text DEFAULT 'active',
	owner_id uuid REFERENCES auth.users (id) ON DELETE SET NULL,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(), slug text);
CREATE TABLE users_dispara_lead_saas_02 (
	id uuid PRIMARY KEY,
	tenant_id uuid REFERENCES tenants_dispara_lead_saas_02 (id),
	current_tenant_id uuid REFERENCES tenants_dispara_lead_saas_02 (id)
		ON DELETE SET NULL,
	email text, full_name text, avatar_url text,
	role text DEFAULT 'member', is_super_admin boolean DEFAULT false,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now());
CREATE TABLE user_tenant_memberships_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
	tenant_id uuid NOT NULL REFERENCES tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('invited', 'active', 'disabled')),
	invited_by uuid, created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(), UNIQUE (user_id, tenant_id));
CREATE TABLE instances_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	tenant_id uuid REFERENCES tenants_dispara_lead_saas_02 (id),
	instance_name text NOT NULL, status text DEFAULT 'disconnected',
	qrcode text, qrcode_generated_at timestamptz, metadata jsonb,
	uazapi_instance_id text, last_connected_at timestamptz,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(), UNIQUE (id, tenant_id));

CREATE TABLE campaigns_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	tenant_id uuid REFERENCES tenants_dispara_lead_saas_02 (id),
	user_id uuid REFERENCES users_dispara_lead_saas_02 (id),
	name text NOT NULL, status text DEFAULT 'draft',
	target_audience text, creative text, total_messages integer DEFAULT 0,
	instances text[], delay_min integer, delay_max integer,
	is_scheduled boolean DEFAULT false, scheduled_for timestamptz,
	started_at timestamptz, completed_at timestamptz,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(),
	media_url text, media_type text,
	sent_count integer NOT NULL DEFAULT 0,
	failed_count integer NOT NULL DEFAULT 0,
	content_configuration jsonb);
CREATE INDEX ON campaigns_dispara_lead_saas_02
	(tenant_id, status, created_at DESC);
CREATE INDEX ON campaigns_dispara_lead_saas_02 (status, created_at DESC);
CREATE INDEX ON campaigns_dispara_lead_saas_02 (created_at)
	WHERE status IN ('pending', 'processing');

-- The existing policies: one for everybody that calls auth.uid(), and
-- instances with row-level security left off.
CREATE FUNCTION get_my_tenant_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, auth AS
	$$SELECT tenant_id FROM users_dispara_lead_saas_02
	  WHERE id = auth.uid()$$;
ALTER TABLE campaigns_dispara_lead_saas_02 ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON campaigns_dispara_lead_saas_02
	USING (tenant_id = get_my_tenant_id() OR user_id = auth.uid());
CREATE POLICY everybody_reads ON campaigns_dispara_lead_saas_02
	FOR SELECT USING (name = 'Aberta a todos');

CREATE TABLE contacts_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid,
	phone text NOT NULL, last_message_at timestamptz,
	UNIQUE (tenant_id, phone));
CREATE TABLE messages_dispara_lead_saas_02 (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid,
	uazapi_message_id text UNIQUE, body text CHECK (body <> 'veneno'),
	direction text CHECK (direction IN ('inbound', 'outbound')));

INSERT INTO plans_dispara_lead_saas_02 (id, name)
VALUES ('90000000-0000-4000-8000-000000000001', 'Essencial');
INSERT INTO tenants_dispara_lead_saas_02 (id, name, plan_id)
VALUES ('a0000000-0000-4000-8000-000000000001', 'Loja Um',
	'90000000-0000-4000-8000-000000000001'),
       ('a0000000-0000-4000-8000-000000000002', 'Loja Dois', NULL);
INSERT INTO auth.users
VALUES ('b0000000-0000-4000-8000-000000000001', 'ana@example.com'),
       ('b0000000-0000-4000-8000-000000000002', 'rui@example.com');
-- The third has no row in auth.users: the column has no foreign key there.
INSERT INTO users_dispara_lead_saas_02 (id, tenant_id, current_tenant_id, role)
VALUES ('b0000000-0000-4000-8000-000000000001',
	'a0000000-0000-4000-8000-000000000001', NULL, 'owner'),
       ('b0000000-0000-4000-8000-000000000002',
	'a0000000-0000-4000-8000-000000000001',
	'a0000000-0000-4000-8000-000000000002', 'member'),
       ('b0000000-0000-4000-8000-000000000003',
	'a0000000-0000-4000-8000-000000000002', NULL, 'admin');
INSERT INTO user_tenant_memberships_dispara_lead_saas_02
	(user_id, tenant_id, role, status)
VALUES ('b0000000-0000-4000-8000-000000000001',
	'a0000000-0000-4000-8000-000000000001', 'owner', 'active'),
       ('b0000000-0000-4000-8000-000000000002',
	'a0000000-0000-4000-8000-000000000001', 'member', 'disabled'),
       ('b0000000-0000-4000-8000-000000000002',
	'a0000000-0000-4000-8000-000000000002', 'admin', 'active');
-- One name twice with one tenant, another with two.
INSERT INTO instances_dispara_lead_saas_02
	(tenant_id, instance_name, status, metadata)
VALUES ('a0000000-0000-4000-8000-000000000001', 'loja-um', 'connected',
	'{"token": "segredo-da-loja-um"}'),
       ('a0000000-0000-4000-8000-000000000001', 'loja-um', NULL, NULL),
       ('a0000000-0000-4000-8000-000000000001', 'repetida', NULL, NULL),
       ('a0000000-0000-4000-8000-000000000002', 'repetida', NULL, NULL);
-- Ten campaigns at work, and one of every odd kind: without tenant, a draft,
-- without status, delays the wrong way round, a user unknown to auth.users.
INSERT INTO campaigns_dispara_lead_saas_02
	(id, tenant_id, user_id, name, status, total_messages, instances,
	 delay_min, delay_max, started_at)
SELECT ('c0000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
       'a0000000-0000-4000-8000-000000000001',
       'b0000000-0000-4000-8000-000000000001', 'Antiga ' || i, 'processing',
       1000, ARRAY['loja-um'], 30, 60, now() - interval '3 days'
FROM generate_series(1, 10) AS i;
INSERT INTO campaigns_dispara_lead_saas_02
	(id, tenant_id, user_id, name, status, delay_min, delay_max,
	 content_configuration)
VALUES ('c0000000-0000-4000-8000-000000000101', NULL, NULL, 'Sem dono',
	'processing', NULL, NULL, NULL),
       ('c0000000-0000-4000-8000-000000000102',
	'a0000000-0000-4000-8000-000000000001',
	'b0000000-0000-4000-8000-000000000002', 'Rascunho', 'draft', 60, 30,
	'{"use_ai": true, "messages": [{"type": "texto", "content": "Oi"}]}'),
       ('c0000000-0000-4000-8000-000000000103',
	'a0000000-0000-4000-8000-000000000002',
	'b0000000-0000-4000-8000-000000000003', 'Sem estado', NULL, -1, 999999,
	NULL),
       ('c0000000-0000-4000-8000-000000000104',
	'a0000000-0000-4000-8000-000000000002', NULL, 'Aberta a todos',
	'completed', 1, 2, NULL);
