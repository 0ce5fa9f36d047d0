-- SPDX-License-Identifier: MIT
-- Lowers the gaps of lanes to what live campaigns ask for. One line: how many.
-- $1 integer at most so many. Skips locked lanes. May be run twice.
SELECT disparalead.sweep_lane_gaps($1::integer) AS n
