-- SPDX-License-Identifier: MIT
-- Rows that the queue does not know go back to pending. One line: how many.
-- $1 uuid[] messages, $2 integer[] generations. Locks rows by id. May be run
-- twice.
SELECT disparalead.sweep_return_lost($1::uuid[], $2::integer[]) AS n
