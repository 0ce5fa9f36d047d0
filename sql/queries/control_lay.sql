-- SPDX-License-Identifier: MIT
-- Locked rows that wait get new slots, as pending of a new generation.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid[]: ids; $4 bigint[]: slots
-- beside them, unix seconds. One row: n integer, how many.
SELECT disparalead.control_lay($1::uuid, $2::uuid, $3::uuid[], $4::bigint[])
	AS n;
