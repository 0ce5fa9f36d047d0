-- SPDX-License-Identifier: MIT
-- Claims whose lease ran out become uncertain. One line: how many.
-- $1 integer at most so many. Skips locked rows. May be run twice.
SELECT disparalead.sweep_expired_leases($1::integer) AS n
