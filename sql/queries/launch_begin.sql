-- Opens a launch with an Idempotency-Key, at the head of its transaction.
-- $1 uuid: tenant; $2 text: the key; $3 text: SHA-256 of the body, hex;
-- $4 integer: LAUNCH_DEADLINE_S.
-- One row: result text (new, in_progress, conflict, replay, unanswered),
-- campaign_id uuid, answer jsonb, created_at_ms bigint, retry_after_s integer.
-- Takes the key's advisory lock until the transaction ends.
SELECT b.result, b.campaign_id, b.answer,
       (extract(epoch FROM b.created_at) * 1000)::bigint AS created_at_ms,
       b.retry_after_s
FROM disparalead.launch_begin($1::uuid, $2::text, $3::text, $4::integer) AS b;
