-- SPDX-License-Identifier: MIT
-- Closes rows of unknown outcome, which it locks by id.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid[]: of these, NULL: all;
-- $4 text: sent or failed. One row: n integer, how many.
SELECT disparalead.control_close_rows($1::uuid, $2::uuid, $3::uuid[],
	$4::text) AS n;
