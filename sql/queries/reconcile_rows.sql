-- SPDX-License-Identifier: MIT
-- Rows that a message of an instance may settle, by their claim.
-- $1 text instance, $2 text[] phone_keys (NULL: rows of unknown outcome),
-- $3 integer at most so many of a kind. No locks.
SELECT id, claim_token, status, attempt, phone_key, message_type,
       message_content, media_url, file_name, claimed_ms, now_ms, ahead_ms,
       may_be_absent, key_before, key_after
FROM disparalead.reconcile_rows($1::text, $2::text[], $3::integer)
