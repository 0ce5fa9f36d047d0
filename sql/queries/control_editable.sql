-- SPDX-License-Identifier: MIT
-- The next rows that the edit of a template touches, locked.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: behind this id, or NULL;
-- $4 integer: at most so many; $5 integer: the template's index. Rows, by id:
-- id uuid; contact jsonb, NULL: another template's row.
SELECT e.id, e.contact
FROM disparalead.control_editable($1::uuid, $2::uuid, $3::uuid, $4::integer,
	$5::integer) AS e;
