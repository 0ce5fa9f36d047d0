-- SPDX-License-Identifier: MIT
-- The next failed rows of a campaign that may be tried again, locked.
-- $1 uuid: tenant; $2 uuid: campaign; $3 uuid: behind this id, or NULL;
-- $4 integer: at most so many; $5 text: of this error_code, NULL: of all but
-- outcome_unknown. Rows as control_waiting's.
SELECT f.id, f.instance_name, f.place
FROM disparalead.control_failed($1::uuid, $2::uuid, $3::uuid, $4::integer,
	$5::text) AS f;
