-- SPDX-License-Identifier: MIT
-- Pauses campaigns whose messages the queue does not deliver. One line: how
-- many. $1 integer at most so many. Locks campaigns, then their rows by id.
SELECT disparalead.sweep_not_delivering($1::integer) AS n
