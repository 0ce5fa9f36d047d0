-- SPDX-License-Identifier: MIT
-- The next rows of a campaign whose outcome is unknown, locked.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: behind this id, or NULL;
-- $4 integer: at most so many; $5 uuid[]: of these, NULL: all. Rows as
-- control_waiting's.
SELECT u.id, u.instance_name, u.place
FROM disparalead.control_unknown($1::uuid, $2::uuid, $3::uuid, $4::integer,
	$5::uuid[]) AS u;
