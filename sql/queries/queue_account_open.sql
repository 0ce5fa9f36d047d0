-- The queue's account, made with these credentials at first start.
-- $1 text: its name; $2 text: token; $3, $4 text: signing keys, current and
-- next, all three ignored where the account is there.
-- One row: id, token, current_signing_key, next_signing_key.
SELECT id, token, current_signing_key, next_signing_key
FROM local_queue.open_account($1::text, $2::text, $3::text, $4::text);
