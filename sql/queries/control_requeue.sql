-- SPDX-License-Identifier: MIT
-- Locked rows that failed or are of unknown outcome wait again, with slots.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid[]: ids; $4 bigint[]: slots
-- beside them, unix seconds. One row: n integer, how many.
SELECT disparalead.control_requeue($1::uuid, $2::uuid, $3::uuid[],
	$4::bigint[]) AS n;
