-- The account's signing keys.  $1 integer: account.  One row:
-- current_signing_key, next_signing_key, is_rotated boolean.
SELECT current_signing_key, next_signing_key,
	rotated_at IS NOT NULL AS is_rotated
FROM local_queue.accounts WHERE id = $1::integer;
