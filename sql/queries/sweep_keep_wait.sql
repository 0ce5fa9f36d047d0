-- SPDX-License-Identifier: MIT
-- The queue asked for silence. One line.
-- $1 integer seconds. May be run twice.
SELECT disparalead.sweep_keep_wait($1::integer)
