-- SPDX-License-Identifier: MIT
-- Receipts that came before their key was known, of keys that are rows' by
-- now. receipt: NULL where none was kept.
-- $1 text instance, $2 text key (both NULL: any), $3 integer at most so many
-- keys. No locks.
SELECT instance_name, evolution_key, receipt
FROM disparalead.kept_receipts($1::text, $2::text, $3::integer)
