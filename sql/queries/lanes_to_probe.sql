-- SPDX-License-Identifier: MIT
-- Parked lanes to ask Evolution about, marked as asked; token is a secret and
-- may be NULL. $1 integer at most so many. Skips locked lanes.
SELECT instance_name, token FROM disparalead.lanes_to_probe($1::integer)
