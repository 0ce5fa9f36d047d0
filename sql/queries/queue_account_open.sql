-- The queue's account, made with these credentials at first start.
-- $1 text: its name; $2 text: token; $3, $4 text: signing keys, current and
-- next; $5 text: read-only token; each ignored where the account has its own.
-- One row: id, token, current_signing_key, next_signing_key, read_token,
-- is_rotated boolean.
SELECT id, token, current_signing_key, next_signing_key, read_token,
	rotated_at IS NOT NULL AS is_rotated
FROM local_queue.open_account($1::text, $2::text, $3::text, $4::text,
	$5::text);
