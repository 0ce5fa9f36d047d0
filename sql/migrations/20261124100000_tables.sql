-- SPDX-License-Identifier: MIT
--
-- Every table of the product: columns, defaults, keys, checks, indexes and
-- storage parameters. Row-level security stands in the next migration,
-- functions that move state in the later ones.
--
-- Applies to an empty PostgreSQL 15, to a database that already holds the
-- existing product's tables with rows, and to one that it was applied to
-- before. What is there is looked up in the catalog first, so a second run
-- takes no lock on a table. Rows that are there are never touched:
--   * campaigns.engine and message_logs.generation have no default, so they
--     are NULL in old rows, and whatever moves state asks for
--     engine = 1 and generation IS NOT NULL;
--   * a new foreign key or check is NOT VALID where the table holds rows, and
--     every check lets a row with engine (generation) NULL pass;
--   * a foreign key that leads elsewhere than the one wanted is dropped by the
--     name that the catalog gives, and the right one is added.
--
-- It may run as one transaction or statement by statement.

DO $$
BEGIN
	IF to_regnamespace('disparalead') IS NULL THEN
		CREATE SCHEMA disparalead;
	END IF;
	IF to_regnamespace('auth') IS NULL THEN
		CREATE SCHEMA auth;
	END IF;
END
$$;

-- Roles belong to the cluster: another database's migration may be creating
-- the same one at this moment, which is as good as having created it.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
		       WHERE rolname = 'service_role') THEN
		CREATE ROLE service_role NOLOGIN;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END
$$;

COMMENT ON SCHEMA disparalead IS
	'DisparaLead: functions of the server side; never exposed as RPC';
REVOKE ALL ON SCHEMA disparalead FROM PUBLIC;

------------------------------------------------------------------------------
-- Helpers of the migrations
------------------------------------------------------------------------------

-- Executes one statement that needs a strong lock. It waits for the lock at
-- most 2 seconds, so that the traffic queueing behind it is never held up for
-- longer, and tries again up to 30 times with a growing pause (about 45 s in
-- pauses), then fails with 55P03 and the statement may be run again later.
CREATE OR REPLACE PROCEDURE disparalead.alter_table(command text)
LANGUAGE plpgsql
SET lock_timeout = '2s'
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	attempts CONSTANT integer := 30;
BEGIN
	FOR attempt IN 1..attempts LOOP
		BEGIN
			EXECUTE command;
			RETURN;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			IF attempt = attempts THEN
				RAISE;
			END IF;
		END;
		PERFORM pg_sleep(0.1 * attempt);
	END LOOP;
END
$$;

-- True where the table has no row, so that a constraint may be added as valid.
CREATE OR REPLACE FUNCTION disparalead.table_is_empty(target regclass)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	is_empty boolean;
BEGIN
	EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', target)
		INTO is_empty;
	RETURN is_empty;
END
$$;

-- Adds a column where it is absent. A column with a default is NOT NULL when
-- it is new, unless it is nullable by its kind ("required" false); on a
-- column that was already there the default is set and nothing else changes.
-- The comment says what the column means and its unit.
CREATE OR REPLACE PROCEDURE disparalead.add_column(target regclass,
	name text, kind text, preset text, required boolean, meaning text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_kind text;
	found_preset text;
	position_no smallint;
BEGIN
	SELECT format_type(a.atttypid, a.atttypmod), a.attnum,
	       pg_get_expr(d.adbin, d.adrelid)
	INTO found_kind, position_no, found_preset
	FROM pg_attribute a
	LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid
			      AND d.adnum = a.attnum
	WHERE a.attrelid = target AND a.attname = name
	  AND NOT a.attisdropped;

	IF position_no IS NULL THEN
		CALL disparalead.alter_table(format(
			'ALTER TABLE %s ADD COLUMN %I %s%s%s', target, name, kind,
			coalesce(' DEFAULT ' || preset, ''),
			CASE WHEN required THEN ' NOT NULL' ELSE '' END));
	ELSE
		IF found_kind <> kind THEN
			RAISE WARNING '%.% is of type %, not %', target, name,
				found_kind, kind;
		END IF;
		IF preset IS NOT NULL AND
		   split_part(coalesce(found_preset, ''), '::', 1) <>
		   split_part(preset, '::', 1) THEN
			CALL disparalead.alter_table(format(
				'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s',
				target, name, preset));
		END IF;
	END IF;

	SELECT a.attnum INTO position_no
	FROM pg_attribute a
	WHERE a.attrelid = target AND a.attname = name;
	IF col_description(target, position_no) IS NULL THEN
		CALL disparalead.alter_table(format(
			'COMMENT ON COLUMN %s.%I IS %L', target, name, meaning));
	END IF;
END
$$;

-- Adds a CHECK of that name where the table has none of it.
CREATE OR REPLACE PROCEDURE disparalead.add_check(target regclass, name text,
	condition text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_constraint c
		   WHERE c.conrelid = target AND c.conname = name) THEN
		RETURN;
	END IF;
	CALL disparalead.alter_table(format(
		'ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)%s',
		target, name, condition,
		CASE WHEN disparalead.table_is_empty(target) THEN ''
		     ELSE ' NOT VALID' END));
END
$$;

-- The column numbers of these names, in this order.
CREATE OR REPLACE FUNCTION disparalead.column_numbers(target regclass,
	names text[])
RETURNS smallint[]
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT array_agg(a.attnum ORDER BY n.ordinality)
	FROM unnest(names) WITH ORDINALITY AS n(name, ordinality)
	JOIN pg_attribute a ON a.attrelid = target AND a.attname = n.name
			   AND NOT a.attisdropped
$$;

-- Adds UNIQUE over these columns where no whole-table unique index has them.
CREATE OR REPLACE PROCEDURE disparalead.add_unique(target regclass,
	name text, columns text[])
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted smallint[] := disparalead.column_numbers(target, columns);
BEGIN
	IF EXISTS (SELECT FROM pg_index i
		   WHERE i.indrelid = target AND i.indisunique
		     AND i.indisvalid AND i.indpred IS NULL
		     AND i.indexprs IS NULL
		     AND i.indkey::smallint[] @> wanted
		     AND wanted @> i.indkey::smallint[]) THEN
		RETURN;
	END IF;
	CALL disparalead.alter_table(format(
		'ALTER TABLE %s ADD CONSTRAINT %I UNIQUE (%s)', target, name,
		array_to_string(columns, ', ')));
END
$$;

-- Adds a foreign key over these columns. One over the same columns that leads
-- to another table or column, or does otherwise on DELETE (where "on_delete"
-- is given: CASCADE, SET NULL), is dropped first.
CREATE OR REPLACE PROCEDURE disparalead.add_foreign_key(target regclass,
	columns text[], parent regclass, parent_columns text[], on_delete text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted smallint[] := disparalead.column_numbers(target, columns);
	parent_key smallint[] :=
		disparalead.column_numbers(parent, parent_columns);
	action "char" := CASE on_delete WHEN 'CASCADE' THEN 'c'
					WHEN 'SET NULL' THEN 'n' END;
	is_there boolean := false;
	table_name text;
	found record;
BEGIN
	SELECT relname INTO table_name FROM pg_class WHERE oid = target;
	FOR found IN
		SELECT c.conname, c.confrelid = parent
		       AND c.confkey = parent_key
		       AND (action IS NULL OR c.confdeltype = action) AS is_right
		FROM pg_constraint c
		WHERE c.conrelid = target AND c.contype = 'f'
		  AND c.conkey = wanted
	LOOP
		IF found.is_right THEN
			is_there := true;
		ELSE
			CALL disparalead.alter_table(format(
				'ALTER TABLE %s DROP CONSTRAINT %I',
				target, found.conname));
		END IF;
	END LOOP;
	IF is_there THEN
		RETURN;
	END IF;
	CALL disparalead.alter_table(format(
		'ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s) '
		'REFERENCES %s (%s)%s%s', target,
		table_name || '_' || array_to_string(columns, '_') || '_fkey',
		array_to_string(columns, ', '), parent,
		array_to_string(parent_columns, ', '),
		coalesce(' ON DELETE ' || on_delete, ''),
		CASE WHEN disparalead.table_is_empty(target) THEN ''
		     ELSE ' NOT VALID' END));
END
$$;

-- Creates an index of that name in "public" where it is absent; "definition"
-- is what follows the name: ON table (columns) WHERE ...
CREATE OR REPLACE PROCEDURE disparalead.add_index(name text, is_unique boolean,
	definition text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass(format('public.%I', name)) IS NULL THEN
		CALL disparalead.alter_table(format('CREATE %sINDEX %I %s',
			CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END,
			name, definition));
	END IF;
END
$$;

-- Creates a table where it is absent, with row-level security on at once: so
-- a table of this list that has it off is the existing product's own.
CREATE OR REPLACE PROCEDURE disparalead.add_table(name text, columns text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass(format('public.%I', name)) IS NULL THEN
		EXECUTE format('CREATE TABLE public.%I (%s)', name, columns);
		EXECUTE format('ALTER TABLE public.%I '
			       'ENABLE ROW LEVEL SECURITY', name);
	END IF;
END
$$;

------------------------------------------------------------------------------
-- People, tenants, instances: made only where absent
------------------------------------------------------------------------------

DO $$
BEGIN
	IF to_regclass('auth.users') IS NULL THEN
		CREATE TABLE auth.users (
			id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
			email text,
			created_at timestamptz DEFAULT now());
		COMMENT ON TABLE auth.users IS
			'Stands in for Supabase''s table where there is none';
	END IF;
END
$$;

CALL disparalead.add_table('tenants_dispara_lead_saas_02', $$
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	name text NOT NULL,
	plan_id uuid,
	status text DEFAULT 'active',
	owner_id uuid REFERENCES auth.users (id) ON DELETE SET NULL,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now()
$$);

CALL disparalead.add_table('users_dispara_lead_saas_02', $$
	id uuid PRIMARY KEY,
	tenant_id uuid REFERENCES public.tenants_dispara_lead_saas_02 (id),
	current_tenant_id uuid
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE SET NULL,
	email text,
	full_name text,
	avatar_url text,
	role text DEFAULT 'member',
	is_super_admin boolean DEFAULT false,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now()
$$);
CALL disparalead.add_column('public.users_dispara_lead_saas_02',
	'tenant_id', 'uuid', NULL, false, 'home tenant (legacy)');
CALL disparalead.add_column('public.users_dispara_lead_saas_02',
	'current_tenant_id', 'uuid', NULL, false,
	'the tenant the user is looking at');
CALL disparalead.add_column('public.users_dispara_lead_saas_02',
	'role', 'text', $$'member'$$, false,
	'role in the home tenant: owner, admin, member');

CALL disparalead.add_table('user_tenant_memberships_dispara_lead_saas_02', $$
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
	tenant_id uuid NOT NULL
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	role text NOT NULL DEFAULT 'member'
		CHECK (role IN ('owner', 'admin', 'member')),
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('invited', 'active', 'disabled')),
	invited_by uuid,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(),
	UNIQUE (user_id, tenant_id)
$$);

CALL disparalead.add_table('instances_dispara_lead_saas_02', $$
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	tenant_id uuid REFERENCES public.tenants_dispara_lead_saas_02 (id),
	instance_name text NOT NULL,
	status text DEFAULT 'disconnected',
	qrcode text,
	qrcode_generated_at timestamptz,
	metadata jsonb,
	last_connected_at timestamptz,
	created_at timestamptz DEFAULT now(),
	updated_at timestamptz DEFAULT now(),
	UNIQUE (id, tenant_id)
$$);
CALL disparalead.add_column('public.instances_dispara_lead_saas_02',
	'tenant_id', 'uuid', NULL, false, 'the tenant it belongs to');
CALL disparalead.add_column('public.instances_dispara_lead_saas_02',
	'metadata', 'jsonb', NULL, false,
	'"token" (or "apikey"): the key of this instance at Evolution');
CALL disparalead.add_column('public.instances_dispara_lead_saas_02',
	'created_at', 'timestamp with time zone', 'now()', false,
	'when the row was made');
-- Not unique: the existing product allows one name twice. A name that more
-- than one tenant has belongs to none of them.
CALL disparalead.add_index('instances_02_instance_name', false,
	'ON public.instances_dispara_lead_saas_02 (instance_name, tenant_id)');

------------------------------------------------------------------------------
-- Campaigns: the hot row
------------------------------------------------------------------------------

CALL disparalead.add_table('campaigns_dispara_lead_saas_02',
	'id uuid PRIMARY KEY DEFAULT gen_random_uuid()');

DO $$
DECLARE
	target CONSTANT regclass := 'public.campaigns_dispara_lead_saas_02';
	c record;
BEGIN
	FOR c IN SELECT * FROM (VALUES
('tenant_id', 'uuid', NULL, false, 'the tenant that launched it'),
('user_id', 'uuid', NULL, false, 'who launched it'),
('name', 'text', NULL, false, 'campaignName, at most 200 characters'),
('target_audience', 'text', NULL, false, 'publicTarget'),
('creative', 'text', NULL, false, 'content'),
('status', 'text', $q$'pending'$q$, false,
	'pending, processing, paused, completed, failed, cancelled'),
('total_messages', 'integer', '0', true, 'number of message rows'),
('sent_count', 'integer', '0', true, 'rows in sent'),
('failed_count', 'integer', '0', true, 'rows in failed'),
('instances', 'text[]', NULL, false,
	'instance names in the order of rotation'),
('delay_min', 'integer', NULL, false, 'least gap between slots, seconds'),
('delay_max', 'integer', NULL, false, 'largest gap between slots, seconds'),
('is_scheduled', 'boolean', 'false', false, 'launched with scheduledFor'),
('scheduled_for', 'timestamp with time zone', NULL, false,
	'scheduledFor: when the first slot lies'),
('created_at', 'timestamp with time zone', 'now()', false, 'launch'),
('updated_at', 'timestamp with time zone', 'now()', false,
	'moves with every change'),
('started_at', 'timestamp with time zone', NULL, false,
	'when it first became processing'),
('completed_at', 'timestamp with time zone', NULL, false,
	'when it first came to its end'),
('engine', 'smallint', NULL, false,
	'1: ours; NULL: the existing product''s, never touched'),
('cancelled_count', 'integer', '0', true, 'rows in cancelled'),
('suppressed_count', 'integer', '0', true, 'rows in suppressed'),
('expired_count', 'integer', '0', true, 'rows in expired'),
('delivered_count', 'integer', '0', true, 'rows with delivered_at'),
('read_count', 'integer', '0', true, 'rows with read_at'),
('error_counts', 'jsonb', $q$'{}'$q$, true,
	'{"<error_code>": rows in failed with it}'),
('status_reason', 'text', NULL, false, 'code of why it is paused or ended'),
('run', 'integer', '0', true,
	'goes up with every control action; names the queue label'),
('kind', 'text', $q$'campaign'$q$, true,
	'campaign, or system (confirmations, reports; hidden from lists)'),
('idempotency_key', 'text', NULL, false,
	'Idempotency-Key of the launch, at most 255 characters'),
('request_hash', 'text', NULL, false,
	'SHA-256 of the raw launch body, lower-case hex'),
('launch_answer', 'jsonb', NULL, false,
	'the answer given to the launch, given again to a replay'),
('pacing', 'text', $q$'campaign'$q$, true,
	'campaign: one stream; instance: one stream for each number'),
('send_window', 'jsonb', NULL, false,
	'when messages may start; NULL: the tenant''s window'),
('expires_at', 'timestamp with time zone', NULL, false,
	'rows not claimed by then become expired'),
('on_missing_variable', 'text', $q$'reject'$q$, true,
	'reject, blank, skip'),
('placeholders', 'text', $q$'braces'$q$, true, 'braces, at (both)'),
('version', 'bigint', '1', true, 'moves with every change; the ETag')
	) AS v(name, kind, preset, required, meaning) LOOP
		CALL disparalead.add_column(target, c.name, c.kind, c.preset,
			c.required, c.meaning);
	END LOOP;
END
$$;

-- Counters change thousands of times a campaign: half of each page stays free
-- for new versions of the row, and no counter is in an index (HOT updates).
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class
		       WHERE oid = 'public.campaigns_dispara_lead_saas_02'::regclass
			 AND reloptions @> ARRAY['fillfactor=50']) THEN
		CALL disparalead.alter_table(
			'ALTER TABLE public.campaigns_dispara_lead_saas_02 '
			'SET (fillfactor = 50)');
	END IF;
END
$$;

CALL disparalead.add_unique('public.campaigns_dispara_lead_saas_02',
	'campaigns_dispara_lead_saas_02_tenant_id_id_key',
	ARRAY['tenant_id', 'id']);
CALL disparalead.add_unique('public.campaigns_dispara_lead_saas_02',
	'campaigns_dispara_lead_saas_02_tenant_id_idempotency_key_key',
	ARRAY['tenant_id', 'idempotency_key']);
CALL disparalead.add_foreign_key('public.campaigns_dispara_lead_saas_02',
	ARRAY['tenant_id'], 'public.tenants_dispara_lead_saas_02',
	ARRAY['id'], NULL);
CALL disparalead.add_foreign_key('public.campaigns_dispara_lead_saas_02',
	ARRAY['user_id'], 'auth.users', ARRAY['id'], NULL);

CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_engine_check', 'engine IS NULL OR engine = 1');
CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_required_check', $$engine IS NULL OR (
	tenant_id IS NOT NULL AND name IS NOT NULL AND status IS NOT NULL
	AND instances IS NOT NULL AND delay_min IS NOT NULL
	AND delay_max IS NOT NULL AND is_scheduled IS NOT NULL
	AND created_at IS NOT NULL AND updated_at IS NOT NULL)$$);
CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_counters_check', $$engine IS NULL OR (
	total_messages IS NOT NULL AND sent_count IS NOT NULL
	AND failed_count IS NOT NULL AND cancelled_count IS NOT NULL
	AND suppressed_count IS NOT NULL AND expired_count IS NOT NULL
	AND delivered_count IS NOT NULL AND read_count IS NOT NULL)$$);
CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_status_check', $$engine IS NULL OR status IN ('pending',
	'processing', 'paused', 'completed', 'failed', 'cancelled')$$);
CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_delay_check', $$engine IS NULL OR (
	delay_min BETWEEN 0 AND 86400 AND delay_max BETWEEN 0 AND 86400
	AND delay_min <= delay_max)$$);
CALL disparalead.add_check('public.campaigns_dispara_lead_saas_02',
	'campaigns_options_check', $$engine IS NULL OR (
	kind IN ('campaign', 'system') AND pacing IN ('campaign', 'instance')
	AND on_missing_variable IN ('reject', 'blank', 'skip')
	AND placeholders IN ('braces', 'at'))$$);

CALL disparalead.add_index('campaigns_02_tenant_newest', false,
	'ON public.campaigns_dispara_lead_saas_02 '
	'(tenant_id, created_at DESC, id DESC)');
CALL disparalead.add_index('campaigns_02_live', false,
	'ON public.campaigns_dispara_lead_saas_02 (id) '
	'WHERE engine = 1 AND status IN (''pending'', ''processing'')');

------------------------------------------------------------------------------
-- Message rows
------------------------------------------------------------------------------

CALL disparalead.add_table('message_logs_dispara_lead_saas_02',
	'id uuid PRIMARY KEY');

DO $$
DECLARE
	target CONSTANT regclass := 'public.message_logs_dispara_lead_saas_02';
	c record;
BEGIN
	FOR c IN SELECT * FROM (VALUES
('tenant_id', 'uuid', NULL, false, 'the campaign''s tenant'),
('campaign_id', 'uuid', NULL, false, 'the campaign it belongs to'),
('phone_number', 'text', NULL, false, 'recipient, E.164 digits as sent to'),
('message_content', 'text', NULL, false,
	'the personalised text or caption, as it is sent'),
('instance_name', 'text', NULL, false,
	'the lane it goes out from; NULL where suppressed at launch'),
('status', 'text', $q$'pending'$q$, false,
	'pending, queued, sending, sent, failed, uncertain, cancelled, '
	'suppressed, expired'),
('evolution_key', 'text', NULL, false,
	'key.id of the message at Evolution, from the accepted answer'),
('evolution_response', 'jsonb', NULL, false,
	'the whole last answer, at most 64 KiB; a longer or non-JSON one as '
	'{"http_status", "raw": first 4 KiB, "truncated": true}'),
('error_message', 'text', NULL, false,
	'the provider''s text, 500 characters, no phone, no key'),
('queued_at', 'timestamp with time zone', NULL, false,
	'when the queue accepted this generation'),
('sent_at', 'timestamp with time zone', NULL, false,
	'time of the answer, on failed rows too'),
('retry_count', 'integer', '0', true, 'transient failures so far'),
('message_type', 'text', NULL, false,
	'texto, imagem, video, audio, documento'),
('media_url', 'text', NULL, false, 'https address of the media'),
('file_name', 'text', NULL, false, 'name shown for a document'),
('template_index', 'integer', NULL, false, 'from 0'),
('contact', 'jsonb', NULL, false, 'the contact as the caller gave it'),
('scheduled_for', 'timestamp with time zone', NULL, false,
	'its slot; NULL where suppressed at launch'),
('generation', 'integer', NULL, false,
	'from 1, goes up with every return to pending; the queue''s message '
	'carries the one it was published with; NULL: the existing product''s '
	'row, never touched'),
('attempt', 'integer', '0', true, 'claims so far'),
('claim_token', 'uuid', NULL, false,
	'the fence: made by the delivery that holds the claim'),
('claimed_at', 'timestamp with time zone', NULL, false, 'last claim'),
('lease_expires_at', 'timestamp with time zone', NULL, false,
	'until when the claim holds'),
('publish_count', 'integer', '0', true,
	'publications since the last claim'),
('published_at', 'timestamp with time zone', NULL, false,
	'last attempt to publish; publications back off from it'),
('error_code', 'text', NULL, false, 'stable code of the failure'),
('qstash_message_id', 'text', NULL, false,
	'the queue''s id of this generation''s delivery'),
('delivered_at', 'timestamp with time zone', NULL, false, 'receipt'),
('read_at', 'timestamp with time zone', NULL, false, 'receipt'),
('replied_at', 'timestamp with time zone', NULL, false,
	'first answer of the recipient'),
('phone_key', 'text', NULL, false,
	'the recipient in one spelling: identity for duplicates and opt-outs'),
('created_at', 'timestamp with time zone', 'now()', false, 'launch'),
('updated_at', 'timestamp with time zone', 'now()', false,
	'moves with every change')
	) AS v(name, kind, preset, required, meaning) LOOP
		CALL disparalead.add_column(target, c.name, c.kind, c.preset,
			c.required, c.meaning);
	END LOOP;
END
$$;

CALL disparalead.add_foreign_key('public.message_logs_dispara_lead_saas_02',
	ARRAY['campaign_id'], 'public.campaigns_dispara_lead_saas_02',
	ARRAY['id'], 'CASCADE');
-- A message can't belong to another tenant's campaign. It cascades too: a
-- plain one would be checked before the other's rows are gone.
CALL disparalead.add_foreign_key('public.message_logs_dispara_lead_saas_02',
	ARRAY['tenant_id', 'campaign_id'],
	'public.campaigns_dispara_lead_saas_02',
	ARRAY['tenant_id', 'id'], 'CASCADE');
CALL disparalead.add_unique('public.message_logs_dispara_lead_saas_02',
	'message_logs_02_campaign_phone_template_key',
	ARRAY['campaign_id', 'phone_key', 'template_index']);

CALL disparalead.add_check('public.message_logs_dispara_lead_saas_02',
	'message_logs_required_check', $$generation IS NULL OR (
	tenant_id IS NOT NULL AND campaign_id IS NOT NULL
	AND phone_number IS NOT NULL AND phone_key IS NOT NULL
	AND template_index IS NOT NULL AND status IS NOT NULL
	AND message_type IS NOT NULL AND created_at IS NOT NULL
	AND updated_at IS NOT NULL AND (status = 'suppressed' OR (
	instance_name IS NOT NULL AND scheduled_for IS NOT NULL)))$$);
CALL disparalead.add_check('public.message_logs_dispara_lead_saas_02',
	'message_logs_counters_check', $$generation IS NULL OR (
	generation >= 1 AND retry_count IS NOT NULL AND attempt IS NOT NULL
	AND publish_count IS NOT NULL)$$);
CALL disparalead.add_check('public.message_logs_dispara_lead_saas_02',
	'message_logs_status_check', $$generation IS NULL OR status IN (
	'pending', 'queued', 'sending', 'sent', 'failed', 'uncertain',
	'cancelled', 'suppressed', 'expired')$$);
CALL disparalead.add_check('public.message_logs_dispara_lead_saas_02',
	'message_logs_claim_check', $$generation IS NULL
	OR status <> 'sending' OR (claim_token IS NOT NULL
	AND claimed_at IS NOT NULL AND lease_expires_at IS NOT NULL)$$);
CALL disparalead.add_check('public.message_logs_dispara_lead_saas_02',
	'message_logs_type_check', $$generation IS NULL OR message_type IN (
	'texto', 'imagem', 'video', 'audio', 'documento')$$);

CALL disparalead.add_index('message_logs_02_campaign_id', false,
	'ON public.message_logs_dispara_lead_saas_02 (campaign_id)');
-- Of the rows that ended otherwise than sent. The states that a row passes
-- through have partial indexes of their own; here each would leave a dead entry
-- at each step, which a planner that last counted few rows in that state walks
-- one by one. Those sent are nearly all: by state alone they are found no sooner.
CALL disparalead.add_index('message_logs_02_status', false,
	'ON public.message_logs_dispara_lead_saas_02 (status) '
	'WHERE status NOT IN '
	'(''pending'', ''queued'', ''sending'', ''uncertain'', ''sent'')');
CALL disparalead.add_index('message_logs_02_tenant_id', false,
	'ON public.message_logs_dispara_lead_saas_02 (tenant_id)');
CALL disparalead.add_index('message_logs_02_campaign_status', false,
	'ON public.message_logs_dispara_lead_saas_02 (campaign_id, status)');
-- Pages of messages, by keyset.
CALL disparalead.add_index('message_logs_02_campaign_page', false,
	'ON public.message_logs_dispara_lead_saas_02 (campaign_id, id)');
-- Receipts and "not the key of any row".
CALL disparalead.add_index('message_logs_02_evolution_key', true,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(instance_name, evolution_key) '
	'WHERE generation IS NOT NULL AND evolution_key IS NOT NULL');
-- Of an index of rows in one state, that a column IS NOT NULL is no choice of
-- rows (none is NULL): only a statement that asks for a value of that column can
-- use it. Else one that asks for another column's reads it from end to end where
-- the planner last counted none in that state, which seems to cost as little.
-- What the sweeper publishes; counts of a campaign; its next slot.
CALL disparalead.add_index('message_logs_02_pending', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, scheduled_for) '
	'WHERE generation IS NOT NULL AND status = ''pending''');
-- At most one row of a lane is being sent: the claim sees to it under the
-- lane's lock, and this index makes anything else fail. The sweeper reads it
-- whole for leases that ran out: there are no more entries than numbers.
CALL disparalead.add_index('message_logs_02_sending', true,
	'ON public.message_logs_dispara_lead_saas_02 (instance_name) '
	'WHERE generation IS NOT NULL AND status = ''sending''');
CALL disparalead.add_index('message_logs_02_uncertain', false,
	'ON public.message_logs_dispara_lead_saas_02 '
	'(campaign_id, claimed_at) '
	'WHERE generation IS NOT NULL AND status = ''uncertain''');
CALL disparalead.add_index('message_logs_02_overdue', false,
	'ON public.message_logs_dispara_lead_saas_02 (scheduled_for) '
	'WHERE generation IS NOT NULL AND status = ''queued'' '
	'AND scheduled_for IS NOT NULL');
-- Opt-outs: a tenant's waiting rows of one person.
CALL disparalead.add_index('message_logs_02_waiting_phone', false,
	'ON public.message_logs_dispara_lead_saas_02 (tenant_id, phone_key) '
	'WHERE generation IS NOT NULL AND status IN (''pending'', ''queued'') '
	'AND phone_key IS NOT NULL');
-- Rates; sent today; "accepted before and after" in reconciliation.
CALL disparalead.add_index('message_logs_02_campaign_sent', false,
	'ON public.message_logs_dispara_lead_saas_02 (campaign_id, sent_at) '
	'WHERE generation IS NOT NULL AND status = ''sent'' '
	'AND campaign_id IS NOT NULL');
CALL disparalead.add_index('message_logs_02_lane_sent', false,
	'ON public.message_logs_dispara_lead_saas_02 (instance_name, sent_at) '
	'WHERE generation IS NOT NULL AND status = ''sent'' '
	'AND instance_name IS NOT NULL');

------------------------------------------------------------------------------
-- Tables of our own
------------------------------------------------------------------------------

-- The templates of a campaign, off its hot row.
CALL disparalead.add_table('campaign_templates_dispara_lead_saas_02', $$
	tenant_id uuid NOT NULL,
	campaign_id uuid NOT NULL,
	template_index integer NOT NULL CHECK (template_index >= 0),
	type text NOT NULL CHECK (type IN
		('texto', 'imagem', 'video', 'audio', 'documento')),
	text text,
	media_url text,
	file_name text,
	PRIMARY KEY (campaign_id, template_index),
	FOREIGN KEY (tenant_id, campaign_id)
		REFERENCES public.campaigns_dispara_lead_saas_02 (tenant_id, id)
		ON DELETE CASCADE
$$);
COMMENT ON TABLE public.campaign_templates_dispara_lead_saas_02 IS
	'template_index: from 0, as sent by the caller; text: body or caption '
	'with its placeholders; media_url: https';

-- A row a WhatsApp number. Parked: parked_until > now; 'infinity' means until
-- the instance opens.
CALL disparalead.add_table('lanes_dispara_lead_saas_02', $$
	instance_name text PRIMARY KEY,
	tenant_id uuid NOT NULL
		REFERENCES public.tenants_dispara_lead_saas_02 (id),
	last_start_at timestamptz,
	gap_seconds integer NOT NULL DEFAULT 0
		CHECK (gap_seconds BETWEEN 0 AND 86400),
	state text,
	state_at timestamptz,
	checked_at timestamptz,
	reserved_until timestamptz,
	parked_until timestamptz,
	parked_reason text,
	breaker_state text NOT NULL DEFAULT 'closed'
		CHECK (breaker_state IN ('closed', 'open', 'half_open')),
	breaker_faults integer NOT NULL DEFAULT 0,
	breaker_opened_at timestamptz,
	breaker_opened_count integer NOT NULL DEFAULT 0,
	unauthorized_since timestamptz,
	clock_offset_ms bigint,
	daily_cap integer CHECK (daily_cap > 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
$$);
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.instance_name IS
	'as Evolution knows it';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.last_start_at IS
	'when the last message of this number was begun';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.gap_seconds IS
	'least time between two starts: at least the largest delay_min of the '
	'live campaigns on it; raised by launch and control, lowered only by '
	'the sweeper';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.state IS
	'as Evolution last said it (open, connecting, close); NULL: unknown, '
	'which counts as open';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.state_at IS
	'when Evolution said it';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.checked_at IS
	'last question for connectionState, asked at most once a minute';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.reserved_until IS
	'end of the slots promised to messages that found the lane not free';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.parked_until IS
	'no claim before this; infinity: until the instance opens';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.parked_reason IS
	'stable code of why it is parked';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.breaker_state IS
	'closed: normal; open: parked; half_open: one probe may go';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.breaker_faults IS
	'faults of the instance in a row';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.breaker_opened_at IS
	'when the breaker last opened';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.breaker_opened_count IS
	'openings in a row without a success between';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.unauthorized_since IS
	'first of the 401 answers in a row; NULL after any other answer';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.clock_offset_ms IS
	'Evolution''s Date header less our clock, milliseconds';
COMMENT ON COLUMN public.lanes_dispara_lead_saas_02.daily_cap IS
	'messages a day in the tenant''s time zone; NULL: the tenant''s';
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class
		       WHERE oid = 'public.lanes_dispara_lead_saas_02'::regclass
			 AND reloptions @> ARRAY['fillfactor=50']) THEN
		CALL disparalead.alter_table(
			'ALTER TABLE public.lanes_dispara_lead_saas_02 '
			'SET (fillfactor = 50)');
	END IF;
END
$$;
CALL disparalead.add_index('lanes_02_tenant_id', false,
	'ON public.lanes_dispara_lead_saas_02 (tenant_id)');
CALL disparalead.add_index('lanes_02_parked', false,
	'ON public.lanes_dispara_lead_saas_02 (parked_until) '
	'WHERE parked_until IS NOT NULL');

-- Who must not get messages of a tenant.
CALL disparalead.add_table('suppressions_dispara_lead_saas_02', $$
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id uuid NOT NULL
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	phone_key text NOT NULL,
	reason text NOT NULL,
	source text NOT NULL,
	instance_name text,
	event_key text,
	confirmation_campaign_id uuid,
	created_by uuid,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (tenant_id, phone_key)
$$);
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.phone_key IS
	'the person: E.164 digits in one spelling';
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.reason IS
	'stable code: opt_out, complaint, operator';
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.source IS
	'where it came from: reply, import, dashboard, cli';
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.instance_name IS
	'the number that the reply came to';
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.event_key IS
	'Evolution''s key of the reply, so that it counts once';
COMMENT ON COLUMN
	public.suppressions_dispara_lead_saas_02.confirmation_campaign_id IS
	'the system campaign that confirms it, the one message exempt from it';
COMMENT ON COLUMN public.suppressions_dispara_lead_saas_02.created_by IS
	'the operator who entered it; NULL where the person did';

-- What was done to a campaign, by whom.
CALL disparalead.add_table('campaign_journal_dispara_lead_saas_02', $$
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id uuid NOT NULL,
	campaign_id uuid NOT NULL,
	message_id uuid,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor_user_id uuid,
	actor_program text,
	action text NOT NULL,
	request_id text,
	ip inet,
	result jsonb NOT NULL DEFAULT '{}',
	CHECK (actor_user_id IS NOT NULL OR actor_program IS NOT NULL),
	FOREIGN KEY (tenant_id, campaign_id)
		REFERENCES public.campaigns_dispara_lead_saas_02 (tenant_id, id)
		ON DELETE CASCADE
$$);
COMMENT ON TABLE public.campaign_journal_dispara_lead_saas_02 IS
	'message_id: where one message is meant; actor_user_id or '
	'actor_program: who did it; action: stable code; ip: of the request; '
	'result: what came of it, no message text and no phone';
CALL disparalead.add_index('campaign_journal_02_campaign', false,
	'ON public.campaign_journal_dispara_lead_saas_02 (campaign_id, id)');

CALL disparalead.add_table('tenant_settings_dispara_lead_saas_02', $$
	tenant_id uuid PRIMARY KEY
		REFERENCES public.tenants_dispara_lead_saas_02 (id)
		ON DELETE CASCADE,
	timezone text NOT NULL DEFAULT 'America/Sao_Paulo',
	send_window jsonb,
	daily_cap integer CHECK (daily_cap > 0),
	warmup_enabled boolean NOT NULL DEFAULT false,
	warmup_first_day integer NOT NULL DEFAULT 50
		CHECK (warmup_first_day > 0),
	warmup_growth_percent integer NOT NULL DEFAULT 20
		CHECK (warmup_growth_percent BETWEEN 0 AND 1000),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
$$);
COMMENT ON TABLE public.tenant_settings_dispara_lead_saas_02 IS
	'timezone: IANA name; send_window: when messages may start, NULL: '
	'always; daily_cap: messages a day a number, NULL: none; warmup_*: a '
	'new number''s cap on its first day (messages) and its growth a day '
	'(percent), off by default. A tenant without a row has the defaults.';

-- Work still to be done outside, written with the change that causes it.
CALL disparalead.add_table('outbox_dispara_lead_saas_02', $$
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id uuid NOT NULL,
	campaign_id uuid,
	kind text NOT NULL,
	payload jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	available_at timestamptz NOT NULL DEFAULT now(),
	attempts integer NOT NULL DEFAULT 0,
	last_error text,
	done_at timestamptz,
	FOREIGN KEY (tenant_id, campaign_id)
		REFERENCES public.campaigns_dispara_lead_saas_02 (tenant_id, id)
		ON DELETE CASCADE
$$);
COMMENT ON TABLE public.outbox_dispara_lead_saas_02 IS
	'kind: cancel_label (payload {"label"}: remove that label''s messages '
	'from the queue), announce (the campaign came to its end; payload '
	'{"status"}); available_at: not before; attempts: tries so far; '
	'done_at: NULL while it is to be done';
CALL disparalead.add_index('outbox_02_due', false,
	'ON public.outbox_dispara_lead_saas_02 (available_at) '
	'WHERE done_at IS NULL');
CALL disparalead.add_index('outbox_02_campaign', false,
	'ON public.outbox_dispara_lead_saas_02 (campaign_id)');
-- The end of a campaign is announced once, however often it is reopened.
CALL disparalead.add_index('outbox_02_announce_once', true,
	'ON public.outbox_dispara_lead_saas_02 (campaign_id) '
	'WHERE kind = ''announce''');

------------------------------------------------------------------------------
-- The existing product's chat trigger
------------------------------------------------------------------------------

-- The existing product hangs a trigger on its message table that copies a
-- sent message to its chat tables, in the transaction of the outcome: where
-- the copy failed, the outcome was lost and the message went out again. The
-- trigger is re-created with the same name, events and condition on a copy of
-- its function (a trigger function can't be called from another), whose
-- failure, or wait of more than a second for a lock, is a warning. Where the
-- function names no search_path it gets "public": it runs inside functions
-- that have none. Only the table named _02 is treated.
CREATE OR REPLACE PROCEDURE disparalead.guard_chat_trigger()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	target CONSTANT regclass := 'public.message_logs_dispara_lead_saas_02';
	found record;
	new_call CONSTANT text := 'disparalead.guarded_chat_projection()';
BEGIN
	FOR found IN
		SELECT t.tgname, pg_get_triggerdef(t.oid) AS definition,
		       p.prosrc, p.prosecdef,
		       (SELECT string_agg(format('SET %s TO %s ',
				split_part(c, '=', 1),
				CASE WHEN split_part(c, '=', 1) = 'search_path'
				     THEN substr(c, strpos(c, '=') + 1)
				     ELSE quote_literal(
					substr(c, strpos(c, '=') + 1)) END), '')
			FROM unnest(p.proconfig) AS c
			WHERE c NOT LIKE 'lock_timeout=%') AS settings
		FROM pg_trigger t
		JOIN pg_proc p ON p.oid = t.tgfoid
		JOIN pg_language l ON l.oid = p.prolang
		WHERE t.tgrelid = target AND NOT t.tgisinternal
		  AND p.proname = 'sync_campaign_log_to_chat_projection'
		  AND l.lanname = 'plpgsql'
	LOOP
		EXECUTE format($f$
			CREATE OR REPLACE FUNCTION
				disparalead.guarded_chat_projection()
			RETURNS trigger LANGUAGE plpgsql %s %s
			SET lock_timeout TO '1s' AS %L $f$,
			CASE WHEN found.prosecdef THEN 'SECURITY DEFINER'
			     ELSE 'SECURITY INVOKER' END,
			coalesce(found.settings, '') ||
			CASE WHEN found.settings LIKE '%SET search_path %' THEN ''
			     ELSE 'SET search_path TO public, pg_temp' END,
			E'BEGIN\n' || rtrim(found.prosrc, E' \t\r\n;')
			|| E'\n;\nEXCEPTION WHEN OTHERS THEN\n'
			'	RAISE WARNING ''chat projection failed: %'', SQLSTATE;\n'
			'	RETURN NEW;\nEND');
		REVOKE ALL ON FUNCTION disparalead.guarded_chat_projection()
			FROM PUBLIC;
		CALL disparalead.alter_table(format(
			'DROP TRIGGER %I ON %s; %s;', found.tgname, target,
			regexp_replace(found.definition,
				'EXECUTE FUNCTION .*$',
				'EXECUTE FUNCTION ' || new_call)));
	END LOOP;
END
$$;
CALL disparalead.guard_chat_trigger();

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;
