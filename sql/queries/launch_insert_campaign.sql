-- Stores a campaign, its counters as its rows will be.
-- $1 uuid: id; $2 uuid: tenant; $3 uuid: user; $4 text: name;
-- $5 text: target audience; $6 text: creative; $7 text[]: instances;
-- $8, $9 integer: delay_min, delay_max, seconds;
-- $10 timestamptz: scheduledFor, NULL for now;
-- $11 integer: rows in all; $12 integer: suppressed ones among them;
-- $13 text: pacing; $14 jsonb: send window; $15 timestamptz: expires_at;
-- $16 text: on_missing_variable; $17 text: placeholders;
-- $18 text: Idempotency-Key or NULL; $19 text: SHA-256 of the body, hex.
-- No row. 23505 where the tenant has the key already.
INSERT INTO public.campaigns_dispara_lead_saas_02
	(id, tenant_id, user_id, name, target_audience, creative, instances,
	 delay_min, delay_max, is_scheduled, scheduled_for, total_messages,
	 suppressed_count, pacing, send_window, expires_at,
	 on_missing_variable, placeholders, idempotency_key, request_hash,
	 engine, status)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text,
	$7::text[], $8::integer, $9::integer, $10::timestamptz IS NOT NULL,
	$10::timestamptz, $11::integer, $12::integer, $13::text, $14::jsonb,
	$15::timestamptz, $16::text, $17::text, $18::text, $19::text,
	1, 'pending');
