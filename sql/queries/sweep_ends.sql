-- SPDX-License-Identifier: MIT
-- Ends live campaigns without a row left to come. One line: how many.
-- $1 integer at most so many. Locks campaigns by id. May be run twice.
SELECT disparalead.sweep_ends($1::integer) AS n
