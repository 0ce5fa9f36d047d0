-- SPDX-License-Identifier: MIT
-- Forgets what was kept of these keys, and what is a day old.
-- $1 text[] instances, $2 text[] keys, $3 integer at most so many old ones.
-- Skips locked ones.
SELECT disparalead.forget_seen_sends($1::text[], $2::text[], $3::integer) AS n
