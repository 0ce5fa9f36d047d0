-- SPDX-License-Identifier: MIT
-- Keys that are rows', and @lids whose owner is known, with the phone_key.
-- $1 text instance, $2 text[] keys, $3 text[] @lids. No locks.
SELECT is_key, what, phone_key
FROM disparalead.reconcile_known($1::text, $2::text[], $3::text[])
