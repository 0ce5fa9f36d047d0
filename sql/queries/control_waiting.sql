-- SPDX-License-Identifier: MIT
-- The next rows of a campaign that wait, locked.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: behind this id, or NULL;
-- $4 integer: at most so many. Rows, by id: id uuid, instance_name text,
-- place integer (phone_place).
SELECT w.id, w.instance_name, w.place
FROM disparalead.control_waiting($1::uuid, $2::uuid, $3::uuid, $4::integer)
	AS w;
