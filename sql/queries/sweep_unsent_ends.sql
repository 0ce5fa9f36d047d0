-- SPDX-License-Identifier: MIT
-- Waiting rows that expired or whose person opted out. One line: how many.
-- $1 integer at most so many of each. Locks campaigns by id, rows by id. May
-- be run twice.
SELECT disparalead.sweep_unsent_ends($1::integer) AS n
