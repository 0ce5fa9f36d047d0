-- SPDX-License-Identifier: MIT
--
-- One least-privileged role for each program, and what each may do. Run after
-- the migrations, by a role that may create roles; may be run again. Passwords
-- are not set here: over the local socket the system user is mapped to the
-- role, elsewhere the operator sets one (ALTER ROLE ... PASSWORD).
--
-- process, events and sweep know no tenant beforehand: they hold no right on
-- any table and work through SECURITY DEFINER functions alone. launch, status
-- and control read a tenant's rows under row-level security; what moves a
-- state is a function for them too.
--
-- Functions are granted here, by whole signature, to the roles that need them:
-- nothing in the schema disparalead is executable by PUBLIC.

-- Roles and their settings belong to the cluster: where another database's
-- run changes the same entry at this moment (23505, 42710, or XX000 "tuple
-- concurrently updated") this one tries again.
DO $$
DECLARE
	wanted record;
	setting record;
BEGIN
	FOR wanted IN SELECT * FROM (VALUES
		-- name, statement, lock and idle-in-transaction timeouts; no
		-- compiling: in a large database the estimate of a statement
		-- that takes milliseconds is high enough to spend a second
		-- on that, at each run anew
		('disparalead_launch', '30s', '5s', '30s', 'off'),
		('disparalead_process', '15s', '5s', '15s', 'off'),
		('disparalead_status', '15s', '5s', '15s', 'off'),
		('disparalead_control', '180s', '5s', '30s', 'off'),
		('disparalead_events', '15s', '5s', '15s', 'off'),
		('disparalead_sweep', '60s', '5s', '30s', 'off'),
		('disparalead_queue', '15s', '5s', '15s', 'off'),
		('disparalead_admin', '60s', '5s', '60s', 'off')
	) AS v(role, statement_timeout, lock_timeout,
	       idle_in_transaction_session_timeout, jit) LOOP
		FOR attempt IN 1..20 LOOP
			BEGIN
				IF NOT EXISTS (SELECT FROM pg_roles
					       WHERE rolname = wanted.role) THEN
					EXECUTE format('CREATE ROLE %I LOGIN',
						       wanted.role);
				END IF;
				IF NOT pg_has_role(wanted.role,
						   'disparalead_program',
						   'MEMBER') THEN
					EXECUTE format(
						'GRANT disparalead_program TO %I',
						wanted.role);
				END IF;
				FOR setting IN
					SELECT key, value
					FROM jsonb_each_text(to_jsonb(wanted)
							     - 'role')
					WHERE NOT EXISTS (
						SELECT FROM pg_db_role_setting s
						JOIN pg_roles r ON r.oid = s.setrole
						WHERE r.rolname = wanted.role
						  AND s.setdatabase = 0
						  AND s.setconfig @> ARRAY[
							key || '=' || value])
				LOOP
					EXECUTE format('ALTER ROLE %I SET %I = %L',
						wanted.role, setting.key,
						setting.value);
				END LOOP;
				EXIT;
			EXCEPTION WHEN duplicate_object OR unique_violation
				    OR internal_error THEN
				IF attempt = 20 THEN
					RAISE;
				END IF;
			END;
			PERFORM pg_sleep(0.02 * attempt);
		END LOOP;
	END LOOP;
END
$$;

-- The existing product's policies call auth.uid(): a role that can't look
-- into that schema would get an error where they are evaluated.
DO $$
BEGIN
	GRANT USAGE ON SCHEMA auth TO disparalead_program;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE NOTICE 'no right to grant USAGE on schema auth';
END
$$;

REVOKE ALL ON ALL ROUTINES IN SCHEMA disparalead FROM PUBLIC;

-- Tables, under row-level security.
GRANT SELECT, INSERT ON
	public.campaigns_dispara_lead_saas_02,
	public.message_logs_dispara_lead_saas_02,
	public.campaign_templates_dispara_lead_saas_02
	TO disparalead_launch;
GRANT SELECT ON
	public.instances_dispara_lead_saas_02,
	public.lanes_dispara_lead_saas_02,
	public.suppressions_dispara_lead_saas_02,
	public.tenant_settings_dispara_lead_saas_02
	TO disparalead_launch;
GRANT SELECT ON
	public.campaigns_dispara_lead_saas_02,
	public.message_logs_dispara_lead_saas_02,
	public.campaign_templates_dispara_lead_saas_02,
	public.lanes_dispara_lead_saas_02,
	public.campaign_journal_dispara_lead_saas_02,
	public.tenant_settings_dispara_lead_saas_02
	TO disparalead_status, disparalead_control;

-- Who is asking, and for which tenant.
GRANT EXECUTE ON FUNCTION disparalead.resolve_user_tenants(uuid[], uuid[],
	uuid[])
	TO disparalead_launch, disparalead_status, disparalead_control;

-- The check of the ledger.
GRANT EXECUTE ON FUNCTION disparalead.ledger_differences(uuid)
	TO disparalead_sweep, disparalead_admin;

-- The administrator's command.
GRANT EXECUTE ON FUNCTION
	disparalead.make_owner(uuid, uuid),
	disparalead.add_tenant(text, uuid),
	disparalead.add_instance(uuid, text, text)
	TO disparalead_admin;
-- launch
GRANT EXECUTE ON FUNCTION
	disparalead.launch_begin(uuid, text, text, integer),
	disparalead.launch_store_answer(uuid, uuid, jsonb),
	disparalead.launch_foreign_instances(uuid, text[]),
	disparalead.launch_seal(uuid, uuid)
	TO disparalead_launch;

-- Whoever lays slots.
GRANT EXECUTE ON FUNCTION
	disparalead.campaign_calendar(uuid, uuid, jsonb, text[], timestamptz)
	TO disparalead_launch, disparalead_control;

-- Whoever publishes starts what it published the last of.
GRANT EXECUTE ON FUNCTION
	disparalead.start_queued_campaigns(uuid[])
	TO disparalead_launch, disparalead_process, disparalead_sweep,
	disparalead_control;

-- Delivery
GRANT EXECUTE ON FUNCTION
	disparalead.claim_messages(uuid[], uuid[], integer[], uuid[], integer,
		integer, integer),
	disparalead.record_outcomes(uuid[], uuid[], integer[], text[], text[],
		text[], jsonb[], text[], integer[], integer),
	disparalead.reserve_lane_slot(uuid, integer, integer),
	disparalead.failure_callback(uuid, uuid, integer, integer, text)
	TO disparalead_process;

-- Whoever publishes marks what the queue accepted.
GRANT EXECUTE ON FUNCTION
	disparalead.mark_published(uuid[], integer[], text[])
	TO disparalead_launch, disparalead_process, disparalead_sweep,
	disparalead_control;

-- The sweeper
GRANT EXECUTE ON FUNCTION
	disparalead.sweep_expired_leases(integer),
	disparalead.sweep_uncertain_deadline(integer, integer),
	disparalead.sweep_unsent_ends(integer),
	disparalead.sweep_stale_pending(integer, integer, integer),
	disparalead.sweep_overdue_queued(integer, integer),
	disparalead.sweep_return_lost(uuid[], integer[]),
	disparalead.sweep_not_delivering(integer),
	disparalead.sweep_lane_gaps(integer),
	disparalead.sweep_starts(integer),
	disparalead.sweep_ends(integer),
	disparalead.lanes_to_probe(integer),
	disparalead.set_lane_state(text, text)
	TO disparalead_sweep;

-- What Evolution says by itself
GRANT EXECUTE ON FUNCTION
	disparalead.note_receipt(text, text, text, text),
	disparalead.note_connection(text, text, integer),
	disparalead.keep_send(text, text, jsonb, boolean)
	TO disparalead_events;

-- Whoever hears what Evolution sent settles rows with it and takes up the
-- receipts that were kept.
GRANT EXECUTE ON FUNCTION
	disparalead.note_receipt(text, text, text, text),
	disparalead.reconcile_rows(text, text[], integer),
	disparalead.reconcile_known(text, text[], text[]),
	disparalead.settle_rows(text, uuid[], uuid[], text[], text),
	disparalead.kept_receipts(text, text, integer),
	disparalead.forget_seen_sends(text[], text[], integer)
	TO disparalead_events, disparalead_sweep;
GRANT EXECUTE ON FUNCTION
	disparalead.lanes_to_reconcile(integer, integer),
	disparalead.reconcile_kept(text, integer),
	disparalead.reconcile_keep(text, bigint, text[], text[]),
	disparalead.return_absent(uuid[], uuid[], integer)
	TO disparalead_sweep;

-- status; what it shows of a campaign is control's answer too
GRANT EXECUTE ON FUNCTION
	disparalead.coming_calendar(uuid, jsonb, text[], integer),
	disparalead.cap_of_day(integer, integer, boolean, integer, integer,
		date, date)
	TO disparalead_status, disparalead_control;
GRANT EXECUTE ON FUNCTION
	disparalead.gauges(),
	disparalead.journal_reveal(uuid, uuid, uuid, text, text, jsonb),
	disparalead.message_page(uuid, uuid, text, text, uuid, integer)
	TO disparalead_status;

-- local-queue, in its own schema: it reads, and moves by functions alone.
GRANT USAGE ON SCHEMA local_queue TO disparalead_queue;
REVOKE ALL ON ALL ROUTINES IN SCHEMA local_queue FROM PUBLIC;
GRANT SELECT ON local_queue.messages, local_queue.dead_letters,
	local_queue.flow_keys, local_queue.finished, local_queue.accounts
	TO disparalead_queue;
GRANT EXECUTE ON FUNCTION
	local_queue.open_account(text, text, text, text, text),
	local_queue.rotate_keys(integer, text, text),
	local_queue.publish(integer, json),
	local_queue.claim(integer, integer, integer),
	local_queue.renew(text[], uuid[], integer),
	local_queue.end_delivered(text[], uuid[], integer[], json[], bytea[],
		json[]),
	local_queue.end_for_now(text, uuid, bigint, integer, json, bytea,
		json),
	local_queue.end_dead(text, uuid, text, integer, json, bytea, json),
	local_queue.list_events(integer, json, text, integer, boolean),
	local_queue.cursor_of(timestamptz, text),
	local_queue.cancel(integer, json, integer),
	local_queue.retry_now(integer, text),
	local_queue.list_dead(integer, json, text, integer, boolean),
	local_queue.delete_dead(integer, json, text, integer),
	local_queue.retry_dead(integer, json, text, integer, json),
	local_queue.pause_key(integer, text, boolean),
	local_queue.pin_key(integer, text, integer, integer, integer),
	local_queue.unpin_key(integer, text, boolean, boolean),
	local_queue.reset_rate(integer, text),
	local_queue.clean(integer, integer)
	TO disparalead_queue;

-- The sweeper's memory, the outbox, the ledger's check and repair.
GRANT EXECUTE ON FUNCTION
	disparalead.sweep_keep_wait(integer),
	disparalead.sweep_ledger(integer),
	disparalead.outbox_labels(integer)
	TO disparalead_sweep;
GRANT EXECUTE ON FUNCTION
	disparalead.outbox_done(bigint[], text[])
	TO disparalead_sweep, disparalead_control;
GRANT EXECUTE ON FUNCTION
	disparalead.fsck_campaigns(uuid, integer),
	disparalead.fsck_repair(uuid),
	disparalead.fsck_keep(bigint)
	TO disparalead_sweep, disparalead_admin;
GRANT EXECUTE ON FUNCTION disparalead.sweeper_state()
	TO disparalead_sweep, disparalead_admin, disparalead_status;

-- control
GRANT EXECUTE ON FUNCTION
	disparalead.control_open(uuid, uuid, uuid, boolean),
	disparalead.control_pause(uuid, uuid, uuid, uuid, text, text),
	disparalead.control_cancel(uuid, uuid, uuid, uuid, text, text),
	disparalead.control_waiting(uuid, uuid, uuid, integer),
	disparalead.control_lay(uuid, uuid, uuid[], bigint[]),
	disparalead.control_seal(uuid, uuid, text, integer, jsonb, uuid, uuid,
		text, text),
	disparalead.control_labels(uuid, uuid),
	disparalead.control_failed(uuid, uuid, uuid, integer, text),
	disparalead.control_unknown(uuid, uuid, uuid, integer, uuid[]),
	disparalead.control_requeue(uuid, uuid, uuid[], bigint[]),
	disparalead.control_close_rows(uuid, uuid, uuid[], text),
	disparalead.control_reschedule(uuid, uuid, timestamptz, integer,
		integer, jsonb, timestamptz),
	disparalead.control_edit_template(uuid, uuid, integer, text, text,
		text),
	disparalead.control_editable(uuid, uuid, uuid, integer, integer),
	disparalead.control_rewrite(uuid, uuid, uuid[], text[], integer)
	TO disparalead_control;

-- disparalead doctor: what is applied, and the numbers of all tenants.
GRANT EXECUTE ON FUNCTION disparalead.doctor_instances(integer)
	TO disparalead_admin;
DO $$
BEGIN
	IF to_regclass('supabase_migrations.schema_migrations') IS NOT NULL THEN
		GRANT USAGE ON SCHEMA supabase_migrations TO disparalead_admin;
		GRANT SELECT ON supabase_migrations.schema_migrations
			TO disparalead_admin;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE NOTICE 'no right to grant SELECT on the recorded migrations';
END
$$;
