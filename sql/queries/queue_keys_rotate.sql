-- Rolls the signing keys.  $1 integer: account; $2 text: the next key where
-- the settings name one, else NULL; $3 text: the fresh one.  A row as of
-- queue_keys.
SELECT current_signing_key, next_signing_key,
	rotated_at IS NOT NULL AS is_rotated
FROM local_queue.rotate_keys($1::integer, $2::text, $3::text);
