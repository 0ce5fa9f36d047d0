-- SPDX-License-Identifier: MIT
-- Writes rows that control_editable locked. $1 uuid: tenant; $2 uuid:
-- campaign; $3 uuid[]: ids; $4 text[]: new texts beside them, NULL: none;
-- $5 integer: the template's index. One row: n integer, how many wait.
SELECT disparalead.control_rewrite($1::uuid, $2::uuid, $3::uuid[], $4::text[],
	$5::integer) AS n;
