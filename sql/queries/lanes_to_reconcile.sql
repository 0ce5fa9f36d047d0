-- SPDX-License-Identifier: MIT
-- Lanes with rows of unknown outcome, marked as asked. token: NULL for the
-- global key.
-- $1 integer not those asked in the last so many seconds, $2 integer at most
-- so many. Skips locked lanes.
SELECT instance_name, token
FROM disparalead.lanes_to_reconcile($1::integer, $2::integer)
