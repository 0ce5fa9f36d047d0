-- SPDX-License-Identifier: MIT
-- Pending campaigns whose rows are all published become processing. One line:
-- how many. $1 integer at most so many. Locks campaigns by id.
SELECT disparalead.sweep_starts($1::integer) AS n
