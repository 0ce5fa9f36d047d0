-- SPDX-License-Identifier: MIT
-- Keeps Evolution's clock and whose @lids are.
-- $1 text instance, $2 bigint ms that its clock is ahead, $3 text[] @lids,
-- $4 text[] their phone_keys. May be run twice.
SELECT disparalead.reconcile_keep($1::text, $2::bigint, $3::text[],
	$4::text[])
