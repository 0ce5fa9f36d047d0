-- SPDX-License-Identifier: MIT
-- What the model test needs of a migrated database: the functions as they
-- are, but with a clock that the test sets, one tenant with its lanes, and the
-- rows as lines of text.

CREATE TABLE public.model_time (at timestamptz NOT NULL);
INSERT INTO public.model_time VALUES ('2026-01-05 12:00:00+00');
CREATE FUNCTION public.model_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE
AS 'SELECT at FROM public.model_time';

-- Milliseconds since then, as the model prints a time.
CREATE FUNCTION public.model_ms(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE WHEN at IS NULL THEN '-'
		    WHEN at = 'infinity' THEN 'inf'
		    WHEN at = '-infinity' THEN '-inf'
		    ELSE trunc(extract(epoch FROM
			at - '2026-01-05 12:00:00+00') * 1000)::text END
$$;

-- The number that the test made an id or a key of.
CREATE FUNCTION public.model_serial(id text) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
	SELECT coalesce(('x' || right(id, 12))::bit(48)::bigint, 0)
$$;

-- Every function of ours reads that clock, and nothing else is changed.
DO $$
DECLARE
	source text;
BEGIN
	FOR source IN
		SELECT pg_get_functiondef(p.oid)
		FROM pg_proc p
		WHERE p.pronamespace = 'disparalead'::regnamespace
		  AND p.prosrc ~ 'clock_timestamp\(\)|\mnow\(\)'
	LOOP
		EXECUTE regexp_replace(source,
			'(pg_catalog\.)?(clock_timestamp|\mnow)\(\)',
			'public.model_clock()', 'g');
	END LOOP;
END
$$;
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT table_schema, table_name, column_name
		FROM information_schema.columns
		WHERE table_schema = 'public' AND column_default = 'now()'
	LOOP
		EXECUTE format('ALTER TABLE %I.%I ALTER %I '
			'SET DEFAULT public.model_clock()', c.table_schema,
			c.table_name, c.column_name);
	END LOOP;
END
$$;

INSERT INTO public.tenants_dispara_lead_saas_02 (id, name)
VALUES ('eeeeeeee-0000-4000-8000-000000000000', 'Modelo');
INSERT INTO public.instances_dispara_lead_saas_02 (tenant_id, instance_name)
SELECT t.id, 'lane-' || i
FROM public.tenants_dispara_lead_saas_02 t, generate_series(0, 2) i;
INSERT INTO public.lanes_dispara_lead_saas_02 (tenant_id, instance_name)
SELECT t.id, 'lane-' || i
FROM public.tenants_dispara_lead_saas_02 t, generate_series(0, 2) i;

CREATE FUNCTION public.model_print() RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN concat((
		SELECT string_agg(format('campaign %s %s reason=%s rows=%s '
			'sent=%s failed=%s cancelled=%s suppressed=%s '
			'expired=%s delivered=%s read=%s delay=%s run=%s '
			'started=%s announced=%s completed=%s errors=%s',
			public.model_serial(c.id::text), c.status,
			coalesce(c.status_reason, '-'), c.total_messages,
			c.sent_count, c.failed_count, c.cancelled_count,
			c.suppressed_count, c.expired_count, c.delivered_count,
			c.read_count, c.delay_min, c.run,
			c.started_at IS NOT NULL, (
				SELECT count(*)
				FROM public.outbox_dispara_lead_saas_02 o
				WHERE o.campaign_id = c.id
				  AND o.kind = 'announce'),
			public.model_ms(c.completed_at), (
				SELECT string_agg(e.key || ':' || e.value
					|| ',', '' ORDER BY e.key COLLATE "C")
				FROM jsonb_each_text(c.error_counts) e))
			|| E'\n', '' ORDER BY c.id)
		FROM public.campaigns_dispara_lead_saas_02 c), (
		SELECT string_agg(format('message %s %s lane=%s generation=%s '
			'attempt=%s retries=%s publish=%s token=%s key=%s '
			'queue=%s code=%s delivered=%s read=%s slot=%s '
			'published=%s updated=%s claimed=%s lease=%s sent=%s',
			public.model_serial(m.id::text), m.status,
			coalesce(right(m.instance_name, 1), '-1'),
			m.generation, m.attempt, m.retry_count,
			m.publish_count,
			public.model_serial(m.claim_token::text),
			public.model_serial(m.evolution_key),
			public.model_serial(m.qstash_message_id),
			coalesce(m.error_code, '-'),
			m.delivered_at IS NOT NULL, m.read_at IS NOT NULL,
			public.model_ms(m.scheduled_for),
			public.model_ms(m.published_at),
			public.model_ms(m.updated_at),
			public.model_ms(m.claimed_at),
			public.model_ms(m.lease_expires_at),
			public.model_ms(m.sent_at))
			|| E'\n', '' ORDER BY right(m.id::text, 12))
		FROM public.message_logs_dispara_lead_saas_02 m), (
		SELECT string_agg(format('lane %s gap=%s state=%s reason=%s '
			'breaker=%s faults=%s opened=%s receipts=%s last=%s '
			'reserved=%s parked=%s unauthorized=%s checked=%s '
			'error_at=%s', right(l.instance_name, 1),
			l.gap_seconds, coalesce(l.state, '-'),
			coalesce(l.parked_reason, '-'), l.breaker_state,
			l.breaker_faults, l.breaker_opened_count,
			l.error_receipts, public.model_ms(l.last_start_at),
			public.model_ms(l.reserved_until),
			public.model_ms(l.parked_until),
			public.model_ms(l.unauthorized_since),
			public.model_ms(l.checked_at),
			public.model_ms(l.error_receipt_at))
			|| E'\n', '' ORDER BY l.instance_name)
		FROM public.lanes_dispara_lead_saas_02 l));
END
$$;
