-- SPDX-License-Identifier: MIT
-- These uncertain rows did not go out. One line: how many moved.
-- $1 uuid[] rows, $2 uuid[] their claims, $3 integer attempts that a row may
-- lose. Locks campaigns, rows. May be run twice.
SELECT disparalead.return_absent($1::uuid[], $2::uuid[], $3::integer) AS n
