-- SPDX-License-Identifier: MIT
-- What does not add up in one campaign: at most $2 lines, each with the number
-- of all of them.
-- $1 uuid campaign, $2 integer lines.
SELECT d.invariant, d.what, d.recorded, d.counted, count(*) OVER () AS n
FROM disparalead.ledger_differences($1::uuid) d
ORDER BY d.invariant, d.what
LIMIT $2::integer
