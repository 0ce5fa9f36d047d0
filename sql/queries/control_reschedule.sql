-- SPDX-License-Identifier: MIT
-- Another schedule of a campaign, all of it; locks were taken before.
-- $1 uuid: tenant; $2 uuid: campaign; $3 timestamptz: start, NULL: none;
-- $4, $5 integer: delays in seconds; $6 jsonb: window, or NULL;
-- $7 timestamptz: until when, or NULL. One row: is_changed boolean.
SELECT disparalead.control_reschedule($1::uuid, $2::uuid, $3::timestamptz,
	$4::integer, $5::integer, $6::jsonb, $7::timestamptz) AS is_changed;
