-- SPDX-License-Identifier: MIT
-- Unknown outcomes past their deadline become failed. One line: how many.
-- $1 integer seconds since the claim, $2 integer at most so many. Locks
-- campaigns by id, rows by id. May be run twice.
SELECT disparalead.sweep_uncertain_deadline($1::integer, $2::integer) AS n
